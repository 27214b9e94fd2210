package udpsctp

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Error causes (RFC 9260, 3.3.10).
const (
	causeInvalidStream     = 1
	causeStaleCookie       = 3
	causeOutOfResource     = 4
	causeNoUserData        = 9
	causeUserAbort         = 12
	causeProtocolViolation = 13
)

// maxReason bounds the text of a sent or received abort, in octets.
const maxReason = 512

var causeNames = map[uint16]string{
	causeInvalidStream:     "invalid stream identifier",
	2:                      "missing mandatory parameter",
	causeStaleCookie:       "stale cookie",
	causeOutOfResource:     "out of resource",
	5:                      "unresolvable address",
	6:                      "unrecognized chunk type",
	7:                      "invalid mandatory parameter",
	8:                      "unrecognized parameters",
	causeNoUserData:        "no user data",
	10:                     "cookie received while shutting down",
	11:                     "restart with new addresses",
	causeProtocolViolation: "protocol violation",
}

// appendCause appends an error cause with a text.
func appendCause(b []byte, code uint16, text string) []byte {
	text = text[:min(len(text), maxReason)]
	n := 4 + len(text)
	b = binary.BigEndian.AppendUint16(b, code)
	b = binary.BigEndian.AppendUint16(b, uint16(n))
	b = append(b, text...)
	return append(b, make([]byte, padding(n))...)
}

// isStaleCookie reports whether the value of an ERROR chunk begins with the cause Stale Cookie Error.
func isStaleCookie(b []byte) bool {
	return len(b) >= 4 && binary.BigEndian.Uint16(b) == causeStaleCookie
}

// abortReason describes the first error cause in the value of an ABORT or ERROR chunk:
// the upper layer's text, or the name of the cause with its text.
func abortReason(b []byte) string {
	if len(b) < 4 {
		return ""
	}
	code := binary.BigEndian.Uint16(b)
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n < 4 || n > len(b) {
		return ""
	}
	text := b[4:n]
	text = text[:min(len(text), maxReason)]
	switch code {
	case causeUserAbort:
		return stripControls(text)
	case causeProtocolViolation, causeOutOfResource:
		if s := stripControls(text); s != "" {
			return causeNames[code] + ": " + s
		}
		return causeNames[code]
	}
	if name, ok := causeNames[code]; ok {
		return name
	}
	return fmt.Sprintf("error cause %d", code)
}

// stripControls makes a peer's text safe for logs.
func stripControls(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(b), ""))
}
