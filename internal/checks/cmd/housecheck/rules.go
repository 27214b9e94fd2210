package main

import "strings"

// prefix is the module path of the repository's root; a package's import path is prefix plus its folder.
const prefix = "github.com/rserpool-go/rserpool/"

// Limits of CONTRIBUTING.md. The limit of headless words is in package headless.
const (
	maxFileLines = 600
	maxFuncLines = 80
)

// A unit is a group of packages with the same rights: the package at path and the packages below it, unless a
// longer path in the table claims them. Packages of the same unit may import each other.
type unit struct {
	path string

	// imports names further units that packages of the unit may import, tests included. "x/..." stands for x and
	// every unit below it.
	imports []string

	// external holds path prefixes of modules outside the project; "*" allows any. Tests may import any, since test
	// dependencies are not linked into programs.
	external []string
}

// units is the picture in docs/architecture.md as a table: imports go downwards only. A new module needs a row here.
// The go command itself keeps the internal packages of a module from other modules.
var units = []unit{
	{path: "wire"},
	{path: "csp"},
	{path: "handlespace", imports: []string{"wire"}},
	{
		path:     "transport", // the contract: knows none of its implementations
		imports:  []string{"transport/step"},
		external: []string{"golang.org/x/net", "golang.org/x/sys"},
	},
	{path: "transport/step"}, // the vocabulary of all machines, and their tests
	{path: "transport/scope"},
	{path: "transport/memnet", imports: []string{"transport", "transport/step"}},
	{path: "transport/hub", imports: []string{"transport", "transport/step", "transport/memnet"}}, // memnet in tests
	{
		path: "transport/udpsctp", imports: []string{"transport", "transport/step"},
		external: []string{"github.com/pion", "golang.org/x/net", "golang.org/x/sys"},
	},
	{
		path: "transport/kernelsctp", imports: []string{"transport", "transport/step"},
		external: []string{"github.com/ishidawataru/sctp", "golang.org/x/net", "golang.org/x/sys"},
	},
	{ // the choice between the two
		path:    "transport/sctp",
		imports: []string{"transport", "transport/kernelsctp", "transport/udpsctp", "transport/memnet"}, // memnet in tests
	},
	{path: "enrp", imports: []string{"handlespace", "transport/step", "wire"}},
	{path: "asap/machine", imports: []string{"transport/scope", "transport/step", "wire"}},
	{path: "asap/examples", imports: []string{"asap", "asap/cookie"}},
	{path: "asap/cookie"}, // states and keys, without sessions
	{path: "asap", imports: []string{"asap/machine", "transport/...", "wire"}},
	{
		path:    "registrar/internal/asapside",
		imports: []string{"handlespace", "transport/scope", "transport/step", "wire", "asap/machine"}, // the latter in tests
	},
	{
		path: "registrar",
		// asap in tests, and its machines in the simulator
		imports: []string{"asap/...", "enrp", "handlespace", "registrar/internal/asapside", "transport/...", "wire"},
	},
	{
		path:     "registrar/cmd",
		imports:  []string{"asap", "csp", "internal/cli", "registrar", "transport/...", "wire"},
		external: []string{"*"},
	},
	// The codecs of the applications, which tools may use as well (docs/adr/0002-tools-read-application-protocols.md).
	{path: "apps/appmsg"},
	{path: "apps/calcapp", imports: []string{"apps/appmsg"}},
	{path: "apps/fractal", imports: []string{"apps/appmsg"}},
	{path: "apps/pingpong", imports: []string{"apps/appmsg"}},
	{path: "apps/scripting", imports: []string{"apps/appmsg"}},
	{
		path:     "apps",
		imports:  []string{"apps/...", "asap", "asap/cookie", "csp", "internal/cli", "transport/...", "wire"},
		external: []string{"*"},
	},
	{path: "apps/cmd/cspmonitor", imports: []string{"csp", "internal/cli", "transport"}, external: []string{"*"}}, // transport in tests
	{
		path: "tools",
		imports: []string{
			"wire", "handlespace", "csp", "internal/cli", "transport/...", "tools/capture", // the latter in tests
			"apps/appmsg", "apps/calcapp", "apps/fractal", "apps/pingpong", "apps/scripting",
		},
		external: []string{
			kong, "github.com/fxamacker/cbor", "github.com/gopacket/gopacket",
			gopacket, "github.com/HdrHistogram/hdrhistogram-go", "golang.org/x",
		},
	},
	{path: "tools/capture", imports: []string{"transport/..."}, external: []string{gopacket}},
	// Tests Wireshark's files with messages of the codecs.
	{path: "wireshark", imports: []string{"wire", "apps/calcapp", "apps/scripting"}},
	// The command lines of all programs (docs/adr/0003-one-module-for-command-lines.md).
	{path: "internal/cli", imports: []string{"csp", "tools/capture", "transport/..."}, external: []string{"*"}},
	// Tests the modules asap and registrar together.
	{path: "internal/integration", imports: []string{"asap", "registrar", "tools", "transport/...", "wire"}},
	// Runs the programs, and imports none of their code (docs/adr/0005-interoperation-suite.md).
	{path: "internal/interop"},
	// Helpers of the suite, for tasks beyond the programs of the project.
	{path: "internal/interop/cmd", imports: []string{"asap", "transport/...", "wire"}},
	// Attacks registrars and elements: its own programs on sockets, and in tests a registrar and an element in process.
	{
		path: "internal/attack", imports: []string{"asap", "internal/cli", "registrar", "transport/...", "wire"},
		external: []string{"github.com/HdrHistogram/hdrhistogram-go"},
	},
	{path: "internal/checks", external: []string{"*"}},
}

// A reach forbids dependencies of a package, however long the chain of imports. The table of units is about direct
// imports only, and not about the dependencies of modules outside the project. Tests are left out.
type reach struct {
	from string // a folder; "x/..." stands for x and every folder below it

	// never holds folders of the project and paths of modules outside the project, each with all packages below;
	// anyModule stands for all modules outside the project.
	never []string
}

// reaches keeps libraries free of dependencies that their users would have to link.
var reaches = []reach{
	{from: "wire/...", never: []string{anyModule}},
	{from: "csp/...", never: []string{anyModule}},
	{from: "handlespace/...", never: []string{anyModule}},
	{from: "enrp/...", never: []string{anyModule}},
	{from: "asap/...", never: []string{"csp", "enrp", "handlespace", "internal/cli", gopacket, kong, prometheus}},
	{from: "registrar", never: []string{"internal/cli", gopacket, kong, prometheus}},
	{from: "transport/...", never: []string{gopacket}},
	{from: "apps/...", never: []string{"enrp", "registrar", prometheus}},
	{from: "tools/...", never: []string{"asap", "enrp", "registrar", prometheus}},
	{from: "internal/attack/...", never: []string{"asap", "enrp", "handlespace", "registrar", prometheus}}, // these are in tests only
	{from: "internal/cli/...", never: []string{"asap", "enrp", "handlespace", prometheus}},
}

const (
	anyModule  = "*"
	gopacket   = "github.com/google/gopacket"
	kong       = "github.com/alecthomas/kong"
	prometheus = "github.com/prometheus"
)

// pure names the folders whose code takes time and random numbers as arguments, and never waits: codecs, the handlespace
// and the state machines. Tests there are free.
var pure = []struct {
	path   string
	except []string // file name patterns
	slog   bool     // log/slog is allowed, for types that are slog.LogValuer
}{
	{path: "wire/internal/wiretest", except: []string{"*.go"}}, // shared by tests
	{path: "wire", slog: true},
	{path: "handlespace"},
	{path: "enrp"},
	{path: "transport/step/steptest", except: []string{"*.go"}}, // shared by tests
	{path: "transport/step"},
	{path: "transport/scope"},
	{path: "asap/machine/asaptest", except: []string{"*.go"}}, // shared by tests
	{path: "asap/machine"},
	{path: "registrar/internal/asapside"},
	{path: "registrar/internal/core"},
	{path: "csp", except: []string{"sender*.go", "receiver*.go"}},
	{path: "apps/appmsg", except: []string{"codectest.go"}},
	{path: "apps/calcapp"},
	{path: "apps/fractal"},
	{path: "apps/internal/calc"},
	{path: "apps/pingpong"},
	{path: "apps/scripting"},
	{path: "tools/internal/association"},
	{path: "tools/internal/recent"},
	{path: "tools/internal/script"},
	{path: "tools/internal/meaning"},
	{path: "tools/internal/player"},
}

// impureImports are packages that pure code has no use for.
var impureImports = []string{
	"context", "crypto/rand", "log", "log/slog", "math/rand", "net", "os", "os/signal", "runtime", "sync",
	"sync/atomic", "syscall",
}

// clock are the functions of package time that read the clock or wait.
var clock = []string{
	"After", "AfterFunc", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until",
}

// seeded are the names of math/rand/v2 that do not use the global generator.
var seeded = []string{"ChaCha8", "New", "NewChaCha8", "NewPCG", "NewZipf", "PCG", "Rand", "Source", "Zipf"}

// unitOf returns the unit to which the package in folder dir belongs, nil if the table has none.
func unitOf(dir string) *unit {
	var best *unit
	for i := range units {
		if u := &units[i]; within(dir, u.path) && (best == nil || len(u.path) > len(best.path)) {
			best = u
		}
	}
	return best
}

// mayImport reports whether packages of u may import packages of target.
func (u *unit) mayImport(target *unit) bool {
	if u == target {
		return true
	}
	for _, allowed := range u.imports {
		below, tree := strings.CutSuffix(allowed, "/...")
		if target.path == below || tree && within(target.path, below) {
			return true
		}
	}
	return false
}

// appliesTo reports whether the row is about the package in folder dir.
func (r *reach) appliesTo(dir string) bool {
	below, isTree := strings.CutSuffix(r.from, "/...")
	return dir == below || isTree && within(dir, below)
}

// isExternal reports whether an import path, or its beginning, is neither ours nor in the standard library, which has
// no dot in the first element of a path.
func isExternal(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".") && !strings.HasPrefix(path, prefix)
}

// mayImportExternal reports whether packages of u may import path, which is neither ours nor the standard library's.
func (u *unit) mayImportExternal(path string) bool {
	for _, allowed := range u.external {
		if allowed == "*" || within(path, allowed) {
			return true
		}
	}
	return false
}

// within reports whether the slash-separated path is parent or below it.
func within(path, parent string) bool {
	return path == parent || strings.HasPrefix(path, parent+"/")
}
