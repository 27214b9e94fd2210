package csp

import (
	"container/heap"
	"container/list"
	"net/netip"
	"time"
)

// source is a host, or a network of hosts, that reports.
type source struct {
	network    netip.Addr
	components int
	fresh      list.List // *entry with a single report, the oldest first
}

// networkOf returns the network of a source: an IPv4 address, or an IPv6 network (/64).
func networkOf(addr netip.Addr) netip.Addr {
	if addr.Is4() {
		return addr
	}
	p, _ := addr.WithZone("").Prefix(64) // An IPv6 address has a prefix of this length.
	return p.Addr()
}

// admit returns an entry for an unknown component, nil if there is no room.
func (m *Monitor) admit(now time.Time, id ComponentID, from netip.AddrPort) *entry {
	network := networkOf(from.Addr())
	s := m.sources[network]
	var waiting *list.List
	switch {
	case s != nil && s.components >= m.config.MaxPerSource:
		waiting = &s.fresh
	case len(m.components) >= m.config.MaxComponents:
		waiting = &m.fresh
	}
	if waiting != nil {
		oldest := waiting.Front()
		if oldest == nil {
			m.counters.Refused++
			return nil
		}
		m.counters.Displaced++
		m.remove(now, Displaced, oldest.Value.(*entry))
	}
	if s = m.sources[network]; s == nil { // It may have been removed with its last component.
		s = &source{network: network}
		m.sources[network] = s
	}
	s.components++
	e := &entry{Component: Component{Report: Report{SenderID: id}, First: now}, source: s}
	m.components[id] = e
	e.fresh, e.freshHere = m.fresh.PushBack(e), s.fresh.PushBack(e)
	heap.Push(&m.expiry, e)
	return e
}

// settle takes a component from the lists of components that may lose their room.
func (m *Monitor) settle(e *entry) {
	if e.fresh != nil {
		m.fresh.Remove(e.fresh)
		e.source.fresh.Remove(e.freshHere)
		e.fresh, e.freshHere = nil, nil
	}
}
