package enrpmsg

import (
	"encoding"
	"fmt"
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
)

// Type is the type of an ENRP message (RFC 5353, 2).
type Type uint8

// The message types.
const (
	TypePresence            Type = 0x01
	TypeHandleTableRequest  Type = 0x02
	TypeHandleTableResponse Type = 0x03
	TypeHandleUpdate        Type = 0x04
	TypeListRequest         Type = 0x05
	TypeListResponse        Type = 0x06
	TypeInitTakeover        Type = 0x07
	TypeInitTakeoverAck     Type = 0x08
	TypeTakeoverServer      Type = 0x09
	TypeError               Type = 0x0a
)

var typeNames = [...]string{
	TypePresence:            "ENRP_PRESENCE",
	TypeHandleTableRequest:  "ENRP_HANDLE_TABLE_REQUEST",
	TypeHandleTableResponse: "ENRP_HANDLE_TABLE_RESPONSE",
	TypeHandleUpdate:        "ENRP_HANDLE_UPDATE",
	TypeListRequest:         "ENRP_LIST_REQUEST",
	TypeListResponse:        "ENRP_LIST_RESPONSE",
	TypeInitTakeover:        "ENRP_INIT_TAKEOVER",
	TypeInitTakeoverAck:     "ENRP_INIT_TAKEOVER_ACK",
	TypeTakeoverServer:      "ENRP_TAKEOVER_SERVER",
	TypeError:               "ENRP_ERROR",
}

// String returns the name of the RFC, or the number.
func (t Type) String() string {
	if int(t) < len(typeNames) && typeNames[t] != "" {
		return typeNames[t]
	}
	return fmt.Sprintf("ENRP(0x%02x)", uint8(t))
}

// A Message is a pointer to a message of this package.
type Message interface {
	// AppendBinary appends the encoded message. It fails with [wire.ErrTooLong]
	// or [wire.ErrRange].
	encoding.BinaryAppender

	// LogValue describes the message to a logger, with the keys of package logkey.
	slog.LogValuer

	// Type returns the message's type.
	Type() Type

	// ServerIDs returns the identifiers of the registrars that the message is
	// from and to.
	ServerIDs() IDs

	// ids returns where the identifiers are.
	ids() *IDs

	// parse decodes the rest of the body, which follows the identifiers.
	parse(flags uint8, body []byte) error

	// unrecognized takes account of all fields Unknown.
	unrecognized() wire.Unrecognized
}

// Parse decodes a message. All of b is the message. It returns a
// *[wire.SyntaxError] if b is damaged, which wraps [wire.ErrUnknownMessage] if ENRP has
// no message of the type.
func Parse(b []byte) (Message, error) {
	h, body, err := wire.ParseHeader(b)
	if err != nil {
		return nil, err
	}
	m := newMessage(Type(h.Type))
	if m == nil {
		return nil, &wire.SyntaxError{TLV: append([]byte(nil), b...), Err: wire.ErrUnknownMessage}
	}
	if err := m.ids().parse(body); err != nil {
		return nil, err
	}
	if err := m.parse(h.Flags, body[idsLen:]); err != nil {
		return nil, err
	}
	return m, nil
}

func newMessage(t Type) Message {
	switch t {
	case TypePresence:
		return new(Presence)
	case TypeHandleTableRequest:
		return new(HandleTableRequest)
	case TypeHandleTableResponse:
		return new(HandleTableResponse)
	case TypeHandleUpdate:
		return new(HandleUpdate)
	case TypeListRequest:
		return new(ListRequest)
	case TypeListResponse:
		return new(ListResponse)
	case TypeInitTakeover:
		return new(InitTakeover)
	case TypeInitTakeoverAck:
		return new(InitTakeoverAck)
	case TypeTakeoverServer:
		return new(TakeoverServer)
	case TypeError:
		return new(Error)
	}
	return nil
}

// Unrecognized returns the parameters of a message that [Parse] did not recognize, and
// the treatment that their sender asks for.
func Unrecognized(m Message) (u wire.Unrecognized) {
	if m == nil {
		return u
	}
	return m.unrecognized()
}

// flag returns bit if on.
func flag(on bool, bit uint8) uint8 {
	if on {
		return bit
	}
	return 0
}
