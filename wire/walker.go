package wire

import (
	"encoding/binary"
	"iter"

	"github.com/rserpool-go/rserpool/wire/internal/tlv"
)

// A Walker goes from parameter to parameter without copying. It is the one piece of
// code that reads the header of a parameter; [Params] is the same as an iterator, and
// the decoders use it directly because that takes less time:
//
//	w := wire.Walk(b, 0)
//	for w.Next() {
//		use(w.Param)
//	}
//	return w.Err()
//
// Copies of a Walker walk independently.
type Walker struct {
	// Param is the parameter that Next came to. Its value is a part of the input.
	Param RawParam

	rest   []byte // what is behind Param and its padding
	offset int    // of rest
	err    error
}

// Walk returns a Walker in front of the first of the parameters in b, one behind the
// other, each padded to 4 octets; the padding of the last may be missing. Offsets are
// counted from base, the place of b in the message that it is a part of.
func Walk(b []byte, base int) Walker {
	return Walker{rest: b, offset: base}
}

// Next goes on to the next parameter. It returns false at the end and at damage.
func (w *Walker) Next() bool {
	b := w.rest
	if len(b) < tlv.HeaderLen {
		return w.end()
	}
	length := int(binary.BigEndian.Uint16(b[2:]))
	if length < tlv.HeaderLen || length > len(b) {
		return w.end()
	}
	w.Param.Type = ParamType(binary.BigEndian.Uint16(b))
	w.Param.Value = b[tlv.HeaderLen:length:length]
	w.Param.Offset = w.offset
	n := min((length+3)&^3, len(b))
	w.rest = b[n:]
	w.offset += n
	return true
}

// Err returns the *[SyntaxError] that ended the walk, or nil.
func (w *Walker) Err() error { return w.err }

// end ends the walk: with an error unless nothing is left.
func (w *Walker) end() bool {
	b := w.rest
	w.rest = nil
	if len(b) == 0 {
		return false
	}
	e := &SyntaxError{Offset: w.offset, TLV: clone(b), Err: ErrTruncated}
	if len(b) >= tlv.HeaderLen {
		e.Param = ParamType(binary.BigEndian.Uint16(b))
		if binary.BigEndian.Uint16(b[2:]) < tlv.HeaderLen {
			e.Offset, e.TLV, e.Err = w.offset+2, clone(b[:tlv.HeaderLen]), ErrBadLength
		}
	}
	w.err = e
	return false
}

// Count returns how many parameters of a type there are from Param, which counts, to
// the end or damage. With it a list is allocated once, in proportion to the input.
func (w *Walker) Count(t ParamType) int {
	n := 0
	for c := *w; ; {
		if c.Param.Type == t {
			n++
		}
		if !c.Next() {
			return n
		}
	}
}

// Retain appends a copy of Param to the parameters kept in a field Unknown.
func (w *Walker) Retain(to []RawParam) []RawParam {
	if to == nil {
		n := 1
		for c := *w; c.Next(); {
			n++
		}
		to = make([]RawParam, 0, n)
	}
	return append(to, w.Param.Retain())
}

// Params walks the parameters in b, one behind the other, each padded to 4 octets;
// the padding of the last may be missing. At the first damage it yields a
// *[SyntaxError] and ends.
func Params(b []byte) iter.Seq2[RawParam, error] { return ParamsAt(b, 0) }

// ParamsAt is Params with base added to all offsets: the place of b in the
// message that it is a part of.
func ParamsAt(b []byte, base int) iter.Seq2[RawParam, error] {
	return func(yield func(RawParam, error) bool) {
		w := Walk(b, base)
		for w.Next() {
			if !yield(w.Param, nil) {
				return
			}
		}
		if w.err != nil {
			yield(RawParam{}, w.err)
		}
	}
}

// Nested walks the parameters inside p behind a fixed part of skip octets, with
// offsets from where p's own is counted.
func (p RawParam) Nested(skip int) iter.Seq2[RawParam, error] {
	return ParamsAt(p.Value[min(skip, len(p.Value)):], p.Offset+tlv.HeaderLen+skip)
}

// Walk is Nested with a Walker.
func (p RawParam) Walk(skip int) Walker {
	return Walk(p.Value[min(skip, len(p.Value)):], p.Offset+tlv.HeaderLen+skip)
}
