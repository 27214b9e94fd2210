package pingpong

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"fmt"

	"github.com/rserpool-go/rserpool/apps/appmsg"
)

// Payload protocol identifiers: registered at IANA, and in use before the registration.
const (
	PPID    = 33
	PPIDOld = 0x29097602
)

// PoolHandle is the default name of the pool.
const PoolHandle = "PingPongPool"

// Type is the type of a message.
type Type uint8

// The message types.
const (
	TypePing Type = 0x01
	TypePong Type = 0x02
)

// String returns the name of the type, or its number.
func (t Type) String() string {
	switch t {
	case TypePing:
		return "PINGPONG_PING"
	case TypePong:
		return "PINGPONG_PONG"
	}
	return fmt.Sprintf("PINGPONG(0x%02x)", uint8(t))
}

// A Message is a [Ping] or a [Pong], by pointer.
type Message interface {
	// AppendBinary appends the encoded message. It fails with
	// [appmsg.ErrTooLong].
	encoding.BinaryAppender

	// Type returns the message's type.
	Type() Type

	isMessage()
}

// Ping asks for a [Pong].
type Ping struct {
	MessageNo uint64
	// Data comes back in the pong. It has at most [MaxDataLen] octets.
	Data []byte
}

// Pong answers a [Ping].
type Pong struct {
	// MessageNo is copied from the ping.
	MessageNo uint64
	// ReplyNo counts the pongs of the session, from 1, over all its elements.
	ReplyNo uint64
	// Data is copied from the ping.
	Data []byte
}

const (
	pingLen = appmsg.HeaderLen + 8
	pongLen = appmsg.HeaderLen + 16
)

// MaxDataLen is the maximum number of octets of data in a pong.
const MaxDataLen = 0xffff - pongLen

// Type returns [TypePing].
func (*Ping) Type() Type { return TypePing }

// Type returns [TypePong].
func (*Pong) Type() Type { return TypePong }

func (*Ping) isMessage() {}
func (*Pong) isMessage() {}

// AppendBinary appends the encoded message.
func (m *Ping) AppendBinary(b []byte) ([]byte, error) {
	start := len(b)
	b = appmsg.Begin(b, uint8(TypePing), 0)
	b = binary.BigEndian.AppendUint64(b, m.MessageNo)
	return appmsg.End(append(b, m.Data...), start)
}

// AppendBinary appends the encoded message.
func (m *Pong) AppendBinary(b []byte) ([]byte, error) {
	start := len(b)
	b = appmsg.Begin(b, uint8(TypePong), 0)
	b = binary.BigEndian.AppendUint64(b, m.MessageNo)
	b = binary.BigEndian.AppendUint64(b, m.ReplyNo)
	return appmsg.End(append(b, m.Data...), start)
}

// Parse decodes a message. It returns an *[appmsg.SyntaxError] if b is damaged or of
// an unknown type. The message owns its data.
func Parse(b []byte) (Message, error) {
	h, err := appmsg.ParseHeader(b)
	if err != nil {
		return nil, err
	}
	switch Type(h.Type) {
	case TypePing:
		if err := h.Need(pingLen); err != nil {
			return nil, err
		}
		return &Ping{
			MessageNo: binary.BigEndian.Uint64(b[4:]),
			Data:      bytes.Clone(b[pingLen:h.Length]),
		}, nil
	case TypePong:
		if err := h.Need(pongLen); err != nil {
			return nil, err
		}
		return &Pong{
			MessageNo: binary.BigEndian.Uint64(b[4:]),
			ReplyNo:   binary.BigEndian.Uint64(b[12:]),
			Data:      bytes.Clone(b[pongLen:h.Length]),
		}, nil
	}
	return nil, appmsg.Fail(0, appmsg.ErrUnknownMessage)
}
