package main

import (
	"io"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/rserpool-go/rserpool/tools/internal/dissect"
)

// cborOutput writes a CBOR sequence (RFC 8742) of the objects that jsonOutput writes.
type cborOutput struct {
	w    io.Writer
	mode cbor.EncMode
}

// cborRecord is a message.
type cborRecord struct {
	Frame    int            `cbor:"frame"`
	Time     string         `cbor:"time,omitempty"`
	Src      string         `cbor:"src"`
	Dst      string         `cbor:"dst"`
	PPID     *uint32        `cbor:"ppid,omitempty"`
	Protocol string         `cbor:"protocol"`
	Message  string         `cbor:"message"`
	Length   int            `cbor:"length"`
	Fields   map[string]any `cbor:"fields"`
	Error    *cborError     `cbor:"error,omitempty"`
}

type cborError struct {
	Offset int    `cbor:"offset"`
	Text   string `cbor:"text"`
}

// cborOptions make the same octets from the same message: deterministic encoding
// (RFC 8949, 4.2.1), without tags.
func cborOptions() cbor.EncOptions {
	return cbor.EncOptions{
		Sort:          cbor.SortCoreDeterministic,
		ShortestFloat: cbor.ShortestFloat16,
		NaNConvert:    cbor.NaNConvert7e00,
		InfConvert:    cbor.InfConvertFloat16,
		IndefLength:   cbor.IndefLengthForbidden,
		TagsMd:        cbor.TagsForbidden,
	}
}

// end writes nothing: each message was written at once.
func (o *cborOutput) end() error { return nil }

func (o *cborOutput) write(m *message) error {
	if o.mode == nil {
		mode, err := cborOptions().EncMode()
		if err != nil {
			return err
		}
		o.mode = mode
	}
	out := cborRecord{
		Frame: m.Frame, Src: m.Src.String(), Dst: m.Dst.String(), Protocol: string(m.Protocol), Message: m.Name,
		Length: len(m.Octets), Fields: plainMap(m.Fields()),
	}
	if !m.Time.IsZero() {
		out.Time = m.Time.UTC().Format(time.RFC3339Nano)
	}
	if hasPPID(m) {
		out.PPID = &m.PPID
	}
	if m.Err != nil {
		out.Error = &cborError{Offset: m.ErrorOffset(), Text: m.ErrorText()}
	}
	b, err := o.mode.Marshal(out)
	if err != nil {
		return err
	}
	_, err = o.w.Write(b)
	return err
}

// plainMap returns fields as maps and slices.
func plainMap(t dissect.Tree) map[string]any {
	m := make(map[string]any, len(t))
	for i := range t {
		if !t[i].Framing {
			m[t[i].Name] = plain(t[i].Value)
		}
	}
	return m
}

func plain(value any) any {
	switch v := value.(type) {
	case dissect.Tree:
		return plainMap(v)
	case dissect.List:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i].Value)
		}
		return list
	}
	return value
}
