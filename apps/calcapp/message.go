package calcapp

import (
	"encoding/binary"
	"fmt"

	"github.com/rserpool-go/rserpool/apps/appmsg"
)

// Payload protocol identifiers: registered at IANA, and in use before the registration.
const (
	PPID    = 34
	PPIDOld = 0x29097603
)

// PoolHandle is the default name of the pool.
const PoolHandle = "CalcAppPool"

// Type is the type of a message.
type Type uint8

// The message types. Pool users send requests, pool elements answer them with the
// next three; the last two go in both directions. [TypeAbort] is defined but never sent.
const (
	TypeRequest      Type = 0x01
	TypeAccept       Type = 0x02
	TypeReject       Type = 0x03
	TypeAbort        Type = 0x04
	TypeComplete     Type = 0x05
	TypeKeepAlive    Type = 0x06
	TypeKeepAliveAck Type = 0x07
)

var typeNames = [...]string{
	TypeRequest:      "CALCAPP_REQUEST",
	TypeAccept:       "CALCAPP_ACCEPT",
	TypeReject:       "CALCAPP_REJECT",
	TypeAbort:        "CALCAPP_ABORT",
	TypeComplete:     "CALCAPP_COMPLETE",
	TypeKeepAlive:    "CALCAPP_KEEP_ALIVE",
	TypeKeepAliveAck: "CALCAPP_KEEP_ALIVE_ACK",
}

// isKnown reports whether there is a constant for the type.
func (t Type) isKnown() bool { return t != 0 && int(t) < len(typeNames) }

// String returns the type's name, or its number.
func (t Type) String() string {
	if t.isKnown() {
		return typeNames[t]
	}
	return fmt.Sprintf("CALCAPP(0x%02x)", uint8(t))
}

// Message is a message of any type.
type Message struct {
	Type Type
	// JobID is the number of the job in its session, chosen by the pool user.
	JobID uint32
	// JobSize is the size of the job in calculations, in a request and in the report of the
	// completion. Otherwise it is 0.
	JobSize uint64
	// Completed is the number of completed calculations: JobSize in the report of the
	// completion, otherwise 0.
	Completed uint64
}

const messageLen = 24

// AppendBinary appends the encoded message. It does not fail.
func (m *Message) AppendBinary(b []byte) ([]byte, error) {
	start := len(b)
	b = appmsg.Begin(b, uint8(m.Type), 0)
	b = appendJob(b, m.JobID, m.JobSize, m.Completed)
	return appmsg.End(b, start)
}

// Parse decodes a message. It returns an *[appmsg.SyntaxError] if b is damaged or of
// an unknown type.
func Parse(b []byte) (Message, error) {
	h, err := appmsg.ParseHeader(b)
	if err != nil {
		return Message{}, err
	}
	m := Message{Type: Type(h.Type)}
	if !m.Type.isKnown() {
		return Message{}, appmsg.Fail(0, appmsg.ErrUnknownMessage)
	}
	if err := h.Need(messageLen); err != nil {
		return Message{}, err
	}
	m.JobID, m.JobSize, m.Completed = parseJob(b[appmsg.HeaderLen:])
	return m, nil
}

// appendJob appends the common part of messages and cookies.
func appendJob(b []byte, id uint32, size, completed uint64) []byte {
	b = binary.BigEndian.AppendUint32(b, id)
	b = binary.BigEndian.AppendUint64(b, size)
	return binary.BigEndian.AppendUint64(b, completed)
}

func parseJob(b []byte) (id uint32, size, completed uint64) {
	return binary.BigEndian.Uint32(b), binary.BigEndian.Uint64(b[4:]), binary.BigEndian.Uint64(b[12:])
}
