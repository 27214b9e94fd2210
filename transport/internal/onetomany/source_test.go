package onetomany

import (
	"net/netip"
	"testing"
)

func TestSourceOf(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"192.0.2.1":        "192.0.2.1",
		"::ffff:192.0.2.1": "192.0.2.1",
		"2001:db8::1:2:3":  "2001:db8::",
		"2001:db8:0:1::7":  "2001:db8:0:1::",
		"fe80::1%eth0":     "fe80::1%eth0",
		"::1":              "::",
	} {
		if got := SourceOf(netip.MustParseAddr(addr)); got != netip.MustParseAddr(want) {
			t.Errorf("%s: %v, want %s", addr, got, want)
		}
	}
}
