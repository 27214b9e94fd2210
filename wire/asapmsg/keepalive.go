package asapmsg

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/logattr"
	"github.com/rserpool-go/rserpool/wire/internal/params"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// EndpointKeepAlive is ASAP_ENDPOINT_KEEP_ALIVE (RFC 5352, 2.2.7): a registrar asks
// a pool element whether it lives.
type EndpointKeepAlive struct {
	// Home is the H bit: the sender is the element's home registrar from now on.
	Home bool
	// Contested: another process uses the element's identifier, and replaces the element if it
	// does not acknowledge. The flag is private (ADR 0008, F9).
	Contested  bool
	ServerID   wire.ServerID
	PoolHandle wire.PoolHandle
	// PEID is the element that is asked. 0: the parameter, which the RFC does not
	// have (ADR 0008, F5), is absent, and all elements of the pool at this endpoint are
	// asked.
	PEID    wire.PEID
	Unknown []wire.RawParam
}

const (
	homeBit      = 0x01
	contestedBit = 0x80
)

// Type returns [TypeEndpointKeepAlive].
func (*EndpointKeepAlive) Type() Type { return TypeEndpointKeepAlive }

// AppendBinary appends the encoded message.
func (m *EndpointKeepAlive) AppendBinary(b []byte) ([]byte, error) {
	w := params.Begin(b, uint8(TypeEndpointKeepAlive), flag(m.Home, homeBit)|flag(m.Contested, contestedBit))
	w.Uint32(uint32(m.ServerID))
	w.Put(m.PoolHandle.AppendBinary(w.B))
	if m.PEID != 0 {
		w.Put(m.PEID.AppendBinary(w.B))
	}
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *EndpointKeepAlive) parse(flags uint8, body []byte) (err error) {
	m.Home, m.Contested = flags&homeBit != 0, flags&contestedBit != 0
	if m.ServerID, err = serverID(body); err != nil {
		return err
	}
	var r params.Reader
	for r.Begin(body[4:], wire.MessageHeaderLen+4); r.Next(); {
		switch {
		case r.Once(wire.ParamPoolHandle):
			m.PoolHandle, r.Err = wire.ParsePoolHandle(r.Param)
		case r.Once(wire.ParamPEIdentifier):
			m.PEID, r.Err = wire.ParsePEID(r.Param)
		default:
			m.Unknown = r.Retain(m.Unknown)
		}
	}
	return r.End(wire.ParamPoolHandle)
}

func (m *EndpointKeepAlive) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *EndpointKeepAlive) LogValue() slog.Value {
	a := logattr.Of(m.Type())
	a.Add(logkey.Pool, m.PoolHandle)
	if m.PEID != 0 {
		a.Add(logkey.PEID, m.PEID)
	}
	a.Add(logkey.ServerID, m.ServerID)
	a.Flag(logkey.Home, m.Home)
	a.Flag(logkey.Contested, m.Contested)
	return a.Value()
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
	return parseElement(body, &m.PoolHandle, &m.PEID, &m.Unknown)
}

func (m *EndpointKeepAliveAck) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *EndpointKeepAliveAck) LogValue() slog.Value {
	return logElement(TypeEndpointKeepAliveAck, m.PoolHandle, m.PEID).Value()
}
