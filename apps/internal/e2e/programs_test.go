package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// buildFlags are those for the programs; with the race detector in the tests, they
// have it too.
var buildFlags = []string{"-buildvcs=false"}

// bin is the folder of the programs.
var bin string

// envBin names bin to a test that runs in a process of its own.
const envBin = "E2E_TEST_BIN"

// noRegistrar says why there is no registrar, if there is none.
var noRegistrar string

func TestMain(m *testing.M) {
	// The tests wait for processes most of the time.
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	if bin = os.Getenv(envBin); bin != "" {
		os.Exit(m.Run()) // They were built by the test that runs this one.
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
	if err := build(apps, "rspserver", "rspterminal", "rspdemo"); err != nil {
		return 0, err
	}
	// The registrar is another module, which is there in a clone but not in the module cache.
	registrar := filepath.Join(apps, "../registrar")
	if _, err := os.Stat(registrar); err != nil {
		noRegistrar = err.Error()
	} else if err := build(registrar, "rspregistrar"); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// build builds programs of the module in a folder.
func build(dir string, names ...string) error {
	args := append([]string{"build"}, buildFlags...)
	args = append(args, "-o", bin+string(filepath.Separator))
	for _, name := range names {
		args = append(args, "./cmd/"+name)
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build in %s: %w\n%s", dir, err, out)
	}
	return nil
}
