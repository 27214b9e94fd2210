package hostaddr

import (
	"net/netip"
	"slices"
	"testing"
)

func TestSort(t *testing.T) {
	t.Parallel()
	list := []netip.AddrPort{}
	for _, s := range []string{"127.0.0.1:1", "[fe80::1%lo]:1", "10.0.0.1:1", "192.0.2.1:1", "[fd00::1]:1", "[2001:db8::1]:1", "[::1]:1"} {
		list = append(list, netip.MustParseAddrPort(s))
	}
	Sort(list)
	var got []string
	for _, a := range list {
		got = append(got, a.Addr().String())
	}
	want := []string{"192.0.2.1", "2001:db8::1", "10.0.0.1", "fd00::1", "fe80::1%lo", "127.0.0.1", "::1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAddrs(t *testing.T) {
	t.Parallel()
	for _, addr := range new(Host).Addrs() {
		if addr.Is4In6() || addr.IsLinkLocalUnicast() || addr.IsUnspecified() {
			t.Errorf("Addrs() has %v", addr)
		}
	}
}
