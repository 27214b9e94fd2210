// Package scope tells which addresses of a peer are usable by others: addresses of the
// right scope (RFC 4007), and of no other kind than unicast.
package scope

import (
	"fmt"
	"net/netip"
	"slices"
)

// Level is the least scope that an address must have.
type Level uint8

// The levels.
const (
	// Auto is SiteLocal, but takes loopback addresses from a peer that is on loopback
	// itself.
	Auto Level = iota
	// Loopback takes all addresses but link-local ones.
	Loopback
	// SiteLocal takes private and global addresses.
	SiteLocal
	// Global takes global addresses, and unique local addresses of IPv6 (RFC 4193).
	Global
)

var names = []string{"auto", "loopback", "sitelocal", "global"}

// String returns the name, as UnmarshalText takes it.
func (l Level) String() string {
	if int(l) < len(names) {
		return names[l]
	}
	return fmt.Sprintf("Level(%d)", uint8(l))
}

// UnmarshalText takes auto, loopback, sitelocal or global, and site-local for sitelocal.
func (l *Level) UnmarshalText(text []byte) error {
	name := string(text)
	if name == "site-local" {
		name = names[SiteLocal]
	}
	i := slices.Index(names, name)
	if i < 0 {
		return fmt.Errorf("address scope %q is none of %v", text, names)
	}
	*l = Level(i)
	return nil
}

// Filter returns the addresses that the level takes, in their order. The peer that
// has them is local if it is reached by loopback.
func (l Level) Filter(addrs []netip.Addr, local bool) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(addrs), func(a netip.Addr) bool { return !l.takes(a, local) })
}

// takes reports whether an address of a peer is usable. Link-local addresses mean
// nothing without a link.
func (l Level) takes(a netip.Addr, local bool) bool {
	a = a.Unmap()
	switch {
	case a.IsUnspecified() || a.IsMulticast() || a.IsLinkLocalUnicast():
		return false
	case a.IsLoopback():
		return l == Loopback || l == Auto && local
	case a.Is4() && a.IsPrivate(), siteLocalV6.Contains(a):
		return l != Global
	}
	return true
}

// siteLocalV6 holds the site-local addresses of old IPv6 (RFC 3879).
var siteLocalV6 = netip.MustParsePrefix("fec0::/10")

// IsLocal reports whether a peer is reached by loopback, and thus is on this host. The
// first address of the peer is the primary one.
func IsLocal(peer []netip.AddrPort) bool {
	return len(peer) > 0 && peer[0].Addr().Unmap().IsLoopback()
}
