package asapside

import (
	"net/netip"
	"slices"

	"github.com/rserpool-go/rserpool/transport/scope"
	"github.com/rserpool-go/rserpool/transport/step"
)

// peer is the pool element or pool user at the far end of an association.
type peer struct {
	addrs []netip.AddrPort
	local bool // on this host, reached by loopback

	resolutions, reports limiter
}

// host returns the primary address, invalid if no address is known. Further addresses do not tell
// hosts apart: the peer lists them at will, and many hosts may have a bridge of the same address.
func (p *peer) host() netip.Addr {
	if len(p.addrs) == 0 {
		return netip.Addr{}
	}
	return p.addrs[0].Addr().Unmap()
}

// port returns the port of the peer, 0 if no address is known.
func (p *peer) port() uint16 {
	if len(p.addrs) == 0 {
		return 0
	}
	return p.addrs[0].Port()
}

// peers are the peers of the associations that are up.
type peers struct {
	byAssoc map[step.AssocID]*peer
	own     []netip.Addr // addresses of this host
}

func newPeers() peers { return peers{byAssoc: make(map[step.AssocID]*peer)} }

// find returns the peer of an association, nil if the association is not up.
func (s *peers) find(assoc step.AssocID) *peer { return s.byAssoc[assoc] }

// isUp reports whether an association is up.
func (s *peers) isUp(assoc step.AssocID) bool { return s.byAssoc[assoc] != nil }

// add notes the addresses of the peer of an association. A dial may find an association
// that is up already.
func (s *peers) add(assoc step.AssocID, addrs []netip.AddrPort) {
	p := s.byAssoc[assoc]
	if p == nil {
		p = new(peer)
		s.byAssoc[assoc] = p
	}
	p.addrs, p.local = addrs, scope.IsLocal(addrs)
}

// remove forgets the peer of an association that is down.
func (s *peers) remove(assoc step.AssocID) { delete(s.byAssoc, assoc) }

// provenAddrs returns the addresses of hostAddrs that a peer cannot have made up. It lists its
// further addresses at will, and could list the address of an element on another host.
func (s *peers) provenAddrs(p *peer) []netip.Addr {
	if p.local {
		return s.hostAddrs(p)
	}
	return []netip.Addr{p.host()}
}

// hostAddrs returns the addresses of a peer's host: the addresses of the association, and
// in front of them the other addresses of this host if the association runs over loopback.
func (s *peers) hostAddrs(p *peer) []netip.Addr {
	theirs := hosts(p.addrs)
	if !p.local {
		return theirs
	}
	own := slices.DeleteFunc(slices.Clone(s.own), func(a netip.Addr) bool { return slices.Contains(theirs, a) })
	return append(own, theirs...)
}

// hosts returns the addresses without their ports.
func hosts(addrs []netip.AddrPort) []netip.Addr {
	out := make([]netip.Addr, len(addrs))
	for i, a := range addrs {
		out[i] = a.Addr().Unmap()
	}
	return out
}
