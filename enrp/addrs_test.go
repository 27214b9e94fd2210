package enrp

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
)

func TestTransportOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		addrs   []string
		isLocal bool
		want    []string
	}{
		{name: "none"},
		{name: "plain", addrs: []string{"10.0.0.1:9901", "[2001:db8::1]:9901"}, want: []string{"10.0.0.1", "2001:db8::1"}},
		{name: "link-local left out", addrs: []string{"[fe80::1]:9901", "169.254.0.1:9901", "10.0.0.1:9901"}, want: []string{"10.0.0.1"}},
		{name: "loopback left out", addrs: []string{"127.0.0.1:9901", "10.0.0.1:9901"}, want: []string{"10.0.0.1"}},
		{name: "loopback for this host, last", addrs: []string{"127.0.0.1:9901", "10.0.0.1:9901"}, isLocal: true, want: []string{"10.0.0.1", "127.0.0.1"}},
		{name: "nothing but loopback", addrs: []string{"127.0.0.1:9901", "[::1]:9901"}, want: []string{"127.0.0.1", "::1"}},
		{name: "loopback rather than link-local", addrs: []string{"[fe80::1]:9901", "127.0.0.1:9901"}, want: []string{"127.0.0.1"}},
		{name: "nothing but link-local", addrs: []string{"[fe80::1%eth0]:9901", "169.254.0.1:9901"}, want: []string{"fe80::1", "169.254.0.1"}},
		{name: "IPv4 in IPv6", addrs: []string{"[::ffff:10.0.0.1]:9901"}, want: []string{"10.0.0.1"}},
	} {
		got := transportOf(endpoint(tc.addrs...), tc.isLocal)
		var addrs []string
		for _, a := range got.Addrs {
			addrs = append(addrs, a.String())
		}
		if !slices.Equal(addrs, tc.want) || got.Protocol != wire.SCTP {
			t.Errorf("%s: got %+v, want %v", tc.name, got, tc.want)
		}
		if len(tc.addrs) > 0 && got.Port != 9901 {
			t.Errorf("%s: port %d", tc.name, got.Port)
		}
	}
}

// The number of announced addresses is bounded, and the transport of the message stays whole.
func TestEndpointOf(t *testing.T) {
	t.Parallel()
	transport := wire.Transport{Protocol: wire.SCTP, Port: 9901, Addrs: manyAddrs(1, handlespace.MaxAddrs+1)}
	got := endpointOf(transport)
	if len(got) != handlespace.MaxAddrs || len(transport.Addrs) != handlespace.MaxAddrs+1 {
		t.Errorf("%d addresses of %d", len(got), len(transport.Addrs))
	}
	if want := netip.AddrPortFrom(transport.Addrs[0], 9901); got[0] != want {
		t.Errorf("first address %v, want %v", got[0], want)
	}
}

func TestAddrsInCommon(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name             string
		a, b             []string
		port, host, addr bool
	}{
		{name: "both empty"},
		{name: "one empty", a: []string{"10.0.0.1:9901"}},
		{name: "same", a: []string{"10.0.0.1:9901"}, b: []string{"10.0.0.1:9901"}, port: true, host: true, addr: true},
		{name: "other port", a: []string{"10.0.0.1:9901"}, b: []string{"10.0.0.1:9902"}, host: true},
		{name: "other host", a: []string{"10.0.0.1:9901"}, b: []string{"10.0.0.2:9901"}, port: true},
		{
			name: "second address", a: []string{"10.0.0.1:9901", "10.0.0.2:9901"}, b: []string{"10.0.0.3:9901", "10.0.0.2:9901"},
			port: true, host: true, addr: true,
		},
		{name: "IPv4 in IPv6", a: []string{"10.0.0.1:9901"}, b: []string{"[::ffff:10.0.0.1]:9901"}, port: true, host: true},
	} {
		for range 2 { // The order of the endpoints does not matter.
			a, b := endpoint(tc.a...), endpoint(tc.b...)
			if got := hasSamePort(a, b); got != tc.port {
				t.Errorf("%s: same port: %v", tc.name, got)
			}
			if got := hasSameHost(a, b); got != tc.host {
				t.Errorf("%s: same host: %v", tc.name, got)
			}
			if got := hasCommonAddr(a, b); got != tc.addr {
				t.Errorf("%s: common address: %v", tc.name, got)
			}
			tc.a, tc.b = tc.b, tc.a
		}
	}
}

func TestIsLoopback(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{
		"127.0.0.1:9901":          true,
		"[::1]:9901":              true,
		"[::ffff:127.0.0.1]:9901": true,
		"10.0.0.1:9901":           false,
	} {
		if got := isLoopback(endpoint(addr, "127.0.0.1:1")); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
	if isLoopback(nil) {
		t.Error("no address is on this host")
	}
}
