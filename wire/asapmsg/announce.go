package asapmsg

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/logattr"
	"github.com/rserpool-go/rserpool/wire/internal/params"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// ServerAnnounce is ASAP_SERVER_ANNOUNCE (RFC 5352, 2.2.10): a registrar is here.
type ServerAnnounce struct {
	ServerID wire.ServerID
	// Transports are where the registrar takes ASAP messages, by SCTP or TCP; other
	// transports are not recognized. None: the registrar is at the source of the
	// datagram, at port 3863 by the RFC, and at its UDP source port with RSPLIB. RSPLIB
	// takes other transports only in front of an SCTP transport, and nothing behind it.
	Transports []wire.Transport
	Unknown    []wire.RawParam
}

// Type returns [TypeServerAnnounce].
func (*ServerAnnounce) Type() Type { return TypeServerAnnounce }

// AppendBinary appends the encoded message.
func (m *ServerAnnounce) AppendBinary(b []byte) ([]byte, error) {
	w := params.Begin(b, uint8(TypeServerAnnounce), 0)
	w.Uint32(uint32(m.ServerID))
	for i := range m.Transports {
		p := m.Transports[i].Protocol
		w.Allow(p == wire.SCTP || p == wire.TCP, wire.ParamType(p))
		w.Put(m.Transports[i].AppendBinary(w.B))
	}
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *ServerAnnounce) parse(_ uint8, body []byte) (err error) {
	if m.ServerID, err = serverID(body); err != nil {
		return err
	}
	var r params.Reader
	for r.Begin(body[4:], wire.MessageHeaderLen+4); r.Next(); {
		switch {
		case r.Each(wire.ParamSCTPTransport), r.Each(wire.ParamTCPTransport):
			r.Err = params.Extend(&r, &m.Transports).Parse(r.Param)
		default:
			m.Unknown = r.Retain(m.Unknown)
		}
	}
	return r.End()
}

func (m *ServerAnnounce) unrecognized() (u wire.Unrecognized) {
	for i := range m.Transports {
		u.AddTransport(&m.Transports[i])
	}
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *ServerAnnounce) LogValue() slog.Value {
	a := logattr.Of(m.Type())
	a.Add(logkey.ServerID, m.ServerID)
	if len(m.Transports) > 0 {
		a.Add(logkey.Transports, wire.List[wire.Transport](m.Transports))
	}
	return a.Value()
}
