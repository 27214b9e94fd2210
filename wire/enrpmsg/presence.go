package enrpmsg

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
)

// Presence is ENRP_PRESENCE (RFC 5353, 2.1): a registrar lives, and this is the
// checksum over the elements that it is home of.
type Presence struct {
	IDs
	// ReplyRequired asks for a Presence in return. The RFC names no bit for it; this
	// is the one of the deployed implementation.
	ReplyRequired bool
	// Checksum is [wire.PEChecksum.Value] over the elements of which the sender is
	// home.
	Checksum uint16
	// NoChecksum: there is no checksum. The RFC says that there should be one; the
	// deployed implementation takes no Presence without.
	NoChecksum bool
	// Server is the sender with its ENRP transport; nil: absent, which the RFC
	// allows unless this answers a Presence with ReplyRequired, and the deployed
	// implementation never. That one lists all its addresses, the useless ones too,
	// and files the sender under the identifier in here.
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
		w.Checksum(m.Checksum)
	}
	if m.Server != nil {
		w.Server(m.Server)
	}
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *Presence) parse(flags uint8, body []byte) error {
	m.ReplyRequired = flags&replyRequiredBit != 0
	set := params.Set{Checksum: &m.Checksum, Server: &m.Server, Unknown: &m.Unknown}
	if err := set.Parse(body, paramsOffset); err != nil {
		return err
	}
	m.NoChecksum = !set.Has(wire.ParamPEChecksum)
	return nil
}
