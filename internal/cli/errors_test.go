package cli

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// TestErrors runs the sample with what is wrong: it prints one line and ends with a
// status that says whose fault it is.
func TestErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args   string
		status int
		want   string
	}{
		{"--bogus", StatusUsage, "unknown flag --bogus"},
		{"-bogus=1", StatusUsage, "unknown flag --bogus"},
		{"-tim=1", StatusUsage, "unknown flag --tim, did you mean \"--time\"?"},
		{"--Time=1", StatusUsage, "unknown flag --Time"},
		{"x", StatusUsage, "unexpected argument x"},
		{"--time", StatusUsage, "--time: expected"},
		{"--time=x", StatusUsage, "--time: \"x\" is neither a number of milliseconds nor"},
		{"--time=5001", StatusUsage, "--time: 5001 ms is not from 1 to 5000"},
		{"--address=a:b", StatusUsage, "--address: address \"a:b\": port is not a number from 0 to 65535"},
		{"--address=192.0.2.1 --address=x;y", StatusUsage, "--address: address \"x;y\": \"x;y\" is neither"},
		{"--address=unknown.invalid:1", StatusUsage, "--address: address \"unknown.invalid:1\": "},
		{"--local=239.0.0.1", StatusUsage, "--local: 239.0.0.1 is a multicast address"},
		{"--group=192.0.2.1", StatusUsage, "--group: 192.0.2.1 is not a multicast address"},
		{"--identifier=ten", StatusUsage, "--identifier: \"ten\" is not a number"},
		{"--interface=no-such-one", StatusUsage, "--interface: there is no network interface \"no-such-one\""},
		{"--transport=tcp", StatusUsage, "--transport must be one of \"auto\",\"udp\" but got \"tcp\""},
		{"--loglevel=much", StatusUsage, "--loglevel: \"much\" is not a number from 0 to 9"},
		{"--logcolor=red", StatusUsage, "--logcolor must be one of"},
		{"--logfile=a --logappend=b", StatusUsage, "--logfile and --logappend can't be used together"},
		{"--logfile=/no/such/directory/file", StatusFailed, "open /no/such/directory/file: no such file or directory"},
		{"--end=usage", StatusUsage, "sample: this cannot be"},
		{"--end=failure", StatusFailed, "this has failed"},
		{"--end=lines", StatusFailed, "one; two"},
		{"--end=listen", StatusFailed, "cannot listen at 127.0.0.1:"},
		{"--end=listen", StatusFailed, ": address already in use"},
	} {
		t.Run(test.args, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "sample", strings.Fields(test.args)...)
			var stderr strings.Builder
			cmd.Stderr = &stderr
			stdout, err := cmd.Output()
			exitErr, ok := errors.AsType[*exec.ExitError](err)
			if !ok || exitErr.ExitCode() != test.status {
				t.Fatalf("%v, want status %d", err, test.status)
			}
			text := stderr.String()
			if len(stdout) > 0 || !strings.HasPrefix(text, "sample: ") || !strings.Contains(text, test.want) || strings.Index(text, "\n") != len(text)-1 {
				t.Errorf("standard output %q, standard error:\n%swant one line with: %s", stdout, text, test.want)
			}
		})
	}
}

// TestPanic asserts that a defect is not taken for the end after --help.
func TestPanic(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "sample", "--end=panic").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "panic: BUG: sample") {
		t.Errorf("%v:\n%s", err, out)
	}
}
