package appmsg

import (
	"encoding/binary"
	"fmt"
	"math"
)

// HeaderLen is the length of the header that all messages begin with.
const HeaderLen = 4

// Header is the header that the messages of all applications have in common.
type Header struct {
	Type  uint8
	Flags uint8
	// Length is the length of the message in octets with this header. There is no
	// padding.
	Length int
}

// ParseHeader returns the header of the message in b. The message ends where the
// length says; what is behind it in b does not count. A length beyond b is damage:
// never answer with octets that were not received.
func ParseHeader(b []byte) (Header, error) {
	if len(b) < HeaderLen {
		return Header{}, Fail(len(b), ErrTruncated)
	}
	h := Header{Type: b[0], Flags: b[1], Length: int(binary.BigEndian.Uint16(b[2:]))}
	switch {
	case h.Length < HeaderLen:
		return h, Fail(2, ErrBadLength)
	case h.Length > len(b):
		return h, Fail(len(b), ErrTruncated)
	}
	return h, nil
}

// Need fails unless the message has n octets with its header.
func (h Header) Need(n int) error {
	if h.Length < n {
		return Fail(2, ErrBadLength)
	}
	return nil
}

// Begin appends a header whose length [End] fills in.
func Begin(b []byte, typ, flags uint8) []byte { return append(b, typ, flags, 0, 0) }

// End sets the length of the message that starts at start, the length of the slice
// before [Begin]. It fails with [ErrTooLong].
func End(b []byte, start int) ([]byte, error) {
	n := len(b) - start
	if n > math.MaxUint16 {
		return nil, fmt.Errorf("message of %d octets: %w", n, ErrTooLong)
	}
	binary.BigEndian.PutUint16(b[start+2:], uint16(n))
	return b, nil
}
