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
	encoded, userLen, err := encode(h.scratch[:0], pe)
	if err != nil {
		return nil, Registration{}, invalid(nil, err)
	}
	h.scratch = encoded
	var e *Element
	if p != nil {
		e = p.ids.get(uint64(pe.ID))
	}
	base, step := policy.rank(&pe.Policy)
	at := h.sinceStart(now)
	if e != nil {
		held := time.Duration(at - e.updated)
		e.updated = at
		return e, h.update(e, pe, a, base, step, userLen, held), nil
	}
	if h.config.MaxElements > 0 && h.elements >= h.config.MaxElements ||
		p == nil && h.config.MaxPools > 0 && h.pools.live >= h.config.MaxPools {
		return nil, Registration{}, errFull
	}
	if p == nil {
		p = h.newPool(handle, policy, pe)
	}
	e = h.newElement()
	e.id, e.home, e.pool = pe.ID, pe.HomeID, p
	e.base, e.step = base, step
	e.encoded = append(e.encoded, encoded...)
	e.userLen = uint16(userLen)
	e.updated = at
	e.poolPos = p.members.add(e, h.nextSerial())
	p.ids.put(uint64(e.id), e)
	p.order.add(e)
	h.own(e)
	h.associate(e, a)
	h.elements++
	h.notify(Change{Kind: Created, Element: e})
	return e, Registration{Created: true, Changed: true}, nil
}

// update replaces what e registered by pe, the encoded form of which is in scratch.
// The registration before has held for so long.
func (h *Handlespace) update(e *Element, pe *wire.PoolElement, a Association, base, step uint32, userLen int, held time.Duration) Registration {
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
	if !bytes.Equal(e.encoded, h.scratch) {
		r.Changed = true
		e.encoded = append(e.encoded[:0], h.scratch...)
		e.userLen = uint16(userLen)
	}
	if e.base != base || e.step != step || e.degraded != 0 {
		e.degraded = 0
		e.pool.order.update(e, base, step)
	}
	e.marked = false
	h.notify(Change{
		Kind:           Updated,
		Element:        e,
		PreviousHomeID: r.PreviousHomeID,
		Same:           !r.Changed,
		Held:           held,
	})
	return r
}
