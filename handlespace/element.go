package handlespace

import (
	"encoding/binary"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// Association identifies the association over which elements have registered; 0 means
// no association.
type Association uint64

// Element is a pool element of a [Handlespace]. It is valid until its removal.
type Element struct {
	// State belongs to the caller. A new element has 0, and a renewed registration
	// keeps the value.
	State uint8

	timer    TimerCode
	userLen  uint16 // octets of encoded without the ASAP transport
	timerPos int32  // in timers.heap, -1 while no timer is running
	id       wire.PEID
	home     wire.ServerID
	renewed  Mark // the last mark before the last registration or change of the home
	pool     *Pool

	// The fields of the pool's order. Base and step come from the policy parameter;
	// see policy.
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

	deadline int64 // of the timer, in nanoseconds since Handlespace.start
	updated  int64 // time of the last registration, in nanoseconds since Handlespace.start
}

// ID returns the element's identifier.
func (e *Element) ID() wire.PEID { return e.id }

// PoolHandle returns the handle of the element's pool.
func (e *Element) PoolHandle() wire.PoolHandle { return e.pool.handle }

// HomeID returns the element's home registrar, or 0.
func (e *Element) HomeID() wire.ServerID { return e.home }

// Association returns the association over which the element registered, 0 if the
// element registered with another registrar.
func (e *Element) Association() Association { return e.association }

// RenewedSince reports whether the element has registered, or changed its home registrar,
// since a call of [Handlespace.Mark].
func (e *Element) RenewedSince(m Mark) bool { return int32(e.renewed-m) >= 0 }

// Timer returns the code of the running timer, 0 while no timer is running.
func (e *Element) Timer() TimerCode { return e.timer }

// Encoded returns the element's Pool Element parameter without the ASAP transport, as
// sent to pool users. The slice is read-only, and valid until the element changes.
func (e *Element) Encoded() []byte { return e.encoded[:e.userLen:e.userLen] }

// EncodedPolicy returns the Pool Member Selection Policy parameter, a part of
// [Element.Encoded].
func (e *Element) EncodedPolicy() []byte {
	b := e.encoded[policyOffset(e.encoded):e.userLen]
	return b[:paddedLen(b)]
}

// AppendWithASAP appends the element's Pool Element parameter with the ASAP transport,
// as sent to registrars.
func (e *Element) AppendWithASAP(b []byte) []byte {
	start := len(b)
	b = append(b, e.encoded...)
	if asap := e.encoded[e.userLen:]; len(asap) > 0 {
		// The length of a parameter excludes the padding of its last inner parameter.
		length := e.userLen + binary.BigEndian.Uint16(asap[2:])
		binary.BigEndian.PutUint16(b[start+2:], length)
	}
	return b
}

// RegistrationLife returns the time for which a registration of the element holds
// without renewal.
func (e *Element) RegistrationLife() time.Duration {
	return time.Duration(binary.BigEndian.Uint32(e.encoded[lifeOffset:])) * time.Millisecond
}

// DecodeUserTransport decodes the transport of the element's service. It allocates.
func (e *Element) DecodeUserTransport() wire.Transport {
	return decodeTransport(e.encoded[userTransportOffset:])
}

// DecodeASAPTransport decodes the transport on which the element receives messages of
// registrars, nil if unknown. It allocates.
func (e *Element) DecodeASAPTransport() *wire.Transport {
	b := e.encoded[e.userLen:]
	if len(b) == 0 {
		return nil
	}
	t := decodeTransport(b)
	return &t
}

// UpdatedAt returns the time of the last registration of e.
func (h *Handlespace) UpdatedAt(e *Element) time.Time {
	return h.start.Add(time.Duration(e.updated))
}

// Deadline returns the expiry of the timer of e, the zero time while no timer is
// running.
func (h *Handlespace) Deadline(e *Element) time.Time {
	if e.timerPos < 0 {
		return time.Time{}
	}
	return h.start.Add(time.Duration(e.deadline))
}
