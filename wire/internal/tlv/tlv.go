// Package tlv appends messages, parameters and error causes: each begins with four
// octets, the last two of which are its length.
package tlv

import (
	"encoding/binary"
	"errors"
)

// HeaderLen is the length of the header of a message, parameter or cause.
const HeaderLen = 4

// ErrLength is returned when a length does not fit 16 bits.
var ErrLength = errors.New("length above 65535")

// Begin appends a header whose length is filled in by End or EndMessage. Their
// parameter start is len(b) before the call.
func Begin(b []byte, typ uint16) []byte {
	return append(b, byte(typ>>8), byte(typ), 0, 0)
}

// End sets the length of the parameter or cause that starts at start, which does
// not count padding, and pads it with zeros to a multiple of 4 octets. The last pad
// octets in b are the padding of a nested parameter already.
func End(b []byte, start, pad int) ([]byte, error) {
	if err := setLength(b, start, pad); err != nil {
		return nil, err
	}
	for (len(b)-start)%4 != 0 {
		b = append(b, 0)
	}
	return b, nil
}

// EndMessage sets the length of the message that starts at start.
func EndMessage(b []byte, start int) ([]byte, error) {
	if err := setLength(b, start, 0); err != nil {
		return nil, err
	}
	return b, nil
}

func setLength(b []byte, start, pad int) error {
	n := len(b) - start - pad
	if n > 0xffff {
		return ErrLength
	}
	binary.BigEndian.PutUint16(b[start+2:], uint16(n))
	return nil
}
