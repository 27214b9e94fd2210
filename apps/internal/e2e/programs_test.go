package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// buildFlags are the flags for building the programs. They turn the race detector on if the tests
// have it.
var buildFlags = []string{"-buildvcs=false"}

// bin is the folder of the programs.
var bin string

// envBin names bin to a test that runs in a process of its own.
const envBin = "E2E_TEST_BIN"

// noMonitor is the reason why there is no monitor. Empty: there is a monitor.
var noMonitor string

// noRegistrar is the reason why there is no registrar. Empty: there is a registrar.
var noRegistrar string

func TestMain(m *testing.M) {
	// The tests wait for processes most of the time.
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	if bin = os.Getenv(envBin); bin != "" {
		os.Exit(m.Run()) // The process that runs this test has built the programs.
	}
	status, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func buildAndRun(m *testing.M) (status int, err error) {
	if bin, err = os.MkdirTemp("", "rserpool-e2e-"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(bin)
	// Programs with the race detector sleep for a second before they exit otherwise.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE")); err != nil {
		return 0, err
	}
	apps, err := filepath.Abs("../..")
	if err != nil {
		return 0, err
	}
	if err := build(apps, "./cmd/rspserver", "./cmd/rspterminal", "./cmd/pingpongclient", "./cmd/calcappclient", "./cmd/scriptingclient", "./cmd/hsdump", "./cmd/fractalpooluser", "./cmd/rspdemo",
		"github.com/rserpool-go/rserpool/asap/examples/counter"); err != nil {
		return 0, err
	}
	// The monitor and the registrar are other modules. A clone has them, but not the module cache.
	monitor := filepath.Join(apps, "cmd/cspmonitor")
	if _, err := os.Stat(monitor); err != nil {
		noMonitor = err.Error()
	} else if err := build(monitor, "."); err != nil {
		return 0, err
	}
	registrar := filepath.Join(apps, "../registrar/cmd")
	if _, err := os.Stat(registrar); err != nil {
		noRegistrar = err.Error()
	} else if err := build(registrar, "./rspregistrar"); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// build builds programs of the module in a folder.
func build(dir string, packages ...string) error {
	args := append([]string{"build"}, buildFlags...)
	args = append(args, "-o", bin+string(filepath.Separator))
	cmd := exec.Command("go", append(args, packages...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build in %s: %w\n%s", dir, err, out)
	}
	return nil
}
