package asapmsg

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/logattr"
	"github.com/rserpool-go/rserpool/wire/internal/params"
	"github.com/rserpool-go/rserpool/wire/logkey"
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
	w.Put(m.PoolHandle.AppendBinary(w.B))
	w.Put(m.PoolElement.AppendBinary(w.B))
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *Registration) parse(_ uint8, body []byte) error {
	var r params.Reader
	for r.Begin(body, wire.MessageHeaderLen); r.Next(); {
		switch {
		case r.Once(wire.ParamPoolHandle):
			m.PoolHandle, r.Err = wire.ParsePoolHandle(r.Param)
		case r.Once(wire.ParamPoolElement):
			r.Err = m.PoolElement.Parse(r.Param)
		default:
			m.Unknown = r.Retain(m.Unknown)
		}
	}
	return r.End(wire.ParamPoolHandle, wire.ParamPoolElement)
}

func (m *Registration) unrecognized() (u wire.Unrecognized) {
	u.AddElement(&m.PoolElement)
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *Registration) LogValue() slog.Value {
	a := logattr.Of(m.Type())
	a.Add(logkey.Pool, m.PoolHandle)
	a.Element(&m.PoolElement)
	a.Add(logkey.Life, m.PoolElement.RegistrationLife)
	return a.Value()
}

// RegistrationResponse is ASAP_REGISTRATION_RESPONSE (RFC 5352, 2.2.3).
type RegistrationResponse struct {
	// Reject is the R bit: the registration was refused.
	Reject     bool
	PoolHandle wire.PoolHandle
	PEID       wire.PEID
	// Causes are the reasons for a refusal, and warnings without Reject. RSPLIB takes
	// warnings for a refusal.
	Causes  []wire.ErrorCause
	Unknown []wire.RawParam
}

const rejectBit = 0x01

// Type returns [TypeRegistrationResponse].
func (*RegistrationResponse) Type() Type { return TypeRegistrationResponse }

// AppendBinary appends the encoded message.
func (m *RegistrationResponse) AppendBinary(b []byte) ([]byte, error) {
	w := params.Begin(b, uint8(TypeRegistrationResponse), flag(m.Reject, rejectBit))
	w.Put(m.PoolHandle.AppendBinary(w.B))
	w.Put(m.PEID.AppendBinary(w.B))
	w.Causes(m.Causes)
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *RegistrationResponse) parse(flags uint8, body []byte) error {
	m.Reject = flags&rejectBit != 0
	var r params.Reader
	for r.Begin(body, wire.MessageHeaderLen); r.Next(); {
		switch {
		case r.Once(wire.ParamPoolHandle):
			m.PoolHandle, r.Err = wire.ParsePoolHandle(r.Param)
		case r.Once(wire.ParamPEIdentifier):
			m.PEID, r.Err = wire.ParsePEID(r.Param)
		case r.Once(wire.ParamOperationError):
			m.Causes, r.Err = wire.ParseOperationError(r.Param)
		default:
			m.Unknown = r.Retain(m.Unknown)
		}
	}
	return r.End(wire.ParamPoolHandle, wire.ParamPEIdentifier)
}

func (m *RegistrationResponse) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *RegistrationResponse) LogValue() slog.Value {
	a := logattr.Of(m.Type())
	a.Add(logkey.Pool, m.PoolHandle)
	a.Add(logkey.PEID, m.PEID)
	a.Flag(logkey.Reject, m.Reject)
	a.Causes(m.Causes)
	return a.Value()
}
