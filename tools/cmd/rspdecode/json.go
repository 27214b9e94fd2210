package main

import (
	"io"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
)

// jsonOutput writes an object for each message, on a line. Fields keep the order of
// the message, which encoding/json does not do for maps.
type jsonOutput struct {
	w   io.Writer
	buf []byte
}

// end writes nothing: each message was written at once.
func (o *jsonOutput) end() error { return nil }

func (o *jsonOutput) write(m *message) error {
	b := append(o.buf[:0], `{"frame":`...)
	b = strconv.AppendInt(b, int64(m.Frame), 10)
	if !m.Time.IsZero() {
		b = append(b, `,"time":"`...)
		b = append(m.Time.UTC().AppendFormat(b, time.RFC3339Nano), '"')
	}
	b = m.Src.AppendTo(append(b, `,"src":"`...))
	b = m.Dst.AppendTo(append(b, `","dst":"`...))
	b = append(b, '"')
	if hasPPID(m) {
		b = strconv.AppendUint(append(b, `,"ppid":`...), uint64(m.PPID), 10)
	}
	b = appendString(append(b, `,"protocol":`...), string(m.Protocol))
	b = appendString(append(b, `,"message":`...), m.Name)
	b = strconv.AppendInt(append(b, `,"length":`...), int64(len(m.Octets)), 10)
	b = appendJSON(append(b, `,"fields":`...), m.Fields())
	if m.Err != nil {
		b = strconv.AppendInt(append(b, `,"error":{"offset":`...), int64(m.ErrorOffset()), 10)
		b = appendString(append(b, `,"text":`...), m.ErrorText())
		b = append(b, '}')
	}
	o.buf = append(b, '}', '\n')
	_, err := o.w.Write(o.buf)
	return err
}

// hasPPID reports whether what carried the message has payload protocol identifiers.
func hasPPID(m *message) bool {
	return m.Carrier == decode.OverSCTP || m.Carrier == decode.OverSCTPInUDP
}

// appendJSON appends a value of a field.
func appendJSON(b []byte, value any) []byte {
	switch v := value.(type) {
	case dissect.Tree:
		b = append(b, '{')
		separator := ""
		for i := range v {
			if v[i].Framing {
				continue
			}
			b = appendString(append(b, separator...), v[i].Name)
			b = appendJSON(append(b, ':'), v[i].Value)
			separator = ","
		}
		return append(b, '}')
	case dissect.List:
		b = append(b, '[')
		for i := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, v[i].Value)
		}
		return append(b, ']')
	case string:
		return appendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case uint64:
		return strconv.AppendUint(b, v, 10)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) { // JSON has no such numbers
			return appendString(b, strconv.FormatFloat(v, 'g', -1, 64))
		}
		return strconv.AppendFloat(b, v, 'g', -1, 64)
	}
	return append(b, "null"...)
}

// appendString appends a string in quotes (RFC 8259, 7). What is not UTF-8 becomes
// the replacement character.
func appendString(b []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&0xf])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
