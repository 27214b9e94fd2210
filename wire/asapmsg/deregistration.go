package asapmsg

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
)

// Deregistration is ASAP_DEREGISTRATION (RFC 5352, 2.2.2): a pool element leaves its
// pool.
type Deregistration struct {
	PoolHandle wire.PoolHandle
	PEID       wire.PEID
	Unknown    []wire.RawParam
}

// Type returns [TypeDeregistration].
func (*Deregistration) Type() Type { return TypeDeregistration }

// AppendBinary appends the encoded message.
func (m *Deregistration) AppendBinary(b []byte) ([]byte, error) {
	return appendElement(b, TypeDeregistration, m.PoolHandle, m.PEID, nil, m.Unknown)
}

func (m *Deregistration) parse(_ uint8, body []byte) error {
	return parseElement(body, &m.PoolHandle, &m.PEID, &m.Unknown)
}

func (m *Deregistration) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *Deregistration) LogValue() slog.Value {
	return logElement(TypeDeregistration, m.PoolHandle, m.PEID).Value()
}

// DeregistrationResponse is ASAP_DEREGISTRATION_RESPONSE (RFC 5352, 2.2.4).
type DeregistrationResponse struct {
	PoolHandle wire.PoolHandle
	PEID       wire.PEID
	// Causes are the reasons for a failure; none: the element is out of the pool.
	Causes  []wire.ErrorCause
	Unknown []wire.RawParam
}

// Type returns [TypeDeregistrationResponse].
func (*DeregistrationResponse) Type() Type { return TypeDeregistrationResponse }

// AppendBinary appends the encoded message.
func (m *DeregistrationResponse) AppendBinary(b []byte) ([]byte, error) {
	return appendElement(b, TypeDeregistrationResponse, m.PoolHandle, m.PEID, m.Causes, m.Unknown)
}

func (m *DeregistrationResponse) parse(_ uint8, body []byte) error {
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

func (m *DeregistrationResponse) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *DeregistrationResponse) LogValue() slog.Value {
	a := logElement(TypeDeregistrationResponse, m.PoolHandle, m.PEID)
	a.Causes(m.Causes)
	return a.Value()
}
