package cli

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// FuzzValue asserts that durations and identifiers are in their ranges, and the same when they are written in
// the form of Go.
func FuzzValue(f *testing.F) {
	for _, s := range []string{"0", "2500", "2.5", "2.5s", "1h30m", "-1s", "1e3", "NaN", "Inf", "4e9", "0x1F", "0X0", "4294967296"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var ms, msAgain Milliseconds
		if err := ms.UnmarshalText([]byte(s)); err == nil {
			if err := msAgain.UnmarshalText([]byte(ms.Duration().String())); err != nil || ms != msAgain || ms < 0 {
				t.Fatalf("%q is %v, which is %v, %v", s, ms.Duration(), msAgain.Duration(), err)
			}
		}
		var seconds, secondsAgain Seconds
		if err := seconds.UnmarshalText([]byte(s)); err == nil {
			if err := secondsAgain.UnmarshalText([]byte(seconds.Duration().String())); err != nil || seconds != secondsAgain || seconds < 0 {
				t.Fatalf("%q is %v, which is %v, %v", s, seconds.Duration(), secondsAgain.Duration(), err)
			}
		}
		var id ID
		if err := id.UnmarshalText([]byte(s)); err == nil {
			if strings.Trim(strings.ToLower(s), "0123456789abcdefx") != "" {
				t.Fatalf("%q is %d", s, id)
			}
			// A number of milliseconds and an identifier have the same decimal digits.
			if !strings.HasPrefix(strings.ToLower(s), "0x") && ms.Duration() != time.Duration(id)*time.Millisecond {
				t.Fatalf("%q is %d, and %v", s, id, ms.Duration())
			}
		}
	})
}

// FuzzGroup asserts that a group is a multicast address, or off, or the standard group. Host names are left out, so that
// nothing is looked up.
func FuzzGroup(f *testing.F) {
	for _, s := range []string{"auto", "OFF", "none", "239.0.0.50", "239.0.0.50:3863", "[ff02::1%eth0]:9", "ff05::7", "192.0.2.1"} {
		f.Add(s)
	}
	standard := netip.MustParseAddrPort("239.0.0.50:3863")
	f.Fuzz(func(t *testing.T, s string) {
		if host, _, err := splitPort(s); err == nil && isHostName(host) {
			return
		}
		var g Group
		if err := g.UnmarshalText([]byte(s)); err != nil {
			return
		}
		addr := g.Or(standard)
		if g.Off == addr.IsValid() || addr.IsValid() && (!addr.Addr().IsMulticast() || addr.Port() == 0) {
			t.Fatalf("%q is %v", s, addr)
		}
		if g.Off || strings.ContainsAny(addr.Addr().Zone(), ",!]:") {
			return
		}
		var again Group
		if err := again.UnmarshalText([]byte(g.Text(standard))); err != nil || again.Or(standard) != addr {
			t.Fatalf("%q is %v, whose text %q is %v, %v", s, addr, g.Text(standard), again.Or(standard), err)
		}
	})
}

// FuzzLocal asserts that a place to bind to has no multicast address, and all addresses or a list.
func FuzzLocal(f *testing.F) {
	for _, s := range []string{"auto", "0.0.0.0:1", "[::]", "127.0.0.1:3863", "10.0.0.1,10.0.0.2", "239.0.0.50", "10.0.0.1,::"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for part := range strings.SplitSeq(s, ",") {
			if host, _, err := splitPort(part); err == nil && isHostName(host) {
				return
			}
		}
		var l Local
		if err := l.UnmarshalText([]byte(s)); err != nil {
			return
		}
		for _, a := range l.Addrs {
			if a.IsMulticast() || a.IsUnspecified() || !a.IsValid() {
				t.Fatalf("%q binds to %v", s, l.Addrs)
			}
		}
		if l.String() == "" {
			t.Fatalf("%q has no text", s)
		}
	})
}
