package scripting

import (
	"encoding"
	"encoding/binary"
	"fmt"

	"github.com/rserpool-go/rserpool/apps/appmsg"
)

// Payload protocol identifiers: registered at IANA, and in use before the registration.
const (
	PPID    = 35
	PPIDOld = 0x29097604
)

// PoolHandle is the default name of the pool.
const PoolHandle = "ScriptingPool"

// Type is the type of a message.
type Type uint8

// The message types.
const (
	TypeNotReady     Type = 0x00
	TypeReady        Type = 0x01
	TypeUpload       Type = 0x02
	TypeDownload     Type = 0x03
	TypeKeepAlive    Type = 0x04
	TypeKeepAliveAck Type = 0x05
	TypeStatus       Type = 0x06
	TypeEnvironment  Type = 0x07
)

var typeNames = [...]string{
	TypeNotReady:     "SSP_NOT_READY",
	TypeReady:        "SSP_READY",
	TypeUpload:       "SSP_UPLOAD",
	TypeDownload:     "SSP_DOWNLOAD",
	TypeKeepAlive:    "SSP_KEEP_ALIVE",
	TypeKeepAliveAck: "SSP_KEEP_ALIVE_ACK",
	TypeStatus:       "SSP_STATUS",
	TypeEnvironment:  "SSP_ENVIRONMENT",
}

// String returns the name of the type, or its number.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("SSP(0x%02x)", uint8(t))
}

// A Message is a message of this package, by pointer.
type Message interface {
	// AppendBinary appends the encoded message. It fails with
	// [appmsg.ErrTooLong], and with [appmsg.ErrRange] for an info with a zero
	// octet.
	encoding.BinaryAppender

	// Type returns the message's type.
	Type() Type

	// parse decodes the body, after the header.
	parse(flags uint8, body []byte) error
}

// Parse decodes a message, which is all of b. It returns an *[appmsg.SyntaxError] if b is damaged,
// has another length than its length field, or is of an unknown type. The message owns its data.
func Parse(b []byte) (Message, error) {
	h, err := appmsg.ParseHeader(b)
	if err != nil {
		return nil, err
	}
	m := newMessage(Type(h.Type))
	switch {
	case m == nil:
		return nil, appmsg.Fail(0, appmsg.ErrUnknownMessage)
	case h.Length != len(b):
		return nil, appmsg.Fail(2, appmsg.ErrBadLength)
	}
	if err := m.parse(h.Flags, b[appmsg.HeaderLen:]); err != nil {
		return nil, err
	}
	return m, nil
}

func newMessage(t Type) Message {
	switch t {
	case TypeNotReady:
		return new(NotReady)
	case TypeReady:
		return new(Ready)
	case TypeUpload:
		return new(Upload)
	case TypeDownload:
		return new(Download)
	case TypeKeepAlive:
		return new(KeepAlive)
	case TypeKeepAliveAck:
		return new(KeepAliveAck)
	case TypeStatus:
		return new(Status)
	case TypeEnvironment:
		return new(Environment)
	}
	return nil
}

// appendMessage appends a message with a body.
func appendMessage[T ~string | ~[]byte](b []byte, t Type, flags uint8, body T) ([]byte, error) {
	start := len(b)
	return appmsg.End(append(appmsg.Begin(b, uint8(t), flags), body...), start)
}

// appendUint32 appends a message with a number as its body.
func appendUint32(b []byte, t Type, v uint32) ([]byte, error) {
	start := len(b)
	return appmsg.End(binary.BigEndian.AppendUint32(appmsg.Begin(b, uint8(t), 0), v), start)
}

// parseUint32 decodes a body that is a number.
func parseUint32(body []byte) (uint32, error) {
	if len(body) != 4 {
		return 0, appmsg.Fail(2, appmsg.ErrBadLength)
	}
	return binary.BigEndian.Uint32(body), nil
}
