package main

import (
	"testing"

	"github.com/rserpool-go/rserpool/internal/cli/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, map[string]func(){"cspmonitor": main}) }

func TestScripts(t *testing.T) {
	t.Parallel()
	clitest.Run(t)
}
