package clitest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// PID returns the process ID in a file of --daemonpidfile. The file has the number and a newline.
func PID(t *testing.T, file string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSuffix(string(text), "\n"))
	if err != nil || string(text) != fmt.Sprintln(pid) || pid <= 1 {
		t.Fatalf("the file has %q", text)
	}
	return pid
}
