package asapside

import (
	"net/netip"
	"slices"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/scope"
	"github.com/rserpool-go/rserpool/transport/step"
)

// peer is the pool element or pool user at the far end of an association.
type peer struct {
	addrs []netip.AddrPort
	local bool // on this host, reached by loopback

	resolutions, reports limiter

	at             *host
	elements       int  // registered over the association
	isDown         bool // the association is down, and its elements are to be removed
	isLimitReached bool // this is reported
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

// host is a host with associations that are up. All of them have the same primary address.
type host struct {
	addr         netip.Addr // invalid if no address is known
	associations int
	elements     int // registered over the associations
}

// peers are the peers of the associations that are up, or whose elements are to be removed.
type peers struct {
	byAssoc map[step.AssocID]*peer
	hosts   map[netip.Addr]*host
	ended   []step.AssocID // that are down, in order
	own     []netip.Addr   // addresses of this host
}

func newPeers() *peers {
	return &peers{byAssoc: make(map[step.AssocID]*peer), hosts: make(map[netip.Addr]*host)}
}

// find returns the peer of an association, nil if the association is not known.
func (s *peers) find(assoc step.AssocID) *peer { return s.byAssoc[assoc] }

// isUp reports whether an association is up.
func (s *peers) isUp(assoc step.AssocID) bool {
	p := s.byAssoc[assoc]
	return p != nil && !p.isDown
}

// add notes the addresses of the peer of an association. A dial may find an association
// that is up already.
func (s *peers) add(assoc step.AssocID, addrs []netip.AddrPort) {
	p := s.byAssoc[assoc]
	if p == nil {
		p = &peer{addrs: addrs}
		p.at = s.findOrAddHost(p.host())
		p.at.associations++
		s.byAssoc[assoc] = p
	}
	p.addrs, p.local = addrs, scope.IsLocal(addrs)
}

// findOrAddHost returns the host with a primary address.
func (s *peers) findOrAddHost(addr netip.Addr) *host {
	h := s.hosts[addr]
	if h == nil {
		h = &host{addr: addr}
		s.hosts[addr] = h
	}
	return h
}

// end notes that an association is down. Its elements no longer count for the host, whose
// programs may register others.
func (s *peers) end(assoc step.AssocID) {
	p := s.byAssoc[assoc]
	if p == nil || p.isDown {
		return
	}
	p.isDown = true
	p.at.elements -= p.elements
	if p.at.associations--; p.at.associations == 0 {
		delete(s.hosts, p.at.addr)
	}
	s.ended = append(s.ended, assoc)
}

// nextEnded returns the first association that is down and has elements, 0 if there is none. It
// forgets associations without elements.
func (s *peers) nextEnded() step.AssocID {
	for len(s.ended) > 0 {
		if s.byAssoc[s.ended[0]].elements > 0 {
			return s.ended[0]
		}
		delete(s.byAssoc, s.ended[0])
		s.ended = s.ended[1:]
	}
	s.ended = nil
	return 0
}

// noteChange counts the elements of associations and hosts.
func (s *peers) noteChange(c handlespace.Change) {
	over := c.Element.Association()
	if c.Former != over {
		s.count(c.Former, -1)
		s.count(over, 1)
	}
}

// count adds a number to the elements of an association.
func (s *peers) count(over handlespace.Association, n int) {
	p := s.byAssoc[step.AssocID(over)]
	if p == nil {
		return
	}
	p.elements += n
	if !p.isDown {
		p.at.elements += n
	}
}

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
