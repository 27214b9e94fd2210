package wire

import (
	"log/slog"
	"strconv"
	"unicode/utf8"

	"github.com/rserpool-go/rserpool/wire/internal/tlv"
)

// PoolHandle names a pool: 1 or more octets of any value (RFC 5354, 3.9). The type is a
// string because handles are keys; they need not be text.
type PoolHandle string

// MaxPoolHandleLen is the largest length, in octets, that a registrar accepts.
// The RFCs set no limit; RSPLIB does not survive more.
const MaxPoolHandleLen = 32

// String returns the handle unchanged if all its characters are printable, else quoted.
func (h PoolHandle) String() string {
	for _, r := range string(h) {
		if r == utf8.RuneError || !strconv.IsPrint(r) {
			return strconv.Quote(string(h))
		}
	}
	return string(h)
}

// LogValue implements [slog.LogValuer].
func (h PoolHandle) LogValue() slog.Value { return slog.StringValue(h.String()) }

// AppendBinary appends a Pool Handle parameter. It fails with [ErrRange] for an
// empty handle, and with [ErrTooLong].
func (h PoolHandle) AppendBinary(b []byte) ([]byte, error) {
	if h == "" {
		return nil, outOfRange(ParamPoolHandle, "empty")
	}
	start := len(b)
	return endParam(append(tlv.Begin(b, uint16(ParamPoolHandle)), h...), start, ParamPoolHandle, 0)
}

// ParsePoolHandle decodes a Pool Handle parameter.
func ParsePoolHandle(p RawParam) (PoolHandle, error) {
	if err := p.need(1); err != nil {
		return "", err
	}
	return PoolHandle(p.Value), nil
}
