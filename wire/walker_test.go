package wire_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
)

// The three ways to walk find the same, with places.
func TestWalk(t *testing.T) {
	t.Parallel()
	in := unhex(t, "00090005 41000000"+"000d0004"+"80990006 01020000"+"000e0008 00000001")
	want := []wire.RawParam{
		{Type: wire.ParamPoolHandle, Offset: 100, Value: []byte("A")},
		{Type: wire.ParamCookie, Offset: 108, Value: []byte{}},
		{Type: 0x8099, Offset: 112, Value: []byte{1, 2}},
		{Type: wire.ParamPEIdentifier, Offset: 120, Value: []byte{0, 0, 0, 1}},
	}
	outer := wire.RawParam{Type: 0x99, Offset: 88, Value: append(make([]byte, 8), in...)}
	var seqs, walks [][]wire.RawParam
	for _, seq := range []func(func(wire.RawParam, error) bool){wire.ParamsAt(in, 100), outer.Nested(8)} {
		var got []wire.RawParam
		for p, err := range seq {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p)
		}
		seqs = append(seqs, got)
	}
	for _, w := range []wire.Walker{wire.Walk(in, 100), outer.Walk(8)} {
		var got []wire.RawParam
		for w.Next() {
			got = append(got, w.Param)
		}
		if err := w.Err(); err != nil || w.Next() {
			t.Errorf("%v, or no end", err)
		}
		walks = append(walks, got)
	}
	for _, got := range append(seqs, walks...) {
		if len(got) != len(want) {
			t.Fatalf("%d parameters, want %d", len(got), len(want))
		}
		for i := range want {
			if got[i].Type != want[i].Type || got[i].Offset != want[i].Offset || !bytes.Equal(got[i].Value, want[i].Value) {
				t.Errorf("%d: %+v, want %+v", i, got[i], want[i])
			}
		}
	}
}

// A value is a view: it is the input's memory, but appending to it does not overwrite
// what is behind.
func TestWalkIsAView(t *testing.T) {
	t.Parallel()
	in := unhex(t, "00090005 41000000"+"000d0004")
	w := wire.Walk(in, 0)
	if !w.Next() {
		t.Fatal(w.Err())
	}
	if &w.Param.Value[0] != &in[4] {
		t.Error("the value was copied")
	}
	_ = append(w.Param.Value, 0xff)
	if in[5] != 0 {
		t.Error("appending to the value changed the input")
	}
	kept := w.Param.Retain()
	in[4] = 'B'
	if kept.Value[0] != 'A' || kept.Offset != 0 {
		t.Errorf("%+v does not own its value", kept)
	}
}

// A walk that is left early, and one that has not begun, have no error.
func TestWalkLeftEarly(t *testing.T) {
	t.Parallel()
	in := unhex(t, "00090005 41000000"+"000d0004"+"0099")
	w := wire.Walk(in, 0)
	if err := w.Err(); err != nil {
		t.Error(err)
	}
	for w.Next() {
		if w.Param.Type == wire.ParamPoolHandle {
			break
		}
	}
	if err := w.Err(); err != nil {
		t.Error(err)
	}
	n := 0
	for range wire.Params(in) {
		if n++; n == 1 {
			break
		}
	}
	var last error
	for _, err := range wire.Params(in) {
		last = err
	}
	var syntax *wire.SyntaxError
	if !errors.As(last, &syntax) || syntax.Offset != 12 || !errors.Is(last, wire.ErrTruncated) {
		t.Errorf("%v, want damage at 12", last)
	}
}

func TestSkipBeyondTheEnd(t *testing.T) {
	t.Parallel()
	p := wire.RawParam{Type: 1, Value: []byte{1, 2}}
	for q, err := range p.Nested(4) {
		t.Errorf("%+v, %v", q, err)
	}
}

// Parameters made by hand may be too long to be one; complaining must not panic.
func TestComplainOfLongParam(t *testing.T) {
	t.Parallel()
	p := wire.RawParam{Type: wire.ParamPEIdentifier, Value: make([]byte, 0x12345)}
	if _, err := wire.ParsePEID(p); !errors.Is(err, wire.ErrBadLength) {
		t.Error(err)
	}
}

func TestBuildFromParts(t *testing.T) {
	t.Parallel()
	b := wire.BeginMessage([]byte("abc"), 0x0a, 0)
	b = append(b, 0, 0, 0, 1)
	wire.SetFlags(b, 3, 0x55)
	b, err := wire.EndMessage(b, 3)
	if want := "abc\x0a\x55\x00\x08\x00\x00\x00\x01"; err != nil || string(b) != want {
		t.Errorf("%q, %v, want %q", b, err, want)
	}
	long := append(wire.BeginMessage(nil, 1, 0), make([]byte, 0xfffc)...)
	if _, err := wire.EndMessage(long, 0); !errors.Is(err, wire.ErrTooLong) {
		t.Error(err)
	}
}
