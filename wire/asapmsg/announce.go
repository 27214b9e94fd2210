package asapmsg

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
)

// ServerAnnounce is ASAP_SERVER_ANNOUNCE (RFC 5352, 2.2.10): a registrar is here.
type ServerAnnounce struct {
	ServerID wire.ServerID
	// Transports are where the registrar takes ASAP messages, by SCTP or TCP; others
	// are not recognized. None: at the source of the datagram (the deployed
	// implementation: with its UDP source port; the RFC: with port 3863). The
	// deployed implementation takes other transports only before one of SCTP, and
	// nothing behind that.
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
		w.Transport(&m.Transports[i])
	}
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *ServerAnnounce) parse(_ uint8, body []byte) (err error) {
	if m.ServerID, err = serverID(body); err != nil {
		return err
	}
	set := params.Set{Transports: &m.Transports, Unknown: &m.Unknown}
	return set.Parse(body[4:], wire.MessageHeaderLen+4)
}
