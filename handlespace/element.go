package handlespace

import (
	"encoding/binary"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// Association tells apart the associations over which elements have registered. 0 is
// for none.
type Association uint64

// Element is a pool element of a [Handlespace]. It may be used until it is removed.
type Element struct {
	// Unreachable counts the reports that the element cannot be reached, and State
	// is for what its timer does. Both belong to the caller. They are 0 in a new
	// element, and kept when it registers again.
	Unreachable uint16
	State       uint8

	timer    TimerCode
	marked   bool
	userLen  uint16 // octets of encoded without the ASAP transport
	timerPos int32  // in the heap of timers, or -1
	id       wire.PEID
	home     wire.ServerID
	pool     *Pool

	// What the order of the pool knows about the element. The first two come from
	// its policy parameter; see policy.
	base, step uint32
	degraded   uint32 // by how much selections have raised base
	key        uint64 // in a ranking
	next, prev *Element

	encoded  []byte // the Pool Element parameter, and behind it the ASAP transport
	poolPos  int32  // in pool.members
	ownerPos int32  // in owner.members
	owner    *owner

	association          Association
	assocNext, assocPrev *Element

	deadline int64 // of the timer, since Handlespace.start
	updated  int64 // since Handlespace.start
}

// ID returns the element's identifier.
func (e *Element) ID() wire.PEID { return e.id }

// Pool returns the pool that the element is in.
func (e *Element) Pool() *Pool { return e.pool }

// PoolHandle returns the handle of the element's pool.
func (e *Element) PoolHandle() wire.PoolHandle { return e.pool.handle }

// HomeID returns the element's home registrar, 0 if it has none.
func (e *Element) HomeID() wire.ServerID { return e.home }

// Association returns the association over which the element registered, 0 if that
// was not with us.
func (e *Element) Association() Association { return e.association }

// Marked reports whether the element is marked and has not registered since; see
// [Handlespace.Mark].
func (e *Element) Marked() bool { return e.marked }

// Timer returns the code of the running timer, and 0 if none is running.
func (e *Element) Timer() TimerCode { return e.timer }

// Encoded returns the element's Pool Element parameter without ASAP transport, as a
// pool user gets it. It must not be changed, and is good until the element changes.
func (e *Element) Encoded() []byte { return e.encoded[:e.userLen:e.userLen] }

// EncodedPolicy returns the Pool Member Selection Policy parameter, a part of
// [Element.Encoded].
func (e *Element) EncodedPolicy() []byte {
	b := e.encoded[policyOffset(e.encoded):e.userLen]
	return b[:paddedLen(b)]
}

// AppendWithASAP appends the element's Pool Element parameter with the ASAP
// transport, as registrars send it to one another.
func (e *Element) AppendWithASAP(b []byte) []byte {
	start := len(b)
	b = append(b, e.encoded...)
	if asap := e.encoded[e.userLen:]; len(asap) > 0 {
		// A length does not count the padding of the last parameter inside.
		length := e.userLen + binary.BigEndian.Uint16(asap[2:])
		binary.BigEndian.PutUint16(b[start+2:], length)
	}
	return b
}

// RegistrationLife returns how long a registration of the element holds without
// renewal.
func (e *Element) RegistrationLife() time.Duration {
	return time.Duration(binary.BigEndian.Uint32(e.encoded[lifeOffset:])) * time.Millisecond
}

// UserTransport returns where the element serves.
func (e *Element) UserTransport() wire.Transport { return e.PoolElement().UserTransport }

// ASAPTransport returns where the element takes messages of registrars, nil if that
// is not known.
func (e *Element) ASAPTransport() *wire.Transport { return e.PoolElement().ASAPTransport }

// Policy returns the policy with the values of the element.
func (e *Element) Policy() wire.Policy { return e.PoolElement().Policy }

// PoolElement returns all that the element registered, decoded. Unlike the other
// accessors it allocates.
func (e *Element) PoolElement() wire.PoolElement {
	var pe wire.PoolElement
	for p := range wire.Params(e.AppendWithASAP(nil)) {
		pe, _ = wire.ParsePoolElement(p) // We have encoded it.
	}
	return pe
}

// Updated returns when the element has last registered.
func (h *Handlespace) Updated(e *Element) time.Time {
	return h.start.Add(time.Duration(e.updated))
}

// Deadline returns when the timer of e expires, and the zero time if it is not
// running.
func (h *Handlespace) Deadline(e *Element) time.Time {
	if e.timerPos < 0 {
		return time.Time{}
	}
	return h.start.Add(time.Duration(e.deadline))
}
