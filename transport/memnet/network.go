package memnet

import (
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// A Network is a set of hosts. Each host reaches every other host. The methods of a
// network may be called by several goroutines.
type Network struct {
	config Config

	mu     sync.Mutex // Guards the fields below, and every object of the network. Never held while blocking.
	clock  clock
	hosts  []*Host // In order of creation.
	byAddr map[netip.Addr]*Host
	links  map[hostPair]*link
	routes map[routeKey]*route
}

// New returns a network without hosts. For use in a synctest bubble, New must be called
// in that bubble.
func New(config Config) *Network {
	n := &Network{
		config: config.withDefaults(),
		byAddr: make(map[netip.Addr]*Host),
		links:  make(map[hostPair]*link),
		routes: make(map[routeKey]*route),
	}
	n.clock.timer = time.AfterFunc(0, n.runTimer)
	return n
}

// Host adds a host. It panics if another host has one of the addresses. Without
// addresses, the host gets an address from 10.0.0.0/8.
func (n *Network) Host(addrs ...netip.Addr) *Host {
	n.lock()
	defer n.unlock()
	index := len(n.hosts)
	if len(addrs) == 0 {
		addrs = []netip.Addr{netip.AddrFrom4([4]byte{10, byte((index + 1) >> 16), byte((index + 1) >> 8), byte(index + 1)})}
	}
	h := &Host{
		net:       n,
		index:     index,
		endpoints: make(map[uint16]*endpoint),
		nextPort:  firstEphemeral,
	}
	for _, a := range addrs {
		a = a.Unmap()
		if n.byAddr[a] != nil {
			panic(fmt.Sprintf("memnet: two hosts with address %v", a))
		}
		n.byAddr[a] = h
		h.addrs = append(h.addrs, a)
	}
	n.hosts = append(n.hosts, h)
	return h
}

// SetLink replaces Config.Link between two hosts, for packets sent from now on.
func (n *Network) SetLink(a, b *Host, l Link) {
	n.lock()
	defer n.unlock()
	n.linkOf(a, b).Link = l
}

// Partition cuts the links between two groups of hosts. Several partitions add up.
func (n *Network) Partition(a, b []*Host) {
	n.lock()
	defer n.unlock()
	var links []*link
	for _, x := range a {
		for _, y := range b {
			if x != y {
				links = append(links, n.linkOf(x, y))
			}
		}
	}
	n.applyChange(links, func() {
		for _, l := range links {
			l.partitioned = true
		}
	})
}

// Heal ends all partitions.
func (n *Network) Heal() {
	n.lock()
	defer n.unlock()
	links := n.linksOf(func(l *link) bool { return l.partitioned })
	n.applyChange(links, func() {
		for _, l := range links {
			l.partitioned = false
		}
	})
}

// linksOf returns the links that match a predicate, in order of the hosts.
func (n *Network) linksOf(kind func(*link) bool) []*link {
	var links []*link
	for i, a := range n.hosts {
		for _, b := range n.hosts[i:] {
			if l := n.links[hostPair{a, b}]; l != nil && kind(l) {
				links = append(links, l)
			}
		}
	}
	return links
}

// findHost returns the host to which an address leads from a given host, nil if no host
// has the address.
func (n *Network) findHost(from *Host, addr netip.Addr) *Host {
	addr = addr.Unmap()
	if addr.IsLoopback() {
		return from
	}
	return n.byAddr[addr.WithZone("")]
}
