package handlespace

import (
	"bytes"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// Register adds an element to a pool, and creates the pool for its first element. It
// reports whether the element is new.
//
// An element of the pool with the same identifier is replaced. It gets the new home
// registrar, association, transports, policy values and registration life. The degradation of
// its policy restarts at 0. Its timer and its State stay the same.
//
// pe.HomeID is the home registrar, or 0. The association is 0 if the element registered
// with another registrar. Register keeps no reference to pe and leaves it unchanged, but
// changes it temporarily, so that no other goroutine may use it.
//
// A parameter of more than [MaxElementLen] octets is refused as invalid. An element beyond the
// bounds in [Config] is refused for lack of resources, and so is growth of an element.
//
// An error is an *[Error], and leaves the handlespace unchanged.
func (h *Handlespace) Register(now time.Time, handle wire.PoolHandle, pe *wire.PoolElement, a Association) (_ *Element, created bool, err error) {
	p := h.byHandle.find(handle)
	policy, err := h.check(p, handle, pe)
	if err != nil {
		return nil, false, err
	}
	if p != nil {
		if e := p.ids.get(uint64(pe.ID)); e != nil {
			return e, false, h.registerAgain(now, e, pe, a)
		}
	}
	if h.config.MaxElements > 0 && h.elements >= h.config.MaxElements {
		return nil, false, errFull
	}
	e := h.newElement()
	encoded, userLen, err := encode(e.encoded, pe)
	if err != nil {
		h.freeElement(e)
		return nil, false, newInvalidError(nil, err)
	}
	if !h.hasRoom(len(encoded)) {
		h.freeElement(e)
		return nil, false, errNoOctets
	}
	if p == nil {
		p = h.newPool(handle, policy, pe)
	}
	e.id, e.home, e.pool = pe.ID, pe.HomeID, p
	e.base, e.step = policy.rank(&pe.Policy)
	e.renewed = h.mark
	e.encoded, e.userLen = encoded, uint16(userLen)
	e.updated = h.sinceStart(now)
	e.poolPos = p.members.add(e, h.nextSerial())
	p.ids.put(uint64(e.id), e)
	p.order.add(e)
	h.joinOwner(e)
	h.associate(e, a)
	h.elements++
	h.octets += len(encoded)
	h.notify(Change{Kind: Created, Element: e})
	return e, true, nil
}

// registerAgain replaces the parameters of e by pe.
func (h *Handlespace) registerAgain(now time.Time, e *Element, pe *wire.PoolElement, a Association) error {
	encoded, userLen, err := encode(h.scratch[:0], pe)
	if err != nil {
		return newInvalidError(nil, err)
	}
	h.scratch = encoded
	if more := len(encoded) - len(e.encoded); more > 0 && !h.hasRoom(more) {
		return errNoOctets
	}
	same := bytes.Equal(e.encoded, encoded)
	if !same {
		h.setHome(e, pe.HomeID)
		h.setEncoded(e, encoded, userLen)
	}
	base, step := e.pool.policy.rank(&pe.Policy)
	h.renew(now, e, a, base, step, same)
	return nil
}

// hasRoom reports whether the elements may take n more octets.
func (h *Handlespace) hasRoom(n int) bool {
	return h.config.MaxOctets <= 0 || n <= h.config.MaxOctets-h.octets
}

// renew renews the registration of e over association a. same reports whether the Pool
// Element parameter has stayed the same.
func (h *Handlespace) renew(now time.Time, e *Element, a Association, base, step uint32, same bool) {
	former := e.association
	if former != a {
		h.dissociate(e)
		h.associate(e, a)
	}
	// "When a pool element entry is added or updated by registration or
	// re-registration, this counter MUST be set to 0" (RFC 5356, 5.2.2).
	if e.base != base || e.step != step || e.degraded != 0 {
		e.degraded = 0
		e.pool.order.update(e, base, step)
	}
	e.renewed = h.mark
	at := h.sinceStart(now)
	held := time.Duration(at - e.updated)
	e.updated = at
	h.notify(Change{Kind: Updated, Element: e, Former: former, Same: same, Held: held})
}
