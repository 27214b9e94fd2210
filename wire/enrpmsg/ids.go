package enrpmsg

import (
	"encoding/binary"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/logattr"
	"github.com/rserpool-go/rserpool/wire/internal/params"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// IDs are the two fields that every ENRP message begins with (RFC 5353, 2.1).
type IDs struct {
	// Sender is the registrar that sent the message. In an [Error] of RSPLIB about a
	// message that it could not parse, both identifiers are copied from that message,
	// or 0.
	Sender wire.ServerID
	// Receiver is the registrar that the message is meant for, 0 if that is any
	// registrar: always by multicast, and allowed on an association.
	Receiver wire.ServerID
}

const (
	idsLen = 8
	// paramsOffset is where the parameters of a message start that has no further
	// fixed field.
	paramsOffset = wire.MessageHeaderLen + idsLen
)

// ServerIDs returns the identifiers.
func (i *IDs) ServerIDs() IDs { return *i }

// AppendBinary appends the two fields. It is for messages that are put together
// from parts (see [wire.BeginMessage]), and never fails.
func (i *IDs) AppendBinary(b []byte) ([]byte, error) {
	b = binary.BigEndian.AppendUint32(b, uint32(i.Sender))
	return binary.BigEndian.AppendUint32(b, uint32(i.Receiver)), nil
}

func (i *IDs) ids() *IDs { return i }

// parse decodes the fields at the start of a message's body.
func (i *IDs) parse(body []byte) error {
	if len(body) < idsLen {
		return &wire.SyntaxError{Offset: wire.MessageHeaderLen + len(body), Err: wire.ErrBadLength}
	}
	i.Sender = wire.ServerID(binary.BigEndian.Uint32(body))
	i.Receiver = wire.ServerID(binary.BigEndian.Uint32(body[4:]))
	return nil
}

// begin starts a message behind b.
func (i *IDs) begin(b []byte, t Type, flags uint8) params.Writer {
	w := params.Begin(b, uint8(t), flags)
	w.Uint32(uint32(i.Sender))
	w.Uint32(uint32(i.Receiver))
	return w
}

// attrs returns the attributes that all messages begin with.
func (i *IDs) attrs(t Type) logattr.Attrs {
	a := logattr.Of(t)
	a.Add(logkey.From, i.Sender)
	if i.Receiver != 0 {
		a.Add(logkey.To, i.Receiver)
	}
	return a
}

// parseUnknown decodes the parameters of a message that has none of its own.
func parseUnknown(body []byte, base int, unknown *[]wire.RawParam) error {
	var r params.Reader
	for r.Begin(body, base); r.Next(); {
		*unknown = r.Retain(*unknown)
	}
	return r.End()
}

// field32 takes the fixed field of 32 bits behind the identifiers.
func field32(body []byte) (uint32, error) {
	if len(body) < 4 {
		return 0, &wire.SyntaxError{Offset: paramsOffset + len(body), Err: wire.ErrBadLength}
	}
	return binary.BigEndian.Uint32(body), nil
}
