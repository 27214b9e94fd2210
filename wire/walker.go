package wire

import (
	"encoding/binary"
	"iter"

	"github.com/rserpool-go/rserpool/wire/internal/tlv"
)

// A Walker goes from parameter to parameter without copying. No other code reads the
// header of a parameter: [Params] is an iterator over a Walker, and the decoders use
// Walkers directly because that takes less time:
//
//	w := wire.Walk(b, 0)
//	for w.Next() {
//		use(w.Param)
//	}
//	return w.Err()
//
// Copies of a Walker walk independently.
type Walker struct {
	// Param is the current parameter. Its value is a part of the input.
	Param RawParam

	rest   []byte // the input behind Param and its padding
	offset int    // of rest
}

// Walk returns a Walker in front of the parameters in b, each padded to 4 octets; the
// padding of the last may be missing. Offsets are counted from base, the offset of b in
// its message.
func Walk(b []byte, base int) Walker {
	return Walker{rest: b, offset: base}
}

// Reset puts the Walker in front of the parameters in b. It is [Walk] without a copy of
// the Walker, for a Walker in a struct.
func (w *Walker) Reset(b []byte, base int) { w.rest, w.offset = b, base }

// Next goes on to the next parameter. It returns false at the end and at damage.
func (w *Walker) Next() bool {
	b := w.rest
	if len(b) < tlv.HeaderLen {
		return false
	}
	length := int(binary.BigEndian.Uint16(b[2:]))
	if length < tlv.HeaderLen || length > len(b) {
		return false
	}
	w.Param = RawParam{
		Type:   ParamType(binary.BigEndian.Uint16(b)),
		Offset: int32(w.offset),
		Value:  b[tlv.HeaderLen:length:length],
	}
	n := min((length+3)&^3, len(b))
	w.rest = b[n:]
	w.offset += n
	return true
}

// Err returns a *[SyntaxError] if Next returned false because of damage, else nil.
func (w *Walker) Err() error {
	b := w.rest
	switch {
	case len(b) == 0:
		return nil
	case len(b) < tlv.HeaderLen:
		return &SyntaxError{Offset: w.offset, TLV: clone(b), Err: ErrTruncated}
	}
	e := &SyntaxError{Offset: w.offset, Param: ParamType(binary.BigEndian.Uint16(b))}
	switch length := int(binary.BigEndian.Uint16(b[2:])); {
	case length < tlv.HeaderLen:
		e.Offset, e.TLV, e.Err = w.offset+2, clone(b[:tlv.HeaderLen]), ErrBadLength
	case length > len(b):
		e.TLV, e.Err = clone(b), ErrTruncated
	default:
		return nil // The caller has not walked to the end.
	}
	return e
}

// Count returns the number of parameters of Param's type, Param included, up to the end
// or damage. It lets a decoder allocate a list once, in proportion to the input.
func (w *Walker) Count() int {
	n := 1
	for c := Walk(w.rest, 0); c.Next(); {
		if c.Param.Type == w.Param.Type {
			n++
		}
	}
	return n
}

// Retain appends a copy of Param to the parameters kept in a field Unknown.
func (w *Walker) Retain(to []RawParam) []RawParam {
	if to == nil {
		n := 1
		for c := Walk(w.rest, 0); c.Next(); {
			n++
		}
		to = make([]RawParam, 0, n)
	}
	return append(to, w.Param.Retain())
}

// Params walks the parameters in b, each padded to 4 octets; the padding of the last may
// be missing. At the first damage it yields a *[SyntaxError] and ends.
func Params(b []byte) iter.Seq2[RawParam, error] { return ParamsAt(b, 0) }

// ParamsAt is Params with base, the offset of b in its message, added to all offsets.
func ParamsAt(b []byte, base int) iter.Seq2[RawParam, error] {
	return func(yield func(RawParam, error) bool) {
		w := Walk(b, base)
		for w.Next() {
			if !yield(w.Param, nil) {
				return
			}
		}
		if err := w.Err(); err != nil {
			yield(RawParam{}, err)
		}
	}
}

// Nested walks the parameters inside p behind a fixed part of skip octets. Offsets count
// from the same start as p's own offset.
func (p RawParam) Nested(skip int) iter.Seq2[RawParam, error] {
	return ParamsAt(p.Value[min(skip, len(p.Value)):], int(p.Offset)+tlv.HeaderLen+skip)
}

// Walk is Nested with a Walker.
func (p RawParam) Walk(skip int) Walker {
	return Walk(p.Value[min(skip, len(p.Value)):], int(p.Offset)+tlv.HeaderLen+skip)
}
