package udpsctp

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"
	"time"
)

// FuzzCookie asserts that an endpoint opens its own cookies only, for the peer and during the life of
// each, and finds all fields again.
func FuzzCookie(f *testing.F) {
	peer := peerKey{udp: netip.MustParseAddrPort("192.0.2.1:9899"), port: 3863}
	issued := time.Unix(1767323045, 678)
	key := cookieKey{1, 2, 3}
	sealed := key.seal(stateCookie{issued: issued, localTag: 1, localTSN: 2, peer: initParams{tag: 3, window: 4, tsn: 5, out: 6, in: 7}}, peer)
	f.Add(sealed, int64(0))
	f.Add(sealed[:cookieFieldsLen], int64(time.Second))
	f.Add([]byte(nil), int64(2*cookieLife))
	f.Fuzz(func(t *testing.T, b []byte, age int64) {
		c, err := key.open(b, peer, issued)
		if isOurs := bytes.Equal(b, sealed); isOurs != (err == nil) {
			t.Fatalf("%x: %+v, %v", b, c, err)
		}
		if len(b) < cookieFieldsLen {
			return
		}
		// The octets are those of an authentic cookie.
		ours := key.mac(bytes.Clone(b[:cookieFieldsLen]), b[:cookieFieldsLen], peer)
		first, _ := key.open(ours, peer, issued)
		now := first.issued.Add(time.Duration(age))
		c, err = key.open(ours, peer, now)
		if isFresh := now.Sub(c.issued).Abs() <= cookieLife; isFresh != (err == nil) || !isFresh && !errors.Is(err, errStaleCookie) {
			t.Fatalf("age %v: %v", now.Sub(c.issued), err)
		}
		if again := key.seal(c, peer); c.issued.UnixNano() == first.issued.UnixNano() && !bytes.Equal(again, ours) {
			t.Fatalf("%x is sealed again as %x", ours, again)
		}
		other := peer
		other.port++
		if _, err := key.open(ours, other, now); !errors.Is(err, errForeignCookie) {
			t.Fatalf("another peer: %v", err)
		}
	})
}

// FuzzRefused reports quotes of ICMP messages to an endpoint. None ends an association, unless the quote has the
// ports and the verification tag, which a stranger does not know (RFC 6951, 5.5).
func FuzzRefused(f *testing.F) {
	for _, p := range record(f) {
		f.Add(p)
	}
	good, victim := bindLoopback(f, Config{HeartbeatInterval: time.Hour}), bindLoopback(f, Config{HeartbeatInterval: time.Hour})
	a, b := connect(f, good, victim)
	f.Fuzz(func(t *testing.T, quote []byte) {
		if len(quote) >= headerLen {
			h := parseHeader(quote)
			known := appendHeader(nil, header{src: victim.port, dst: good.port, tag: h.tag})
			copy(quote, known[:8])
			if h.tag == b.peerTag {
				return // Known by chance.
			}
		}
		victim.handleRefused(b.key.udp, quote)
		if a.Err() != nil || b.Err() != nil {
			t.Fatalf("%x ends an association: %v, %v", quote, a.Err(), b.Err())
		}
	})
}
