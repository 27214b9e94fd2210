package enrpmsg

import (
	"fmt"
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// Presence is ENRP_PRESENCE (RFC 5353, 2.1): a registrar lives, and sends the checksum
// over the elements of which it is home.
type Presence struct {
	IDs
	// ReplyRequired asks for a Presence in return. The RFC names no bit for it; this
	// bit is RSPLIB's.
	ReplyRequired bool
	// Checksum is [wire.PEChecksum.Value] over the elements of which the sender is
	// home.
	Checksum uint16
	// NoChecksum: there is no checksum. The RFC says that there should be a checksum;
	// RSPLIB takes no Presence without.
	NoChecksum bool
	// Server is the sender with its ENRP transport; nil: absent. The RFC allows
	// that unless the message answers a Presence with ReplyRequired, and RSPLIB never
	// does. RSPLIB lists all its addresses, useless addresses included, and files the
	// sender under the identifier in this field.
	Server  *wire.ServerInformation
	Unknown []wire.RawParam
}

const replyRequiredBit = 0x01

// Type returns [TypePresence].
func (*Presence) Type() Type { return TypePresence }

// AppendBinary appends the encoded message.
func (m *Presence) AppendBinary(b []byte) ([]byte, error) {
	w := m.begin(b, TypePresence, flag(m.ReplyRequired, replyRequiredBit))
	if !m.NoChecksum {
		w.Put(wire.AppendChecksum(w.B, m.Checksum))
	}
	if m.Server != nil {
		w.Put(m.Server.AppendBinary(w.B))
	}
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *Presence) parse(flags uint8, body []byte) error {
	m.ReplyRequired = flags&replyRequiredBit != 0
	var r params.Reader
	for r.Begin(body, paramsOffset); r.Next(); {
		switch {
		case r.Once(wire.ParamPEChecksum):
			m.Checksum, r.Err = wire.ParseChecksum(r.Param)
		case r.Once(wire.ParamServerInformation):
			m.Server = new(wire.ServerInformation)
			r.Err = m.Server.Parse(r.Param)
		default:
			m.Unknown = r.Retain(m.Unknown)
		}
	}
	m.NoChecksum = !r.Seen(wire.ParamPEChecksum)
	return r.End()
}

func (m *Presence) unrecognized() (u wire.Unrecognized) {
	if m.Server != nil {
		u.AddServer(m.Server)
	}
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *Presence) LogValue() slog.Value {
	a := m.attrs(TypePresence)
	if !m.NoChecksum {
		a.Add(logkey.Checksum, fmt.Sprintf("0x%04x", m.Checksum))
	}
	if m.Server != nil {
		a.Add(logkey.Transport, &m.Server.Transport)
	}
	a.Flag(logkey.ReplyRequired, m.ReplyRequired)
	return a.Value()
}
