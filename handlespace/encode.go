package handlespace

import (
	"encoding/binary"

	"github.com/rserpool-go/rserpool/wire"
)

// Where fields of a Pool Element parameter are (RFC 5354, 3.10). The parameters in it
// begin with the user transport and the policy.
const (
	homeOffset          = 8
	lifeOffset          = 12
	userTransportOffset = 16
)

// paddedLen returns how many octets the parameter at the start of b takes.
func paddedLen(b []byte) int {
	return (int(binary.BigEndian.Uint16(b[2:])) + 3) &^ 3
}

// policyOffset returns where in a Pool Element parameter the policy is.
func policyOffset(b []byte) int {
	return userTransportOffset + paddedLen(b[userTransportOffset:])
}

// encode appends what an element keeps in encoded, and returns where the ASAP
// transport begins. Without that the parameter is as pool users get it; with it only
// the length must be changed.
func encode(b []byte, pe *wire.PoolElement) (_ []byte, userLen int, err error) {
	asap := pe.ASAPTransport
	pe.ASAPTransport = nil // A copy of pe would take as long as its encoding.
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
	// The answer to a resolution has the policy twice.
	if max(len(b), userLen+paddedLen(b[policyOffset(b):])) > maxEncoded {
		return nil, 0, wire.ErrTooLong
	}
	return b, userLen, nil
}

// maxEncoded is the greatest length of a parameter with its padding: what is accepted
// must fit every message that tells of it. Most is around it in an ENRP_HANDLE_UPDATE
// (RFC 5353, 2.4): the header, identifiers, the action, and the pool handle.
const maxEncoded = (0xffff - wire.MessageHeaderLen - 2*4 - 4 - (4 + wire.MaxPoolHandleLen)) &^ 3

// setHome changes the home registrar in the encoded parameter.
func (e *Element) setHome(id wire.ServerID) {
	e.home = id
	binary.BigEndian.PutUint32(e.encoded[homeOffset:], uint32(id))
}

// Elements come from blocks, so that they are few objects for the garbage collector,
// and go back to a list. With them come buffers that hold the encoded form of an
// element with one IPv4 address per transport.
const (
	blockLen     = 64
	bufferLen    = 64
	maxKeptSpace = 1024 // of the encoded form of a removed element
)

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

func (h *Handlespace) freeElement(e *Element) {
	b := e.encoded[:0]
	if cap(b) > maxKeptSpace {
		b = nil
	}
	*e = Element{encoded: b, next: h.free}
	h.free = e
}
