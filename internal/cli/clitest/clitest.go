// Package clitest tests the command lines of programs by scripts of package testscript, with a
// further command:
//
//	fails status regexp program args...
//
// runs a program that must end with the status and print nothing on standard output. On standard
// error it must print a line that begins with its name and matches the expression.
//
// A [Monitor] receives the status reports of programs, and [PID] finds a program in the background.
package clitest

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// Main runs the tests of a package. Scripts and tests can start the programs by their names.
func Main(m *testing.M, programs map[string]func()) {
	// Programs with the race detector sleep for a second before they exit otherwise.
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	testscript.Main(m, programs)
}

// Run runs the scripts testdata/script/*.txtar. With UPDATE_SCRIPTS in the environment, it rewrites
// the expected output in the scripts.
func Run(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"fails": fails},
		Setup: func(env *testscript.Env) error {
			env.Setenv("COLUMNS", "100") // The width of help.
			return nil
		},
	})
}

func fails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: fails status regexp program args...")
	}
	program := args[2]
	want, err := regexp.Compile(args[1])
	ts.Check(err)
	status := 0
	if err := ts.Exec(program, args[3:]...); err != nil {
		exitErr, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%s: %v", program, err)
		}
		status = exitErr.ExitCode()
	}
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("status %d, want %s", status, args[0])
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("standard output is not empty: %q", out)
	}
	line, rest, ended := strings.Cut(ts.ReadFile("stderr"), "\n")
	if !ended || rest != "" || !strings.HasPrefix(line, program+": ") {
		ts.Fatalf("not one line that begins with the program's name")
	}
	if !want.MatchString(line) {
		ts.Fatalf("the line does not match %q", args[1])
	}
}
