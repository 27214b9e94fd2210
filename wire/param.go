package wire

import (
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/rserpool-go/rserpool/wire/internal/tlv"
)

// RawParam is a parameter or error cause as it stands in a message.
type RawParam struct {
	Type ParamType
	// Value is the content behind the header, without padding. From [Params] it
	// is a part of the input; in a field Unknown it is a copy.
	Value []byte
	// Offset is where the parameter starts, in octets from the start of what was
	// walked (see [ParamsAt]). It is 0 in a field Unknown, and not encoded.
	Offset int
}

// Params walks the parameters in b, one behind the other, each padded to 4 octets;
// the padding of the last may be missing. At the first damage it yields a
// *[SyntaxError] and ends.
func Params(b []byte) iter.Seq2[RawParam, error] {
	return func(yield func(RawParam, error) bool) { walk(b, 0, yield) }
}

// ParamsAt is Params with base added to all offsets: the place of b in the
// message that it is a part of.
func ParamsAt(b []byte, base int) iter.Seq2[RawParam, error] {
	return func(yield func(RawParam, error) bool) { walk(b, base, yield) }
}

// Nested walks the parameters inside p behind a fixed part of skip octets, with
// offsets from where p's own is counted.
func (p RawParam) Nested(skip int) iter.Seq2[RawParam, error] {
	return ParamsAt(p.Value[min(skip, len(p.Value)):], p.Offset+tlv.HeaderLen+skip)
}

func walk(b []byte, base int, yield func(RawParam, error) bool) {
	for off := 0; off < len(b); {
		p, n, err := next(b[off:], base+off)
		if !yield(p, err) || err != nil {
			return
		}
		off += n
	}
}

// next returns the first parameter in b and how many octets it takes with its
// padding. The count may exceed len(b) by missing padding.
func next(b []byte, offset int) (p RawParam, n int, err error) {
	if len(b) < tlv.HeaderLen {
		return p, 0, &SyntaxError{Offset: offset, TLV: clone(b), Err: ErrTruncated}
	}
	typ := ParamType(binary.BigEndian.Uint16(b))
	length := int(binary.BigEndian.Uint16(b[2:]))
	if length < tlv.HeaderLen {
		return p, 0, &SyntaxError{Offset: offset + 2, Param: typ, TLV: clone(b[:tlv.HeaderLen]), Err: ErrBadLength}
	}
	if length > len(b) {
		return p, 0, &SyntaxError{Offset: offset, Param: typ, TLV: clone(b), Err: ErrTruncated}
	}
	return RawParam{Type: typ, Value: b[tlv.HeaderLen:length:length], Offset: offset}, (length + 3) &^ 3, nil
}

// AppendBinary appends the parameter with its header and padding. It fails with
// [ErrTooLong].
func (p RawParam) AppendBinary(b []byte) ([]byte, error) {
	start := len(b)
	b = append(tlv.Begin(b, uint16(p.Type)), p.Value...)
	return endParam(b, start, p.Type)
}

// Retain returns a copy of p to keep in a field Unknown: it owns its value, and
// has no offset.
func (p RawParam) Retain() RawParam {
	return RawParam{Type: p.Type, Value: clone(p.Value)}
}

// Fail returns a *[SyntaxError] for damage in p, at octets behind its header.
func (p RawParam) Fail(at int, err error) error {
	return &SyntaxError{Offset: p.Offset + tlv.HeaderLen + at, Param: p.Type, TLV: p.octets(), Err: err}
}

// missing returns a *[SyntaxError] that says that p lacks a parameter of a type.
func (p RawParam) missing(t ParamType) error {
	return &SyntaxError{Offset: p.Offset + tlv.HeaderLen + len(p.Value), Param: t, TLV: p.octets(), Err: ErrMissingParam}
}

// octets returns the parameter with its header, without padding.
func (p RawParam) octets() []byte {
	b, _ := p.AppendBinary(nil) // A parameter that was walked is not too long.
	return b[:tlv.HeaderLen+len(p.Value)]
}

// need fails unless p has n octets behind its header.
func (p RawParam) need(n int) error {
	if len(p.Value) < n {
		return p.Fail(len(p.Value), ErrBadLength)
	}
	return nil
}

// AppendParams appends the parameters one behind the other. It fails with
// [ErrTooLong].
func AppendParams(b []byte, params []RawParam) ([]byte, error) {
	var err error
	for _, p := range params {
		if b, err = p.AppendBinary(b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// endParam closes the parameter that starts at start and has only a value.
func endParam(b []byte, start int, typ ParamType) ([]byte, error) {
	return endNested(b, start, typ, nil)
}

// endNested closes a parameter that ends with others: its length does not count the
// padding of the last of them.
func endNested(b []byte, start int, typ ParamType, last []RawParam) ([]byte, error) {
	pad := 0
	if n := len(last); n > 0 {
		pad = -len(last[n-1].Value) & 3
	}
	b, err := tlv.End(b, start, pad)
	if err != nil {
		return nil, fmt.Errorf("wire: %v: %w", typ, ErrTooLong)
	}
	return b, nil
}

func clone(b []byte) []byte { return append([]byte{}, b...) }
