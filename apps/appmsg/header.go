package appmsg

import (
	"encoding/binary"
	"fmt"
	"math"
)

// HeaderLen is the length of the header of all messages.
const HeaderLen = 4

// Header is the header of the messages of all applications.
type Header struct {
	Type  uint8
	Flags uint8
	// Length is the length of the message in octets, including the header. There is no padding.
	Length int
}

// ParseHeader returns the header of the message in b. Octets of b after the length are ignored. A
// length beyond b is damage, so an answer never has octets that were not received.
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

// Need fails if the message has fewer than n octets, including the header.
func (h Header) Need(n int) error {
	if h.Length < n {
		return Fail(2, ErrBadLength)
	}
	return nil
}

// Begin appends a header. [End] fills in its length.
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
