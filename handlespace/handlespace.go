package handlespace

import (
	"iter"
	"math/rand/v2"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// Config is what a [Handlespace] must know.
type Config struct {
	// Rand is the source of randomness, for policies that select at random and for
	// hashing. It must be set, and seeded such that nobody can foretell it.
	Rand *rand.Rand
	// MaxIncrement is how many of the elements that a resolution returns count as
	// used, which moves on the policy's state (RFC 5356, 4.1.2). 0 is for the
	// default: 1.
	MaxIncrement int
	// MaxElements and MaxPools bound the size; 0 is for no bound.
	MaxElements, MaxPools int
	// OnChange is called after each change; nil if nobody wants to know. It must
	// not change the handlespace.
	OnChange func(Change)
}

// Change is a change of an element.
type Change struct {
	Kind ChangeKind
	// Element is the element as it is now. A removed one is still whole, but gone
	// from everywhere.
	Element *Element
	// PreviousHomeID is the home registrar before the change, 0 for a new element.
	PreviousHomeID wire.ServerID
	// Same: the element has registered again just as it was.
	Same bool
	// Held is how long the registration held that has been renewed.
	Held time.Duration
}

// ChangeKind tells what has happened to an element.
type ChangeKind uint8

// The kinds of changes.
const (
	Created ChangeKind = iota + 1
	// Updated is for every registration of an element that was there, changed or
	// not, and for a change of its owner.
	Updated
	Removed
)

// Handlespace is a set of pools of elements.
type Handlespace struct {
	config       Config
	rnd          *rand.Rand
	increment    int // how many elements of an answer are used
	byHandle     poolTable
	pools        roster[Pool]
	owners       table[owner]
	associations table[Element] // the first of each association
	timers       timers
	elements     int
	serial       uint64    // the last that a roster got
	start        time.Time // what the times in elements count from

	free     *Element // by next
	spares   []poolParts
	spareLen int    // entries in the tables of spares
	scratch  []byte // for encoding
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

// NumPools returns the number of pools.
func (h *Handlespace) NumPools() int { return h.pools.live }

// Pool returns the pool of a handle, or nil.
func (h *Handlespace) Pool(handle wire.PoolHandle) *Pool { return h.byHandle.find(handle) }

// Pools yields the pools in the order in which they came into being. Pools may come
// and go meanwhile.
func (h *Handlespace) Pools() iter.Seq[*Pool] {
	return func(yield func(*Pool) bool) { h.pools.all(yield) }
}

// Elements yields all elements, pool by pool. Elements may be registered and removed
// meanwhile.
func (h *Handlespace) Elements() iter.Seq[*Element] {
	return func(yield func(*Element) bool) {
		for p := range h.Pools() {
			for e := range p.Elements() {
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
	if p == nil {
		return nil
	}
	return p.Find(id)
}

// Deregister removes an element by pool handle and identifier. It reports whether
// there was one.
func (h *Handlespace) Deregister(handle wire.PoolHandle, id wire.PEID) bool {
	e := h.Find(handle, id)
	if e == nil {
		return false
	}
	h.Remove(e)
	return true
}

// Remove removes an element, and its pool if it was the last one. The element must
// not be used any more.
func (h *Handlespace) Remove(e *Element) {
	p := e.pool
	h.StopTimer(e)
	h.disown(e)
	h.dissociate(e)
	p.ids.remove(uint64(e.id))
	p.order.remove(e)
	p.members.remove(e.poolPos, placeMember)
	h.elements--
	if p.members.live == 0 {
		h.removePool(p)
	}
	h.notify(Change{Kind: Removed, Element: e, PreviousHomeID: e.home})
	h.freeElement(e)
}

// Resolve selects up to n elements of a pool by its policy, and appends them to dst:
// distinct, and the best ones first. With an unknown pool it fails with
// [ErrUnknownPool]; that a known pool has nothing to offer, because all weights are
// 0, is no failure.
//
// The policy in a response is that of the first element
// ([Element.EncodedPolicy]), or without one that of the pool
// ([Pool.EncodedPolicy]).
func (h *Handlespace) Resolve(handle wire.PoolHandle, n int, dst []*Element) ([]*Element, error) {
	p := h.byHandle.find(handle)
	if p == nil {
		return dst, ErrUnknownPool
	}
	return h.Select(p, n, dst), nil
}

// Select is Resolve for a pool at hand.
func (h *Handlespace) Select(p *Pool, n int, dst []*Element) []*Element {
	if n = min(n, p.members.live); n <= 0 {
		return dst
	}
	return p.order.pick(n, min(n, h.increment), dst)
}

func (h *Handlespace) nextSerial() uint64 {
	h.serial++
	return h.serial
}

func (h *Handlespace) notify(c Change) {
	if h.config.OnChange != nil {
		h.config.OnChange(c)
	}
}
