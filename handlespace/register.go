package handlespace

import (
	"bytes"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// Registration tells what a call of [Handlespace.Register] has done.
type Registration struct {
	// Created: the element is new.
	Created bool
	// Changed: the element is new, or differs from what it was, be it only in its
	// home registrar.
	Changed bool
	// PreviousHomeID is the home registrar that an element had that was there, 0
	// else.
	PreviousHomeID wire.ServerID
}

// Register puts an element into a pool, which comes into being with its first
// element. An element of the pool that has the same identifier is replaced: it gets
// the new home registrar, association, transports, policy values and registration
// life; the mark of [Handlespace.Mark] goes, and the degradation of its policy begins
// anew. Its timer stays as it is.
//
// pe.HomeID is the home registrar, 0 if there is none; the association is 0 if the
// element did not register with us. Nothing of pe is kept, and it is as before afterwards,
// but nobody else may use it meanwhile.
//
// It fails with an *[Error], and then changes nothing.
func (h *Handlespace) Register(now time.Time, handle wire.PoolHandle, pe *wire.PoolElement, a Association) (*Element, Registration, error) {
	p := h.byHandle.find(handle)
	policy, err := h.check(p, handle, pe)
	if err != nil {
		return nil, Registration{}, err
	}
	if p != nil {
		if e := p.ids.get(uint64(pe.ID)); e != nil {
			return h.registerAgain(now, e, pe, a)
		}
	}
	if h.config.MaxElements > 0 && h.elements >= h.config.MaxElements ||
		p == nil && h.config.MaxPools > 0 && h.pools.live >= h.config.MaxPools {
		return nil, Registration{}, errFull
	}
	e := h.newElement()
	encoded, userLen, err := encode(e.encoded, pe)
	if err != nil {
		h.freeElement(e)
		return nil, Registration{}, invalid(nil, err)
	}
	if p == nil {
		p = h.newPool(handle, policy, pe)
	}
	e.id, e.home, e.pool = pe.ID, pe.HomeID, p
	e.base, e.step = policy.rank(&pe.Policy)
	e.encoded, e.userLen = encoded, uint16(userLen)
	e.updated = h.sinceStart(now)
	e.poolPos = p.members.add(e, h.nextSerial())
	p.ids.put(uint64(e.id), e)
	p.order.add(e)
	h.own(e)
	h.associate(e, a)
	h.elements++
	h.notify(Change{Kind: Created, Element: e})
	return e, Registration{Created: true, Changed: true}, nil
}

// registerAgain replaces what e registered by pe.
func (h *Handlespace) registerAgain(now time.Time, e *Element, pe *wire.PoolElement, a Association) (*Element, Registration, error) {
	encoded, userLen, err := encode(h.scratch[:0], pe)
	if err != nil {
		return nil, Registration{}, invalid(nil, err)
	}
	h.scratch = encoded
	r := Registration{PreviousHomeID: e.home}
	if e.home != pe.HomeID {
		h.disown(e)
		e.home = pe.HomeID
		h.own(e)
	}
	if e.association != a {
		h.dissociate(e)
		h.associate(e, a)
	}
	if !bytes.Equal(e.encoded, encoded) {
		r.Changed = true
		e.encoded = append(e.encoded[:0], encoded...)
		e.userLen = uint16(userLen)
	}
	if base, step := e.pool.policy.rank(&pe.Policy); e.base != base || e.step != step || e.degraded != 0 {
		e.degraded = 0
		e.pool.order.update(e, base, step)
	}
	e.marked = false
	at := h.sinceStart(now)
	held := time.Duration(at - e.updated)
	e.updated = at
	h.notify(Change{
		Kind:           Updated,
		Element:        e,
		PreviousHomeID: r.PreviousHomeID,
		Same:           !r.Changed,
		Held:           held,
	})
	return e, r, nil
}
