package main

import (
	"testing"

	"github.com/rserpool-go/rserpool/internal/cli/clitest"
	"github.com/rserpool-go/rserpool/internal/cli/rsplib/rsplibtest"
)

func TestMain(m *testing.M) { clitest.Main(m, map[string]func(){"scriptingclient": main}) }

func TestScripts(t *testing.T) {
	t.Parallel()
	clitest.Run(t)
}

// TestOptions compares the options with those of RSPLIB.
func TestOptions(t *testing.T) {
	t.Parallel()
	rsplibtest.Check(t, "scriptingclient", newProgram)
}
