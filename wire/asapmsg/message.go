package asapmsg

import (
	"encoding"
	"encoding/binary"
	"fmt"
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
)

// Type is the type of an ASAP message (RFC 5352, 2.2).
type Type uint8

// The message types.
const (
	TypeRegistration             Type = 0x01
	TypeDeregistration           Type = 0x02
	TypeRegistrationResponse     Type = 0x03
	TypeDeregistrationResponse   Type = 0x04
	TypeHandleResolution         Type = 0x05
	TypeHandleResolutionResponse Type = 0x06
	TypeEndpointKeepAlive        Type = 0x07
	TypeEndpointKeepAliveAck     Type = 0x08
	TypeEndpointUnreachable      Type = 0x09
	TypeServerAnnounce           Type = 0x0a
	TypeCookie                   Type = 0x0b
	TypeCookieEcho               Type = 0x0c
	TypeBusinessCard             Type = 0x0d
	TypeError                    Type = 0x0e
)

var typeNames = [...]string{
	TypeRegistration:             "ASAP_REGISTRATION",
	TypeDeregistration:           "ASAP_DEREGISTRATION",
	TypeRegistrationResponse:     "ASAP_REGISTRATION_RESPONSE",
	TypeDeregistrationResponse:   "ASAP_DEREGISTRATION_RESPONSE",
	TypeHandleResolution:         "ASAP_HANDLE_RESOLUTION",
	TypeHandleResolutionResponse: "ASAP_HANDLE_RESOLUTION_RESPONSE",
	TypeEndpointKeepAlive:        "ASAP_ENDPOINT_KEEP_ALIVE",
	TypeEndpointKeepAliveAck:     "ASAP_ENDPOINT_KEEP_ALIVE_ACK",
	TypeEndpointUnreachable:      "ASAP_ENDPOINT_UNREACHABLE",
	TypeServerAnnounce:           "ASAP_SERVER_ANNOUNCE",
	TypeCookie:                   "ASAP_COOKIE",
	TypeCookieEcho:               "ASAP_COOKIE_ECHO",
	TypeBusinessCard:             "ASAP_BUSINESS_CARD",
	TypeError:                    "ASAP_ERROR",
}

// String returns the name of the RFC, or the number.
func (t Type) String() string {
	if int(t) < len(typeNames) && typeNames[t] != "" {
		return typeNames[t]
	}
	return fmt.Sprintf("ASAP(0x%02x)", uint8(t))
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

	// parse decodes the body, which follows the header.
	parse(flags uint8, body []byte) error

	// unrecognized takes account of all fields Unknown.
	unrecognized() wire.Unrecognized
}

// Parse decodes a message. All of b is the message. It returns a
// *[wire.SyntaxError] if b is damaged, which wraps [wire.ErrUnknownMessage] if ASAP has
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
	if err := m.parse(h.Flags, body); err != nil {
		return nil, err
	}
	return m, nil
}

func newMessage(t Type) Message {
	switch t {
	case TypeRegistration:
		return new(Registration)
	case TypeDeregistration:
		return new(Deregistration)
	case TypeRegistrationResponse:
		return new(RegistrationResponse)
	case TypeDeregistrationResponse:
		return new(DeregistrationResponse)
	case TypeHandleResolution:
		return new(HandleResolution)
	case TypeHandleResolutionResponse:
		return new(HandleResolutionResponse)
	case TypeEndpointKeepAlive:
		return new(EndpointKeepAlive)
	case TypeEndpointKeepAliveAck:
		return new(EndpointKeepAliveAck)
	case TypeEndpointUnreachable:
		return new(EndpointUnreachable)
	case TypeServerAnnounce:
		return new(ServerAnnounce)
	case TypeCookie:
		return new(Cookie)
	case TypeCookieEcho:
		return new(CookieEcho)
	case TypeBusinessCard:
		return new(BusinessCard)
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

// serverID takes the registrar's identifier at the start of a body.
func serverID(body []byte) (wire.ServerID, error) {
	if len(body) < 4 {
		return 0, &wire.SyntaxError{Offset: wire.MessageHeaderLen + len(body), Err: wire.ErrBadLength}
	}
	return wire.ServerID(binary.BigEndian.Uint32(body)), nil
}
