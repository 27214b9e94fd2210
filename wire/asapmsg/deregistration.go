package asapmsg

import (
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
	return parseElement(body, &m.PoolHandle, &m.PEID, nil, &m.Unknown)
}

// DeregistrationResponse is ASAP_DEREGISTRATION_RESPONSE (RFC 5352, 2.2.4).
type DeregistrationResponse struct {
	PoolHandle wire.PoolHandle
	PEID       wire.PEID
	// Causes tell what went wrong; none: the element is out of the pool.
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
	return parseElement(body, &m.PoolHandle, &m.PEID, &m.Causes, &m.Unknown)
}

// requireElement are the parameters that name an element.
var requireElement = []wire.ParamType{wire.ParamPoolHandle, wire.ParamPEIdentifier}

// appendElement appends a message that names an element and has no flags.
func appendElement(b []byte, t Type, pool wire.PoolHandle, id wire.PEID, causes []wire.ErrorCause, unknown []wire.RawParam) ([]byte, error) {
	w := params.Begin(b, uint8(t), 0)
	w.PoolHandle(pool)
	w.PEID(id)
	w.Causes(causes)
	w.Unknown(unknown)
	return w.End()
}

// parseElement decodes the body of such a message; causes may be nil.
func parseElement(body []byte, pool *wire.PoolHandle, id *wire.PEID, causes *[]wire.ErrorCause, unknown *[]wire.RawParam) error {
	set := params.Set{PoolHandle: pool, PEID: id, Causes: causes, Unknown: unknown, Required: requireElement}
	return set.Parse(body, wire.MessageHeaderLen)
}
