// Package params encodes and decodes messages with their parameters.
package params

import "github.com/rserpool-go/rserpool/wire"

// A Reader decodes the parameters of a message into its struct:
//
//	var r params.Reader
//	for r.Begin(body, base); r.Next(); {
//		switch {
//		case r.Once(wire.ParamPoolHandle):
//			m.PoolHandle, r.Err = wire.ParsePoolHandle(r.Param)
//		case r.Each(wire.ParamPoolElement):
//			r.Err = params.Extend(&r, &m.PoolElements).Parse(r.Param)
//		default:
//			m.Unknown = r.Retain(m.Unknown)
//		}
//	}
//	return r.End(wire.ParamPoolHandle)
type Reader struct {
	wire.Walker
	// Err ends the loop if it is not nil. End returns it.
	Err error

	seen uint64 // the types decoded so far, a bit each
	end  int    // the offset of the end of the message
}

// Begin puts a Reader that is zero in front of the parameters in body, which is at offset
// base of the message.
func (r *Reader) Begin(body []byte, base int) {
	r.Reset(body, base)
	r.end = base + len(body)
}

// Next goes on to the next parameter. It returns false at the end and after an error.
func (r *Reader) Next() bool { return r.Err == nil && r.Walker.Next() }

// Once reports whether Param is of type t, which may stand once in a message. The second
// parameter of the type is an error.
func (r *Reader) Once(t wire.ParamType) bool {
	if r.Param.Type != t {
		return false
	}
	if r.Seen(t) {
		r.Err = r.Param.Repeated()
		return false
	}
	r.seen |= bit(t)
	return true
}

// Each reports whether Param is of type t, which may stand several times.
func (r *Reader) Each(t wire.ParamType) bool {
	if r.Param.Type != t {
		return false
	}
	r.seen |= bit(t)
	return true
}

// Seen reports whether Once or Each has returned true for a type.
func (r *Reader) Seen(t wire.ParamType) bool { return r.seen&bit(t) != 0 }

// End returns the error of the message: Err, damage, or a required parameter that is
// missing.
func (r *Reader) End(required ...wire.ParamType) error {
	if r.Err != nil {
		return r.Err
	}
	if err := r.Walker.Err(); err != nil {
		return err
	}
	for _, t := range required {
		if !r.Seen(t) {
			return &wire.SyntaxError{Offset: r.end, Param: t, Err: wire.ErrMissingParam}
		}
	}
	return nil
}

// bit returns the bit of a type in Reader.seen. It differs for all types of messages.
func bit(t wire.ParamType) uint64 { return 1 << (t % 64) }

// Extend makes the list longer by an item and returns that item. The first time it makes
// room for all parameters of the type that follow.
func Extend[T any](r *Reader, list *[]T) *T {
	if *list == nil {
		*list = make([]T, 0, r.Count())
	}
	var zero T
	*list = append(*list, zero)
	return &(*list)[len(*list)-1]
}
