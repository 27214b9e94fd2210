package asapmsg

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
)

// EndpointUnreachable is ASAP_ENDPOINT_UNREACHABLE (RFC 5352, 2.2.9): a pool user or
// pool element could not reach an element.
type EndpointUnreachable struct {
	PoolHandle wire.PoolHandle
	PEID       wire.PEID
	Unknown    []wire.RawParam
}

// Type returns [TypeEndpointUnreachable].
func (*EndpointUnreachable) Type() Type { return TypeEndpointUnreachable }

// AppendBinary appends the encoded message.
func (m *EndpointUnreachable) AppendBinary(b []byte) ([]byte, error) {
	return appendElement(b, TypeEndpointUnreachable, m.PoolHandle, m.PEID, nil, m.Unknown)
}

func (m *EndpointUnreachable) parse(_ uint8, body []byte) error {
	return parseElement(body, &m.PoolHandle, &m.PEID, &m.Unknown)
}

func (m *EndpointUnreachable) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *EndpointUnreachable) LogValue() slog.Value {
	return logElement(TypeEndpointUnreachable, m.PoolHandle, m.PEID).Value()
}
