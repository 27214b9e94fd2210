package wire

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/rserpool-go/rserpool/wire/internal/tlv"
)

// PoolElement is a Pool Element parameter (RFC 5354, 3.10).
type PoolElement struct {
	ID PEID
	// HomeID is the element's home registrar, 0 while there is none.
	HomeID ServerID
	// RegistrationLife is how long the registration holds without renewal. On the
	// wire it is a number of milliseconds, as in the deployed implementation (in
	// RFC 5354 of seconds), of 32 bits without sign.
	RegistrationLife time.Duration
	UserTransport    Transport
	Policy           Policy
	// ASAPTransport is where the element takes messages of registrars. Only
	// registrars send it to one another; nil elsewhere.
	ASAPTransport *Transport
	Unknown       []RawParam
}

const elementFixedLen = 12

// maxLife is the longest registration life that 32 bits of milliseconds hold.
const maxLife = 0xffffffff * time.Millisecond

// AppendBinary appends the parameter. It fails with [ErrRange] and [ErrTooLong].
func (e *PoolElement) AppendBinary(b []byte) ([]byte, error) {
	if e.RegistrationLife < 0 || e.RegistrationLife > maxLife {
		return nil, fmt.Errorf("wire: registration life %v: %w", e.RegistrationLife, ErrRange)
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
		if b, err = e.ASAPTransport.AppendBinary(b); err != nil {
			return nil, err
		}
	}
	if b, err = AppendParams(b, e.Unknown); err != nil {
		return nil, err
	}
	return endNested(b, start, ParamPoolElement, e.Unknown)
}

// ParsePoolElement decodes a Pool Element parameter. The first transport inside is
// the user transport; one more, of SCTP, is the ASAP transport.
func ParsePoolElement(p RawParam) (PoolElement, error) {
	var e PoolElement
	if err := p.need(elementFixedLen); err != nil {
		return e, err
	}
	e.ID = PEID(binary.BigEndian.Uint32(p.Value))
	e.HomeID = ServerID(binary.BigEndian.Uint32(p.Value[4:]))
	e.RegistrationLife = time.Duration(binary.BigEndian.Uint32(p.Value[8:])) * time.Millisecond
	for q, err := range p.Nested(elementFixedLen) {
		if err == nil {
			err = e.parseParam(q)
		}
		if err != nil {
			return e, err
		}
	}
	switch {
	case e.UserTransport.Protocol == 0:
		return e, p.missing(ParamSCTPTransport)
	case e.Policy.Type == 0:
		return e, p.missing(ParamPolicy)
	}
	return e, nil
}

func (e *PoolElement) parseParam(q RawParam) (err error) {
	switch {
	case isTransport(q.Type) && e.UserTransport.Protocol == 0:
		e.UserTransport, err = ParseTransport(q)
	case q.Type == ParamSCTPTransport && e.ASAPTransport == nil:
		var t Transport
		t, err = ParseTransport(q)
		e.ASAPTransport = &t
	case isTransport(q.Type):
		err = q.Fail(0, ErrDuplicateParam)
	case q.Type == ParamPolicy && e.Policy.Type == 0:
		if e.Policy, err = ParsePolicy(q); err == nil && e.Policy.Type == 0 {
			err = q.Fail(0, ErrBadValue) // 0 is not a policy (RFC 5356, 6).
		}
	case q.Type == ParamPolicy:
		err = q.Fail(0, ErrDuplicateParam)
	default:
		e.Unknown = append(e.Unknown, q.Retain())
	}
	return err
}
