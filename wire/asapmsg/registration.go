package asapmsg

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
)

// Registration is ASAP_REGISTRATION (RFC 5352, 2.2.1): a pool element enters itself
// into a pool at its home registrar, or renews its entry.
type Registration struct {
	PoolHandle  wire.PoolHandle
	PoolElement wire.PoolElement
	Unknown     []wire.RawParam
}

// Type returns [TypeRegistration].
func (*Registration) Type() Type { return TypeRegistration }

// AppendBinary appends the encoded message.
func (m *Registration) AppendBinary(b []byte) ([]byte, error) {
	w := params.Begin(b, uint8(TypeRegistration), 0)
	w.PoolHandle(m.PoolHandle)
	w.PoolElement(&m.PoolElement)
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *Registration) parse(_ uint8, body []byte) error {
	set := params.Set{
		PoolHandle:  &m.PoolHandle,
		PoolElement: &m.PoolElement,
		Unknown:     &m.Unknown,
		Required:    []wire.ParamType{wire.ParamPoolHandle, wire.ParamPoolElement},
	}
	return set.Parse(body, wire.MessageHeaderLen)
}

// RegistrationResponse is ASAP_REGISTRATION_RESPONSE (RFC 5352, 2.2.3).
type RegistrationResponse struct {
	// Reject is the R bit: the registration was refused.
	Reject     bool
	PoolHandle wire.PoolHandle
	PEID       wire.PEID
	// Causes tell why it was refused. Without Reject they are a warning, which the
	// deployed implementation takes for a refusal.
	Causes  []wire.ErrorCause
	Unknown []wire.RawParam
}

const rejectBit = 0x01

// Type returns [TypeRegistrationResponse].
func (*RegistrationResponse) Type() Type { return TypeRegistrationResponse }

// AppendBinary appends the encoded message.
func (m *RegistrationResponse) AppendBinary(b []byte) ([]byte, error) {
	w := params.Begin(b, uint8(TypeRegistrationResponse), flag(m.Reject, rejectBit))
	w.PoolHandle(m.PoolHandle)
	w.PEID(m.PEID)
	w.Causes(m.Causes)
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *RegistrationResponse) parse(flags uint8, body []byte) error {
	m.Reject = flags&rejectBit != 0
	set := params.Set{
		PoolHandle: &m.PoolHandle,
		PEID:       &m.PEID,
		Causes:     &m.Causes,
		Unknown:    &m.Unknown,
		Required:   requireElement,
	}
	return set.Parse(body, wire.MessageHeaderLen)
}
