package main

import (
	"bytes"
	"os"
	"testing"
)

// failover is the capture of a failover.
const failover = "../../testdata/failover.pcap"

// Each filter and its negation divide the messages of a capture.
func TestFilters(t *testing.T) {
	t.Parallel()
	count := func(args ...string) int {
		stdout, stderr, status := run(t, nil, append(args, failover)...)
		if status != 0 || len(stderr) > 0 {
			t.Fatalf("%q: status %d: %s", args, status, stderr)
		}
		return bytes.Count(stdout, []byte("\n"))
	}
	all := count()
	for filter, want := range map[string]int{
		"protocol=enrp":                    20,
		"type=registration,deregistration": 6,
		"pool=PingPongPool":                50,
		"element=0xb9d0f8a8":               15,
		"registrar=0x1a8975ed":             76,
		"host=10.98.0.3":                   12,
		"host=10.98.0.3,10.99.0.0/24":      279,
		"port=43047":                       12,
		"port=43047,9901":                  32,
		"association=1":                    12,
		"association=1,2":                  24,
		"during=..1":                       4,
		"during=7.116..7.117":              4,
		"during=2026-11-22T22:24:28.298Z..2026-11-22 22:24:28.299": 2,
	} {
		if n := count("--" + filter); n != want {
			t.Errorf("--%s: %d messages, want %d", filter, n, want)
		}
		if n := count("--not=" + filter); n != all-want {
			t.Errorf("--not=%s: %d messages, want %d", filter, n, all-want)
		}
	}
	if n := count("--type=cookie", "--host=10.99.0.3", "--not=during=..7", "--not=during=8.."); n != 3 {
		t.Errorf("several filters: %d messages", n)
	}
}

// The number of an association does not depend on the other filters.
func TestAssociationNumber(t *testing.T) {
	t.Parallel()
	whole, _, _ := run(t, nil, failover, "--association=4")
	part, _, _ := run(t, nil, failover, "--association=4", "--type=handle-resolution")
	if len(part) == 0 || !bytes.Contains(whole, part[:bytes.IndexByte(part, '\n')+1]) {
		t.Errorf("%s\nis not a part of\n%s", part, whole)
	}
}

// A line on standard error counts the packets with a wrong checksum.
func TestWrongChecksums(t *testing.T) {
	t.Parallel()
	capture, err := os.ReadFile("../../testdata/echo.pcap")
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.LastIndex(capture, []byte("EchoPool"))
	capture[i] ^= 1
	stdout, stderr, status := run(t, capture, "-", "--log-format=json")
	if status != 0 || bytes.Count(stderr, []byte("\n")) != 1 ||
		!bytes.Contains(stderr, []byte(`"msg":"SCTP packets with a wrong checksum were left out","packets":1}`)) {
		t.Errorf("status %d: %s", status, stderr)
	}
	all, stderr, _ := run(t, capture, "-", "--ignore-checksums")
	if len(stderr) > 0 || bytes.Count(all, []byte("\n")) <= bytes.Count(stdout, []byte("\n")) {
		t.Errorf("%s%s", stderr, all)
	}
}
