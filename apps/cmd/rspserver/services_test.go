package main

import (
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/rserpool-go/rserpool/internal/cli"
)

// parse parses a command line, as cli.Main does.
func parse(t *testing.T, args ...string) (*program, error) {
	t.Helper()
	p := newProgram()
	parser, err := kong.New(p, kong.Vars{"loglevel": "3"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(cli.TwoDashes(args))
	return p, err
}

// openAll returns the services of a command line in words, such as "Echo in EchoPool".
func openAll(t *testing.T, p *program) string {
	t.Helper()
	elements, err := p.openElements(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range elements {
		all = append(all, e.service.Title+" in "+e.pool)
	}
	closeElements(slog.New(slog.DiscardHandler), elements)
	return strings.Join(all, ", ")
}

// TestSelection asserts that the last choice of services counts, in any place. That chargen is
// among them is fault 1 of docs/coming-from-rsplib.md.
func TestSelection(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"":                        "Echo in EchoPool",
		"-echo":                   "Echo in EchoPool",
		"-discard":                "Discard in DiscardPool",
		"-daytime":                "Daytime in DaytimePool",
		"-chargen":                "Character generator in CharGenPool",
		"-echo -discard -daytime": "Daytime in DaytimePool",
		"-daytime -quiet -discard -runtime=5 -echo": "Echo in EchoPool",
		"-chargen -discard --chargen":               "Character generator in CharGenPool",
		"-fractal":                                  "Fractal Generator in FractalGeneratorPool",
		"-discard --daytime=false":                  "Discard in DiscardPool",
		"-discard -poolhandle=Mine":                 "Discard in Mine",
		"--service=discard,echo":                    "Discard in DiscardPool, Echo in EchoPool",
		"-daytime --service=pingpong":               "Ping Pong in PingPongPool",
		"--service=discard,echo -daytime":           "Daytime in DaytimePool",
		"--service=echo --service=daytime":          "Daytime in DaytimePool",
	} {
		p, err := parse(t, strings.Fields(args)...)
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		if got := openAll(t, p); got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
}

// TestTable asserts that the table of services and the names of their flags fit together.
func TestTable(t *testing.T) {
	t.Chdir(t.TempDir()) // Services write files.
	for _, k := range newProgram().Services.all() {
		p, err := parse(t, "--service="+k.name(), "--scripting-same-user")
		if err != nil {
			t.Fatal(err)
		}
		openAll(t, p)
		parser, err := kong.New(k)
		if err != nil {
			t.Fatal(err)
		}
		for _, flag := range parser.Model.Flags {
			_, isSwitch := flag.Target.Interface().(serviceSwitch)
			switch {
			case flag.Name == "help":
			case isSwitch:
				if flag.Name != k.name() {
					t.Errorf("the switch of %s is --%s", k.name(), flag.Name)
				}
			case flag.Group == nil || flag.Group.Key != optionsOf(k.name()):
				t.Errorf("--%s is not in the group %q", flag.Name, optionsOf(k.name()))
			}
		}
	}
}

func TestCharGenMaxThreads(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]int{"-chargen": 4, "-chargen -chargenmaxthreads=17": 17} {
		p, err := parse(t, strings.Fields(args)...)
		if err != nil {
			t.Fatal(err)
		}
		elements, err := p.openElements(io.Discard)
		if err != nil || elements[0].service.MaxSessions != want {
			t.Errorf("%s: %v, %d sessions", args, err, elements[0].service.MaxSessions)
		}
	}
}

// TestPolicies asserts that the command line's policy comes before the policy of the service.
func TestPolicies(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"-echo":                          "RoundRobin",
		"-echo -policy=WeightedRandom:7": "WeightedRandom:7",
	} {
		p, err := parse(t, strings.Fields(args)...)
		if err != nil {
			t.Fatal(err)
		}
		elements, err := p.openElements(io.Discard)
		if err != nil || elements[0].policy.String() != want {
			t.Errorf("%s: %v, %v", args, err, elements[0].policy)
		}
	}
}

func TestForeignOptions(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"":                                       "",
		"-chargen -chargenmaxthreads=5":          "",
		"-calcapp -capmaxjobs=5":                 "",
		"-capmaxjobs=5":                          "capmaxjobs",
		"-chargenmaxthreads=5":                   "chargenmaxthreads",
		"-chargenmaxthreads=5 -chargen":          "",
		"-chargen -daytime -chargenmaxthreads=5": "chargenmaxthreads",
		"-pingpong -pppmaxthreads=5":             "",
		"-chargen -pppmaxthreads=5 -pppfailureafter=1 -chargenmaxthreads=1":   "pppmaxthreads pppfailureafter",
		"--service=chargen,echo -pppmaxthreads=5 -chargenmaxthreads=1 -quiet": "pppmaxthreads",
	} {
		p, err := parse(t, strings.Fields(args)...)
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		if got := strings.Join(p.Services.foreign(), " "); got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}
