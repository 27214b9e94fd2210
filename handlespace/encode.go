package handlespace

import (
	"encoding/binary"
	"fmt"

	"github.com/rserpool-go/rserpool/wire"
)

// Offsets of the fields of a Pool Element parameter (RFC 5354, 3.10), in octets. The
// first inner parameters are the user transport and the policy.
const (
	homeOffset          = 8
	lifeOffset          = 12
	userTransportOffset = 16
)

// paddedLen returns the length of the parameter at the start of b in octets, with its
// padding.
func paddedLen(b []byte) int {
	return (int(binary.BigEndian.Uint16(b[2:])) + 3) &^ 3
}

// policyOffset returns the offset of the policy in a Pool Element parameter.
func policyOffset(b []byte) int {
	return userTransportOffset + paddedLen(b[userTransportOffset:])
}

// decodeTransport decodes the transport parameter at the start of b, which encode has
// written.
func decodeTransport(b []byte) (t wire.Transport) {
	for p := range wire.Params(b[:paddedLen(b)]) {
		t, _ = wire.ParseTransport(p) // It never fails on an encoded transport.
	}
	return t
}

// encode appends the contents of Element.encoded to b, which is empty, and returns the
// offset of the ASAP transport. The octets before that offset are the parameter for pool
// users. All octets are the parameter for registrars, except that its length is greater.
func encode(b []byte, pe *wire.PoolElement) (_ []byte, userLen int, err error) {
	asap := pe.ASAPTransport
	pe.ASAPTransport = nil // Copying pe would take as long as encoding it.
	b, err = pe.AppendBinary(b)
	pe.ASAPTransport = asap
	if err != nil {
		return nil, 0, err
	}
	userLen = len(b)
	if asap != nil {
		if b, err = asap.AppendBinary(b); err != nil {
			return nil, 0, err
		}
	}
	if len(b) > MaxElementLen {
		return nil, 0, fmt.Errorf("pool element of %d octets, more than %d", len(b), MaxElementLen)
	}
	return b, userLen, nil
}

// Elements are allocated in blocks, so that the garbage collector sees few objects.
// Removed elements go to a free list. Each new element has a buffer that fits its encoded
// form with a single IPv4 address per transport. Larger buffers are given back if they are no
// longer needed, so that Config.MaxOctets bounds the memory too.
const (
	blockLen     = 64  // elements
	bufferLen    = 64  // octets
	maxKeptSpace = 256 // capacity that the buffer of an element may have without need, in octets
)

// newElement takes an element from the free list.
func (h *Handlespace) newElement() *Element {
	if h.free == nil {
		block := make([]Element, blockLen)
		buffers := make([]byte, blockLen*bufferLen)
		for i := range block {
			at := i * bufferLen
			block[i].encoded = buffers[at : at : at+bufferLen]
			block[i].next = h.free
			h.free = &block[i]
		}
	}
	e := h.free
	h.free = e.next
	e.next = nil
	e.timerPos = -1
	return e
}

// setEncoded sets the encoded form of e to a copy of b.
func (h *Handlespace) setEncoded(e *Element, b []byte, userLen int) {
	h.octets += len(b) - len(e.encoded)
	into := e.encoded[:0]
	if cap(into) > maxKeptSpace && len(b) <= cap(into)/2 {
		into = nil
	}
	e.encoded, e.userLen = append(into, b...), uint16(userLen)
}

// freeElement puts an element onto the free list.
func (h *Handlespace) freeElement(e *Element) {
	b := e.encoded[:0]
	if cap(b) > maxKeptSpace {
		b = nil
	}
	*e = Element{encoded: b, next: h.free}
	h.free = e
}
