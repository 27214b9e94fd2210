package wire

import (
	"fmt"

	"github.com/rserpool-go/rserpool/wire/internal/tlv"
)

// RawParam is a parameter or error cause that is not decoded.
type RawParam struct {
	Type ParamType
	// Offset is the start of the parameter, in octets from the start of the input
	// (see [ParamsAt]). The offset is 0 in a field Unknown, and not encoded.
	Offset int32 // With 32 bits a RawParam fits into registers.
	// Value is the content behind the header, without padding. [Params] returns a
	// part of the input, and fields Unknown have copies.
	Value []byte
}

// AppendBinary appends the parameter with its header and padding. It fails with
// [ErrTooLong].
func (p RawParam) AppendBinary(b []byte) ([]byte, error) {
	start := len(b)
	b = append(tlv.Begin(b, uint16(p.Type)), p.Value...)
	return endParam(b, start, p.Type, 0)
}

// Retain returns a copy of p to keep in a field Unknown: it owns its value, and
// has no offset.
func (p RawParam) Retain() RawParam {
	return RawParam{Type: p.Type, Value: clone(p.Value)}
}

// Fail returns a *[SyntaxError] for damage in p, at octets behind its header.
func (p RawParam) Fail(at int, err error) error {
	return &SyntaxError{Offset: int(p.Offset) + tlv.HeaderLen + at, Param: p.Type, TLV: p.octets(), Err: err}
}

// Repeated returns a *[SyntaxError] that says that p is the second parameter of its
// type.
func (p RawParam) Repeated() error {
	return &SyntaxError{Offset: int(p.Offset), Param: p.Type, TLV: p.octets(), Err: ErrDuplicateParam}
}

// missing returns a *[SyntaxError] that says that p lacks a parameter of a type.
func (p RawParam) missing(t ParamType) error {
	return &SyntaxError{Offset: int(p.Offset) + tlv.HeaderLen + len(p.Value), Param: t, TLV: p.octets(), Err: ErrMissingParam}
}

// octets returns the parameter with its header, without padding.
func (p RawParam) octets() []byte {
	length := tlv.HeaderLen + len(p.Value)
	b := append(make([]byte, 0, length), byte(p.Type>>8), byte(p.Type), byte(length>>8), byte(length))
	return append(b, p.Value...)
}

// need fails unless p has n octets behind its header.
func (p RawParam) need(n int) error {
	if len(p.Value) < n {
		return p.Fail(len(p.Value), ErrBadLength)
	}
	return nil
}

// AppendParams appends the parameters in their order. It fails with [ErrTooLong].
func AppendParams(b []byte, params []RawParam) ([]byte, error) {
	var err error
	for _, p := range params {
		if b, err = p.AppendBinary(b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// endParam closes the parameter that starts at start. If its content ends with a nested
// parameter, pad is the padding of that, which the length does not count.
func endParam(b []byte, start int, typ ParamType, pad int) ([]byte, error) {
	b, err := tlv.End(b, start, pad)
	if err != nil {
		return nil, fmt.Errorf("wire: %v: %w", typ, ErrTooLong)
	}
	return b, nil
}

// outOfRange returns an [ErrRange] with the parameter and the reason.
func outOfRange(t ParamType, why string) error {
	return fmt.Errorf("wire: %v: %w: %s", t, ErrRange, why)
}

// padding returns how many octets of padding follow n octets.
func padding(n int) int { return -n & 3 }

// paddedLen returns the length of a parameter with n octets of content, with header and
// padding.
func paddedLen(n int) int { return tlv.HeaderLen + n + padding(n) }

// encodedLen returns the number of octets that AppendParams appends unless it fails.
func encodedLen(params []RawParam) (n int) {
	for _, p := range params {
		n += paddedLen(len(p.Value))
	}
	return n
}

// lastPadding returns the padding of the last of the parameters. If there are none, it
// returns before, the padding of the content in front.
func lastPadding(params []RawParam, before int) int {
	if n := len(params); n > 0 {
		return padding(len(params[n-1].Value))
	}
	return before
}

func clone(b []byte) []byte { return append([]byte{}, b...) }
