package wire

import (
	"encoding/binary"
	"time"

	"github.com/rserpool-go/rserpool/wire/internal/tlv"
)

// PoolElement is a Pool Element parameter (RFC 5354, 3.10).
type PoolElement struct {
	ID PEID
	// HomeID is the element's home registrar, 0 while there is none.
	HomeID ServerID
	// RegistrationLife is how long the registration holds without renewal. The field
	// on the wire has 32 bits without sign, and counts milliseconds as RSPLIB does; in
	// RFC 5354 it counts seconds (ADR 0008, F1).
	RegistrationLife time.Duration
	UserTransport    Transport
	Policy           Policy
	// ASAPTransport is where the element takes messages of registrars, by SCTP. Only
	// messages between registrars have it; nil elsewhere.
	ASAPTransport *Transport
	Unknown       []RawParam
}

const elementFixedLen = 12

// maxLife is the longest registration life that 32 bits of milliseconds hold.
const maxLife = 0xffffffff * time.Millisecond

// AppendBinary appends the parameter. It fails with [ErrRange] and [ErrTooLong].
func (e *PoolElement) AppendBinary(b []byte) ([]byte, error) {
	if e.RegistrationLife < 0 || e.RegistrationLife > maxLife {
		return nil, outOfRange(ParamPoolElement, "registration life "+e.RegistrationLife.String())
	}
	start := len(b)
	b = tlv.Begin(b, uint16(ParamPoolElement))
	b = binary.BigEndian.AppendUint32(b, uint32(e.ID))
	b = binary.BigEndian.AppendUint32(b, uint32(e.HomeID))
	b = binary.BigEndian.AppendUint32(b, uint32(e.RegistrationLife/time.Millisecond))
	b, err := e.UserTransport.AppendBinary(b)
	if err != nil {
		return nil, err
	}
	if b, err = e.Policy.AppendBinary(b); err != nil {
		return nil, err
	}
	if e.ASAPTransport != nil {
		if e.ASAPTransport.Protocol != SCTP {
			return nil, outOfRange(ParamPoolElement, "ASAP transport is not of SCTP")
		}
		if b, err = e.ASAPTransport.AppendBinary(b); err != nil {
			return nil, err
		}
	}
	if b, err = AppendParams(b, e.Unknown); err != nil {
		return nil, err
	}
	pad := e.Policy.padding()
	if e.ASAPTransport != nil {
		pad = e.ASAPTransport.padding()
	}
	return endParam(b, start, ParamPoolElement, lastPadding(e.Unknown, pad))
}

// EncodedLen returns the number of octets, with padding, that AppendBinary appends unless it
// fails. It does not allocate.
func (e *PoolElement) EncodedLen() int {
	n := tlv.HeaderLen + elementFixedLen + e.UserTransport.encodedLen() + e.Policy.encodedLen()
	if e.ASAPTransport != nil {
		n += e.ASAPTransport.encodedLen()
	}
	return n + encodedLen(e.Unknown)
}

// ParsePoolElement decodes a Pool Element parameter. The first transport inside is
// the user transport; a second transport, of SCTP, is the ASAP transport.
func ParsePoolElement(p RawParam) (PoolElement, error) {
	var e PoolElement
	err := e.Parse(p)
	return e, err
}

// Parse is [ParsePoolElement] into e, which must be zero.
func (e *PoolElement) Parse(p RawParam) error {
	if err := p.need(elementFixedLen); err != nil {
		return err
	}
	e.ID = PEID(binary.BigEndian.Uint32(p.Value))
	e.HomeID = ServerID(binary.BigEndian.Uint32(p.Value[4:]))
	e.RegistrationLife = time.Duration(binary.BigEndian.Uint32(p.Value[8:])) * time.Millisecond
	w := p.Walk(elementFixedLen)
	for w.Next() {
		if err := e.parseParam(&w); err != nil {
			return err
		}
	}
	if err := w.Err(); err != nil {
		return err
	}
	switch {
	case e.UserTransport.Protocol == 0:
		return p.missing(ParamSCTPTransport)
	case e.Policy.Type == 0:
		return p.missing(ParamPolicy)
	}
	return nil
}

func (e *PoolElement) parseParam(w *Walker) error {
	switch p := w.Param; {
	case isTransport(p.Type) && e.UserTransport.Protocol == 0:
		return e.UserTransport.Parse(p)
	case p.Type == ParamSCTPTransport && e.ASAPTransport == nil:
		e.ASAPTransport = new(Transport)
		return e.ASAPTransport.Parse(p)
	case isTransport(p.Type), p.Type == ParamPolicy && e.Policy.Type != 0:
		return p.Repeated()
	case p.Type == ParamPolicy:
		return e.Policy.Parse(p)
	}
	e.Unknown = w.Retain(e.Unknown)
	return nil
}
