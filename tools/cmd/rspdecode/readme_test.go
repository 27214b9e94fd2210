package main

import (
	"os"
	"strings"
	"testing"
)

// The README shows the output of the program.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(readme), "\n    $ rspdecode ")
	block, _, _ = strings.Cut(block, "\n\n")
	command, shown, _ := strings.Cut(block, "\n")
	if !found || shown == "" {
		t.Fatal("the README has no output of rspdecode")
	}
	args := strings.Fields(strings.ReplaceAll(command, "tools/testdata/failover.pcap", failover))
	stdout, stderr, status := run(t, nil, args...)
	var indented strings.Builder
	for line := range strings.Lines(string(stdout)) {
		indented.WriteString("    " + line)
	}
	if got := strings.TrimSuffix(indented.String(), "\n"); status != 0 || len(stderr) > 0 || got != shown {
		t.Errorf("status %d, %s, the output is\n%s", status, stderr, got)
	}
}
