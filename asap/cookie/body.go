package cookie

import (
	"encoding/binary"
	"time"
)

// headerLen is the length of a body before its state.
const headerLen = 2 + 8

// A body is the protected part of a cookie.
type body struct {
	version uint16
	sealed  time.Time // In whole milliseconds.
	state   []byte    // A part of the octets from which the body was parsed.
}

// appendHeader appends the part of a body before its state.
func appendHeader(b []byte, version uint16, now time.Time) []byte {
	b = binary.BigEndian.AppendUint16(b, version)
	return binary.BigEndian.AppendUint64(b, uint64(now.UnixMilli()))
}

// parseBody reads an authentic body. Seal makes no body without a header, so ErrForged fits.
func parseBody(b []byte) (body, error) {
	if len(b) < headerLen {
		return body{}, ErrForged
	}
	return body{
		version: binary.BigEndian.Uint16(b),
		sealed:  time.UnixMilli(int64(binary.BigEndian.Uint64(b[2:]))),
		state:   b[headerLen:],
	}, nil
}
