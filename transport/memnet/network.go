package memnet

import (
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// A Network is a set of hosts, each of which reaches every other. Its methods may
// be called by several goroutines.
type Network struct {
	config Config

	mu     sync.Mutex // Guards all that follows, and all that belongs to the network. Never held while blocking.
	clock  clock
	hosts  []*Host // In order of creation.
	byAddr map[netip.Addr]*Host
	links  map[hostPair]*link
	routes map[routeKey]*route
}

// New returns a network without hosts. In a synctest bubble, it is to be made
// inside.
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

// Host adds a host with addresses of which no other host has any; it panics
// otherwise. Without addresses given, the host gets one from 10.0.0.0/8.
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

// SetLink sets the latency and jitter between two hosts, in place of Config.Link,
// for packets sent from now on.
func (n *Network) SetLink(a, b *Host, l Link) {
	n.lock()
	defer n.unlock()
	n.linkOf(a, b).Link = l
}

// Partition cuts the hosts of one group off from those of the other. Further
// partitions add to it.
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

// linksOf returns the links of a kind that exist, in order of the hosts.
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

// findHost returns the host at which an address leads from a host, nil if there is
// none.
func (n *Network) findHost(from *Host, addr netip.Addr) *Host {
	addr = addr.Unmap()
	if addr.IsLoopback() {
		return from
	}
	return n.byAddr[addr.WithZone("")]
}
