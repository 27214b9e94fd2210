package fractal

import (
	"encoding"
	"fmt"

	"github.com/rserpool-go/rserpool/apps/appmsg"
)

// Payload protocol identifiers: registered at IANA, and in use before the registration.
const (
	PPID    = 32
	PPIDOld = 0x29097601
)

// PoolHandle is the default name of the pool.
const PoolHandle = "FractalGeneratorPool"

// Type is the type of a message.
type Type uint8

// The message types.
const (
	TypeParameter Type = 0x01
	TypeData      Type = 0x02
)

// String returns the name of the type, or its number.
func (t Type) String() string {
	switch t {
	case TypeParameter:
		return "FGP_PARAMETER"
	case TypeData:
		return "FGP_DATA"
	}
	return fmt.Sprintf("FGP(0x%02x)", uint8(t))
}

// A Message is a [Parameter] or [Data], by pointer.
type Message interface {
	// AppendBinary appends the encoded message. It fails with [appmsg.ErrRange].
	encoding.BinaryAppender

	// Type returns the message's type.
	Type() Type

	isMessage()
}

// Parse decodes a message. It returns an *[appmsg.SyntaxError] if b is damaged or of
// an unknown type. The message owns its data.
func Parse(b []byte) (Message, error) {
	h, err := appmsg.ParseHeader(b)
	if err != nil {
		return nil, err
	}
	switch Type(h.Type) {
	case TypeParameter:
		if err := h.Need(parameterLen); err != nil {
			return nil, err
		}
		p := parseParameter(b)
		return &p, nil
	case TypeData:
		return parseData(h, b)
	}
	return nil, appmsg.Fail(0, appmsg.ErrUnknownMessage)
}
