package wire

import (
	"encoding/binary"
	"fmt"

	"github.com/rserpool-go/rserpool/wire/internal/tlv"
)

// MessageHeaderLen is the length of the header that all messages begin with.
const MessageHeaderLen = tlv.HeaderLen

// Header is the header that ASAP and ENRP messages have in common (RFC 5354, 4).
type Header struct {
	Type  uint8
	Flags uint8
	// Length is the length of the message in octets with this header; it may or may
	// not count the padding of the last parameter.
	Length int
}

// ParseHeader returns the header and the body of the message b. A message is all of b:
// if its length contradicts len(b), it is damaged.
func ParseHeader(b []byte) (h Header, body []byte, err error) {
	if len(b) < MessageHeaderLen {
		return h, nil, &SyntaxError{Err: ErrTruncated}
	}
	h = Header{Type: b[0], Flags: b[1], Length: int(binary.BigEndian.Uint16(b[2:]))}
	switch {
	case h.Length < MessageHeaderLen:
		return h, nil, &SyntaxError{Offset: 2, Err: ErrBadLength}
	case h.Length > len(b):
		return h, nil, &SyntaxError{Offset: len(b), Err: ErrTruncated}
	case (h.Length+3)&^3 < len(b):
		return h, nil, &SyntaxError{Offset: 2, Err: ErrBadLength}
	}
	return h, b[MessageHeaderLen:h.Length:h.Length], nil
}

// BeginMessage appends a header whose length [EndMessage] fills in. The two are for
// messages put together from parts, some of which are encoded already; else the
// AppendBinary methods of the messages are easier. Parts are appended as their
// AppendBinary methods write them, that is with their padding.
func BeginMessage(b []byte, typ, flags uint8) []byte {
	return tlv.Begin(b, uint16(typ)<<8|uint16(flags))
}

// SetFlags sets the flags of the message that starts at start, if they were not known
// yet at [BeginMessage].
func SetFlags(b []byte, start int, flags uint8) { b[start+1] = flags }

// EndMessage sets the length of the message that starts at start, the length of
// the slice before [BeginMessage]. It fails with [ErrTooLong].
func EndMessage(b []byte, start int) ([]byte, error) {
	b, err := tlv.EndMessage(b, start)
	if err != nil {
		return nil, fmt.Errorf("wire: message: %w", ErrTooLong)
	}
	return b, nil
}
