package cli

import (
	"os/exec"
	"strings"
	"testing"
)

// TestPanic asserts that a panic is not mistaken for the end after --help.
func TestPanic(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "sample", "--end=panic").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "panic: BUG: sample") {
		t.Errorf("%v:\n%s", err, out)
	}
}
