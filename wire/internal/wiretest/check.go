package wiretest

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"errors"
	"iter"
	"reflect"
	"runtime"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
)

// A Parser is the function Parse of a message package.
type Parser[M encoding.BinaryAppender] func([]byte) (M, error)

// Check tests what holds for any input: either an error that tells where the damage is,
// and fits into an error message, or a message that owns its data and stays the same
// when it is encoded and decoded. It returns the message.
func Check[M encoding.BinaryAppender](tb testing.TB, in []byte, parse Parser[M]) (m M, err error) {
	tb.Helper()
	b := bytes.Clone(in)
	m, err = parse(b)
	if err != nil {
		checkError(tb, in, err)
		return m, err
	}
	for i := range b {
		b[i] ^= 0xff // The message must not notice.
	}
	out, encodeErr := m.AppendBinary(nil)
	if encodeErr != nil {
		// Only padding that the input did without can make it longer.
		if !errors.Is(encodeErr, wire.ErrTooLong) || len(in) < 0x8000 {
			tb.Fatalf("%x: parsed, but %v", in, encodeErr)
		}
		return m, nil
	}
	again, err := parse(out)
	if err != nil {
		tb.Fatalf("%x: encoded as %x: %v", in, out, err)
	}
	if !reflect.DeepEqual(m, again) {
		tb.Fatalf("%x: parsed\n%#v\nencoded as %x, parsed again\n%#v", in, m, out, again)
	}
	prefixed, err := again.AppendBinary([]byte("prefix"))
	if want := append([]byte("prefix"), out...); err != nil || !bytes.Equal(prefixed, want) {
		tb.Fatalf("%x: encoded as %x, then as %x, %v", in, want, prefixed, err)
	}
	return m, nil
}

func checkError(tb testing.TB, in []byte, err error) {
	tb.Helper()
	var syntax *wire.SyntaxError
	if !errors.As(err, &syntax) {
		tb.Fatalf("%x: %T: %v", in, err, err)
	}
	if syntax.Offset < 0 || syntax.Offset > len(in) || syntax.Err == nil {
		tb.Fatalf("%x: %d octets: %+v", in, len(in), syntax)
	}
	if len(syntax.TLV) > 0 && !bytes.Contains(in, syntax.TLV) {
		tb.Fatalf("%x: complains of %x, which is not there", in, syntax.TLV)
	}
	if _, err := wire.AppendOperationError(nil, []wire.ErrorCause{syntax.Cause()}); err != nil {
		tb.Fatalf("%x: %v cannot be reported: %v", in, syntax, err)
	}
}

// Mutations yields damaged copies of a message: every truncation, as it is and with a
// length that fits; every bit flipped; every aligned pair of octets replaced by lengths
// that are likely to hurt. The slice is valid until the next.
func Mutations(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		c := make([]byte, len(b))
		for n := range len(b) {
			copy(c, b)
			if !yield(c[:n:n]) {
				return
			}
			if n < wire.MessageHeaderLen {
				continue
			}
			binary.BigEndian.PutUint16(c[2:], uint16(n))
			if !yield(c[:n:n]) {
				return
			}
		}
		for i := range len(b) * 8 {
			copy(c, b)
			c[i/8] ^= 0x80 >> (i % 8)
			if !yield(c) {
				return
			}
		}
		for i := 0; i+1 < len(b); i += 2 {
			was := int(binary.BigEndian.Uint16(b[i:]))
			for _, lie := range []int{0, 1, 3, 4, 5, 8, was - 4, was - 1, was + 1, was + 4, 0x7fff, 0xfffc, 0xffff} {
				copy(c, b)
				binary.BigEndian.PutUint16(c[i:], uint16(lie))
				if !yield(c) {
					return
				}
			}
		}
	}
}

// AllocFactor and AllocConst bound what a decoder may allocate: that many octets for
// each octet of input, and so many for the message and an error.
const (
	AllocFactor = 16
	AllocConst  = 1024
)

// CheckAlloc fails if parse allocates more than the bound. Only one test at a time can
// use it.
func CheckAlloc[M encoding.BinaryAppender](tb testing.TB, name string, in []byte, parse Parser[M]) {
	tb.Helper()
	bound := uint64(AllocFactor*len(in) + AllocConst)
	var got uint64
	for range 5 { // The runtime allocates too, at times.
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := parse(in)
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(err)
		if got = after.TotalAlloc - before.TotalAlloc; got <= bound {
			return
		}
	}
	tb.Errorf("%s: %d octets of input made it allocate %d, more than %d", name, len(in), got, bound)
}
