package asapmsg

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
)

// EndpointKeepAlive is ASAP_ENDPOINT_KEEP_ALIVE (RFC 5352, 2.2.7): a registrar asks
// a pool element whether it lives.
type EndpointKeepAlive struct {
	// Home is the H bit: the sender is the element's home registrar from now on.
	Home       bool
	ServerID   wire.ServerID
	PoolHandle wire.PoolHandle
	// PEID is the element that is asked. 0: the parameter, which the RFC does not
	// have, is absent, and all elements of the pool at this endpoint are asked.
	PEID    wire.PEID
	Unknown []wire.RawParam
}

const homeBit = 0x01

// Type returns [TypeEndpointKeepAlive].
func (*EndpointKeepAlive) Type() Type { return TypeEndpointKeepAlive }

// AppendBinary appends the encoded message.
func (m *EndpointKeepAlive) AppendBinary(b []byte) ([]byte, error) {
	w := params.Begin(b, uint8(TypeEndpointKeepAlive), flag(m.Home, homeBit))
	w.Uint32(uint32(m.ServerID))
	w.PoolHandle(m.PoolHandle)
	if m.PEID != 0 {
		w.PEID(m.PEID)
	}
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *EndpointKeepAlive) parse(flags uint8, body []byte) (err error) {
	m.Home = flags&homeBit != 0
	if m.ServerID, err = serverID(body); err != nil {
		return err
	}
	set := params.Set{
		PoolHandle: &m.PoolHandle,
		PEID:       &m.PEID,
		Unknown:    &m.Unknown,
		Required:   requireHandle,
	}
	return set.Parse(body[4:], wire.MessageHeaderLen+4)
}

// EndpointKeepAliveAck is ASAP_ENDPOINT_KEEP_ALIVE_ACK (RFC 5352, 2.2.8): a pool
// element lives.
type EndpointKeepAliveAck struct {
	PoolHandle wire.PoolHandle
	PEID       wire.PEID
	Unknown    []wire.RawParam
}

// Type returns [TypeEndpointKeepAliveAck].
func (*EndpointKeepAliveAck) Type() Type { return TypeEndpointKeepAliveAck }

// AppendBinary appends the encoded message.
func (m *EndpointKeepAliveAck) AppendBinary(b []byte) ([]byte, error) {
	return appendElement(b, TypeEndpointKeepAliveAck, m.PoolHandle, m.PEID, nil, m.Unknown)
}

func (m *EndpointKeepAliveAck) parse(_ uint8, body []byte) error {
	return parseElement(body, &m.PoolHandle, &m.PEID, nil, &m.Unknown)
}
