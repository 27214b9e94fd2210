// Command interop runs the scenarios of package interop, checks what they captured,
// and writes docs/interop.md. It is to be run in the repository's top folder.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

const module = "internal/interop"

// transportTests is the name that stands for the tests of the transports.
const transportTests = "Transport"

// transports are packages whose tests are run over kernel SCTP as well.
var transports = []string{"kernelsctp", "sctp"}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		os.Exit(1)
	}
}

// run does it all.
func run(ctx context.Context) error {
	only := flag.String("run", "", "run only the tests that match this, and leave docs/interop.md as it is")
	keep := flag.String("keep", "", "keep captures and outputs in this folder")
	guests := flag.Int("guests", 3, "guests at a time, which wait most of their time")
	flag.Parse()
	if err := lookForPrograms(); err != nil {
		return err
	}
	dir := *keep
	if dir == "" {
		temp, err := os.MkdirTemp("", "interop")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temp)
		dir = temp
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	tests, err := build(ctx, dir, *only)
	if err != nil {
		return err
	}
	results := runAll(ctx, dir, tests, *guests)
	if err := ctx.Err(); err != nil {
		return err
	}
	bad := 0
	for _, r := range results {
		if r.status == failed {
			bad++
		}
	}
	if *only == "" {
		if err := writeTable(filepath.Join("docs", "interop.md"), results); err != nil {
			return err
		}
	}
	fmt.Printf("interop: %d results, %d failed\n", len(results), bad)
	if bad > 0 || len(results) == 0 {
		return fmt.Errorf("%d of %d failed", bad, len(results))
	}
	return nil
}

// lookForPrograms names the Debian packages that are missing.
func lookForPrograms() error {
	var missing []string
	for program, pkg := range map[string]string{
		"linux.uml": "user-mode-linux", "modprobe": "kmod", "ip": "iproute2", "tc": "iproute2", "ethtool": "ethtool", "prlimit": "util-linux",
		"tshark": "tshark", "dumpcap": "wireshark-common", "stdbuf": "coreutils", "rspregistrar": "rsplib-registrar",
		"hsdump": "rsplib-tools", "cspmonitor": "rsplib-tools", "rspserver": "rsplib-services", "rspterminal": "rsplib-services",
	} {
		if _, err := exec.LookPath(program); err != nil && !slices.Contains(missing, pkg) {
			missing = append(missing, pkg)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return fmt.Errorf("missing Debian packages: %[1]s\nas root, run: apt-get install --no-install-recommends %[1]s", strings.Join(missing, " "))
}

// build builds our programs and the tests, and lists the tests.
func build(ctx context.Context, dir, only string) ([]string, error) {
	goTool := func(args ...string) error {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		return cmd.Run()
	}
	bin := filepath.Join(dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return nil, err
	}
	err := errors.Join(
		goTool("build", "-o", bin+"/", "./registrar/cmd/...", "./apps/cmd/...", "./apps/cmd/cspmonitor", "./tools/cmd/...", "./"+module+"/cmd/loadserver", "./"+module+"/cmd/idleusers"),
		goTool("test", "-c", "-o", filepath.Join(bin, "interop.test"), "./"+module),
	)
	for _, pkg := range transports {
		err = errors.Join(err, goTool("test", "-c", "-o", filepath.Join(bin, pkg+".test"), "./transport/"+pkg))
	}
	if err != nil {
		return nil, err
	}
	if only == "" {
		only = "."
	}
	out, err := exec.CommandContext(ctx, filepath.Join(bin, "interop.test"), "-test.list", only).Output()
	tests := strings.Fields(string(out))
	if only == "." {
		tests = append(tests, transportTests)
	}
	return tests, err
}

// runAll runs each test in a guest of its own.
func runAll(ctx context.Context, dir string, tests []string, guests int) []result {
	var mu sync.Mutex
	var results []result
	next := make(chan string)
	var wg sync.WaitGroup
	for range guests {
		wg.Go(func() {
			for test := range next {
				run := runTest
				if test == transportTests {
					run = func(ctx context.Context, dir, _ string) []result { return runTransport(ctx, dir) }
				}
				list := run(ctx, dir, test)
				mu.Lock()
				results = append(results, list...)
				for _, r := range list {
					fmt.Println(r)
				}
				mu.Unlock()
			}
		})
	}
	for _, test := range tests {
		if ctx.Err() == nil {
			next <- test
		}
	}
	close(next)
	wg.Wait()
	slices.SortFunc(results, result.compare)
	return results
}
