package handlespace

import (
	"iter"
	"math/rand/v2"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// Config is the configuration of a [Handlespace].
type Config struct {
	// Rand is the source of randomness for policies that select at random, and for
	// hashing. It must be set, and its seed must be unpredictable.
	Rand *rand.Rand
	// MaxIncrement is the maximum number of used elements per resolution. Only used
	// elements advance the state of the policy (RFC 5356, 4.1.2; ADR 0008, E3). 0 means 1.
	MaxIncrement int
	// MaxElements bounds the number of elements; 0 means no bound.
	MaxElements int
	// MaxOctets bounds the sum of the lengths of all Pool Element parameters, with their
	// ASAP transports, in octets. 0 means no bound. The pool handles do not count: MaxElements
	// and [wire.MaxPoolHandleLen] bound them.
	MaxOctets int
	// OnChange is called after each change, unless nil. It must not change the
	// handlespace.
	OnChange func(Change)
}

// Change is a change of an element.
type Change struct {
	Kind ChangeKind
	// Element is the element after the change. A removed element still has its
	// values, but is in no index any more.
	Element *Element
	// Former is the association of the element before the change.
	Former Association
	// Same reports whether a registration has left the element as it was.
	Same bool
	// Held is the age of the registration that has been renewed.
	Held time.Duration
}

// ChangeKind is the kind of a change.
type ChangeKind uint8

// The kinds of changes.
const (
	Created ChangeKind = iota + 1
	// Updated is the kind of each renewed registration, even if the element stays the
	// same, and of a change of the home registrar.
	Updated
	Removed
)

// Handlespace is a set of pools with their elements.
type Handlespace struct {
	config       Config
	rnd          *rand.Rand
	increment    int // maximum number of used elements per resolution
	byHandle     poolTable
	pools        roster[Pool]
	owners       table[owner]
	associations table[Element] // the first element of each association
	timers       timers
	elements     int
	octets       int       // the sum of the lengths of Element.encoded
	serial       uint64    // the last serial given to an entry of a roster
	mark         Mark      // the last mark
	start        time.Time // the origin of the times in elements

	free     *Element    // the removed elements, linked by Element.next
	spares   []poolParts // the parts of removed pools
	spareLen int         // entries in the tables of spares
	scratch  []byte      // for encoding
}

// New returns an empty handlespace.
func New(c Config) *Handlespace {
	return &Handlespace{
		config:       c,
		rnd:          c.Rand,
		increment:    max(1, c.MaxIncrement),
		byHandle:     newPoolTable(c.Rand),
		owners:       newTable[owner](c.Rand),
		associations: newTable[Element](c.Rand),
	}
}

// Len returns the number of elements.
func (h *Handlespace) Len() int { return h.elements }

// Octets returns the sum that [Config.MaxOctets] bounds.
func (h *Handlespace) Octets() int { return h.octets }

// MaxElements returns the bound of Len, 0 for no bound.
func (h *Handlespace) MaxElements() int { return h.config.MaxElements }

// MaxOctets returns the bound of Octets, 0 for no bound.
func (h *Handlespace) MaxOctets() int { return h.config.MaxOctets }

// NumPools returns the number of pools.
func (h *Handlespace) NumPools() int { return h.pools.live }

// Pool returns the pool of a handle, or nil.
func (h *Handlespace) Pool(handle wire.PoolHandle) *Pool { return h.byHandle.find(handle) }

// Elements yields all elements: pools in order of creation, and the elements of a pool in
// order of their first registration. The loop may register and remove elements.
func (h *Handlespace) Elements() iter.Seq[*Element] {
	return func(yield func(*Element) bool) {
		for p := range h.pools.all {
			for e := range p.members.all {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// Find returns an element by pool handle and identifier, or nil.
func (h *Handlespace) Find(handle wire.PoolHandle, id wire.PEID) *Element {
	p := h.byHandle.find(handle)
	if p == nil || id == 0 {
		return nil
	}
	return p.ids.get(uint64(id))
}

// Remove removes an element, and its pool if no other element is left. The caller must
// not use the element any more.
func (h *Handlespace) Remove(e *Element) {
	p, former := e.pool, e.association
	h.StopTimer(e)
	h.leaveOwner(e)
	h.dissociate(e)
	p.ids.remove(uint64(e.id))
	p.order.remove(e)
	p.members.remove(e.poolPos, setPoolPos)
	h.elements--
	h.octets -= len(e.encoded)
	if p.members.live == 0 {
		h.removePool(p)
	}
	h.notify(Change{Kind: Removed, Element: e, Former: former})
	h.freeElement(e)
}

// Resolve selects up to n different elements of a pool by its policy, and appends them to
// dst in order of preference. Resolve returns [ErrUnknownPool] if no pool has the handle.
// A pool in which all weights are 0 has no element to select, which is no error.
//
// The policy in a response is the policy of the first element
// ([Element.EncodedPolicy]). A response without elements has the policy of the pool
// ([Pool.EncodedPolicy]).
func (h *Handlespace) Resolve(handle wire.PoolHandle, n int, dst []*Element) ([]*Element, error) {
	p := h.byHandle.find(handle)
	if p == nil {
		return dst, ErrUnknownPool
	}
	if n = min(n, p.members.live); n <= 0 {
		return dst, nil
	}
	return p.order.pick(n, min(n, h.increment), dst), nil
}

// nextSerial returns a serial greater than all serials before.
func (h *Handlespace) nextSerial() uint64 {
	h.serial++
	return h.serial
}

// notify calls OnChange.
func (h *Handlespace) notify(c Change) {
	if h.config.OnChange != nil {
		h.config.OnChange(c)
	}
}
