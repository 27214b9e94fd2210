package onetomany

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/rserpool-go/rserpool/transport"
)

// A place is an endpoint that knows nothing but its addresses.
type place struct {
	transport.Endpoint
	addrs []netip.AddrPort
}

func (p place) LocalAddrs() []netip.AddrPort { return p.addrs }

func addrs(list ...string) []netip.AddrPort {
	var addrs []netip.AddrPort
	for _, s := range list {
		addrs = append(addrs, netip.MustParseAddrPort(s))
	}
	return addrs
}

func TestPeerAddrs(t *testing.T) {
	t.Parallel()
	e := place{addrs: addrs("192.0.2.1:3863", "127.0.0.1:3863")}
	for _, c := range []struct {
		name       string
		peer, want []netip.AddrPort
	}{
		{"none", nil, nil},
		{"one", addrs("192.0.2.2:3863"), addrs("192.0.2.2:3863")},
		{"two ports", addrs("192.0.2.2:2", "192.0.2.2:1"), addrs("192.0.2.2:2", "192.0.2.2:1")},
		{"twice", addrs("192.0.2.2:1", "192.0.2.3:1", "192.0.2.2:1"), addrs("192.0.2.2:1", "192.0.2.3:1")},
		{"mapped", addrs("[::ffff:192.0.2.2]:1", "192.0.2.2:1"), addrs("192.0.2.2:1")},
		{"own address", addrs("127.0.0.1:3863", "127.0.0.1:3864"), addrs("127.0.0.1:3864")},
		{"own address only", addrs("127.0.0.1:3863"), nil},
		{"other IP version", addrs("[2001:db8::1]:1", "192.0.2.2:1"), addrs("192.0.2.2:1")},
		{"no address of a peer", append(addrs("0.0.0.0:1", "239.0.0.1:1", "192.0.2.2:0"), netip.AddrPort{}), nil},
	} {
		got, err := PeerAddrs(e, 3863, c.peer, netip.Addr.Is4)
		if !slices.Equal(got, c.want) || (err == nil) != (len(c.want) > 0) {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.want)
		}
	}
}
