package main

import (
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// maxPopulation bounds the elements of a population.
const maxPopulation = 1 << 16

// population is the elements that the capture shows to be registered. An element is registered by an
// answer to its registration, or by a message of ENRP, and leaves by an answer to its deregistration,
// by a message of ENRP, or at the end of its registration life.
type population struct {
	elements map[elementKey]time.Time // when the registration life ends
	pools    map[wire.PoolHandle]int
	next     time.Time // No registration life ends before.
	heard    int       // messages since the last look for ends
	leftOut  int       // registrations beyond the bound
}

type elementKey struct {
	pool wire.PoolHandle
	id   wire.PEID
}

func newPopulation() population {
	return population{elements: make(map[elementKey]time.Time), pools: make(map[wire.PoolHandle]int)}
}

// hear takes a message, with the answer that it is to a request.
func (p *population) hear(m *message, a answer) {
	p.expire(m.Time)
	switch parsed := m.Parsed().(type) {
	case *asapmsg.RegistrationResponse:
		if !parsed.Reject && a.request != "" {
			p.add(elementKey{parsed.PoolHandle, parsed.PEID}, m.Time, a.life)
		}
	case *asapmsg.DeregistrationResponse:
		if len(parsed.Causes) == 0 {
			p.remove(elementKey{parsed.PoolHandle, parsed.PEID})
		}
	case *enrpmsg.HandleUpdate:
		key := elementKey{parsed.PoolHandle, parsed.PoolElement.ID}
		switch parsed.Action {
		case enrpmsg.AddPE:
			p.add(key, m.Time, parsed.PoolElement.RegistrationLife)
		case enrpmsg.DelPE:
			p.remove(key)
		}
	case *enrpmsg.HandleTableResponse:
		for _, entry := range parsed.Entries {
			for i := range entry.PoolElements {
				e := &entry.PoolElements[i]
				p.add(elementKey{entry.PoolHandle, e.ID}, m.Time, e.RegistrationLife)
			}
		}
	}
}

// add adds an element, or prolongs its registration.
func (p *population) add(key elementKey, now time.Time, life time.Duration) {
	_, known := p.elements[key]
	if !known && len(p.elements) >= maxPopulation {
		p.leftOut++
		return
	}
	end := now.Add(life)
	p.elements[key] = end
	if !known {
		p.pools[key.pool]++
	}
	if p.next.IsZero() || end.Before(p.next) {
		p.next = end
	}
}

func (p *population) remove(key elementKey) {
	if _, known := p.elements[key]; !known {
		return
	}
	delete(p.elements, key)
	if p.pools[key.pool]--; p.pools[key.pool] == 0 {
		delete(p.pools, key.pool)
	}
}

// sweepShare is the number of elements that expire looks at for each message, on average.
const sweepShare = 64

// expire removes the elements whose registration life has ended. It looks at all elements, so it waits
// for enough messages after the last look.
func (p *population) expire(now time.Time) {
	p.heard++
	if p.next.IsZero() || now.Before(p.next) || p.heard*sweepShare < len(p.elements) {
		return
	}
	p.heard, p.next = 0, time.Time{}
	for key, end := range p.elements {
		if !now.Before(end) {
			p.remove(key)
		} else if p.next.IsZero() || end.Before(p.next) {
			p.next = end
		}
	}
}
