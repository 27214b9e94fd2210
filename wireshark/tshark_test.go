package wireshark

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A tshark is an installed tshark with a home directory of its own, so that the settings of the user do not count.
type tshark struct {
	home string
}

// newTshark returns a tshark with an empty home directory, and skips the test if tshark is not installed.
func newTshark(t *testing.T) *tshark {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed (Debian: apt-get install tshark)")
	}
	return &tshark{home: t.TempDir()}
}

// newProfile returns a tshark for whose user "make wireshark-profile" has installed the profile and the script.
func newProfile(t *testing.T) *tshark {
	t.Helper()
	s := newTshark(t)
	s.command(t, "make", "-C", "..", "wireshark-profile")
	return s
}

// run returns the lines that tshark prints. Anything on standard error fails the test: a warning means that a file of
// the profile has a fault.
func (s *tshark) run(t *testing.T, args ...string) []string {
	t.Helper()
	out, warnings := s.command(t, "tshark", args...)
	if warnings != "" {
		t.Errorf("tshark %q warns:\n%s", args, warnings)
	}
	return out
}

// rootWarning is printed to root in any case.
const rootWarning = "Running as user \"root\" and group \"root\". This could be dangerous.\n"

// command runs a program with the home directory of s, and returns its lines and its warnings.
func (s *tshark) command(t *testing.T, name string, args ...string) (out []string, warnings string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = []string{"HOME=" + s.home, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %q: %v\n%s%s", name, args, err, stdout.String(), stderr.String())
	}
	if text := strings.TrimSuffix(stdout.String(), "\n"); text != "" {
		out = strings.Split(text, "\n")
	}
	return out, strings.ReplaceAll(stderr.String(), rootWarning, "")
}

// captures returns the files with which the rules of the profile are tried, by name: the demonstration, the captures of
// RSPLIB, and a file with the messages that occur in none of them.
func captures(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{"demo": "demo.pcap", "rare": write(t, rare(t), wholeFrames)}
	recorded, err := filepath.Glob("../tools/testdata/*.pcap")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range recorded {
		files[strings.TrimSuffix(filepath.Base(file), ".pcap")] = file
	}
	return files
}
