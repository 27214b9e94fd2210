package wire

import (
	"encoding/binary"
	"log/slog"
)

// PEID is a pool element identifier (RFC 5354, 3.14): unique in its pool, drawn at
// random, never 0.
type PEID uint32

// String returns the identifier as 0x and 8 hexadecimal digits.
func (id PEID) String() string { return hex32(uint32(id)) }

// LogValue implements [slog.LogValuer].
func (id PEID) LogValue() slog.Value { return slog.StringValue(id.String()) }

// AppendBinary appends a PE Identifier parameter.
func (id PEID) AppendBinary(b []byte) ([]byte, error) {
	return binary.BigEndian.AppendUint32(append(b, 0, byte(ParamPEIdentifier), 0, 8), uint32(id)), nil
}

// ParsePEID decodes a PE Identifier parameter.
func ParsePEID(p RawParam) (PEID, error) {
	if len(p.Value) != 4 {
		return 0, p.Fail(0, ErrBadLength)
	}
	return PEID(binary.BigEndian.Uint32(p.Value)), nil
}

// hex32 returns an identifier as 0x and 8 hexadecimal digits.
func hex32(id uint32) string {
	const digits = "0123456789abcdef"
	b := [...]byte{'0', 'x', 9: 0}
	for i := len(b) - 1; i > 1; i-- {
		b[i] = digits[id&0xf]
		id >>= 4
	}
	return string(b[:])
}
