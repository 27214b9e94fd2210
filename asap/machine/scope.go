package machine

import (
	"fmt"
	"net/netip"
	"slices"
)

// Scope is the least scope of the addresses that a registrar takes for its pool
// elements.
type Scope uint8

// The scopes.
const (
	// ScopeAuto is ScopeSiteLocal, but takes loopback addresses from a peer that
	// is on loopback itself.
	ScopeAuto Scope = iota
	// ScopeLoopback takes all but link-local addresses.
	ScopeLoopback
	// ScopeSiteLocal takes private and global addresses.
	ScopeSiteLocal
	// ScopeGlobal takes global addresses, and unique local ones of IPv6 (RFC 4193).
	ScopeGlobal
)

var scopeNames = []string{"auto", "loopback", "sitelocal", "global"}

// String returns the name as ParseScope takes it.
func (s Scope) String() string {
	if int(s) < len(scopeNames) {
		return scopeNames[s]
	}
	return fmt.Sprintf("Scope(%d)", uint8(s))
}

// UnmarshalText takes auto, loopback, sitelocal or global.
func (s *Scope) UnmarshalText(text []byte) error {
	i := slices.Index(scopeNames, string(text))
	if i < 0 {
		return fmt.Errorf("address scope %q is none of %v", text, scopeNames)
	}
	*s = Scope(i)
	return nil
}

// takes reports whether an address of a peer is usable; local says that the peer is
// reached by loopback. Link-local addresses mean nothing without a link.
func (s Scope) takes(a netip.Addr, local bool) bool {
	a = a.Unmap()
	switch {
	case a.IsUnspecified() || a.IsMulticast() || a.IsLinkLocalUnicast():
		return false
	case a.IsLoopback():
		return s == ScopeLoopback || s == ScopeAuto && local
	case a.Is4() && a.IsPrivate(), siteLocalV6.Contains(a):
		return s != ScopeGlobal
	}
	return true
}

// siteLocalV6 are the site-local addresses of old IPv6 (RFC 3879).
var siteLocalV6 = netip.MustParsePrefix("fec0::/10")

// filter returns the addresses that a scope takes.
func (s Scope) filter(addrs []netip.Addr, local bool) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(addrs), func(a netip.Addr) bool { return !s.takes(a, local) })
}

// isLocal reports whether a peer is reached by loopback, and thus on this host.
func isLocal(peer []netip.AddrPort) bool {
	return len(peer) > 0 && peer[0].Addr().Unmap().IsLoopback()
}
