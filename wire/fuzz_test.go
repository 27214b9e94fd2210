package wire_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// A walk goes on with every step, stays inside the input, and ends at its end or with
// an error; what it yields is encoded as it was, but for the padding.
func FuzzWalk(f *testing.F) {
	for _, v := range wiretest.Vectors(f, "") {
		f.Add(v.Bytes()[wire.MessageHeaderLen:])
	}
	b, err := wire.AppendParams(nil, wiretest.Unknown)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		const base = 12
		w := wire.Walk(b, base)
		end := 0
		var params []wire.RawParam
		for w.Next() {
			p := w.Param
			if int(p.Offset) != base+end || end+4+len(p.Value) > len(b) {
				t.Fatalf("%+v after octet %d of %d", p, end, len(b))
			}
			end = min(end+4+(len(p.Value)+3)&^3, len(b))
			params = append(params, p)
		}
		var syntax *wire.SyntaxError
		switch err := w.Err(); {
		case err == nil && end != len(b):
			t.Fatalf("stopped at octet %d of %d", end, len(b))
		case err != nil && (!errors.As(err, &syntax) || syntax.Offset < base+end || syntax.Offset > base+len(b)):
			t.Fatalf("stopped at octet %d of %d with %v", end, len(b), err)
		}
		out, err := wire.AppendParams(nil, params)
		if err != nil {
			t.Fatal(err)
		}
		w = wire.Walk(out, base)
		for _, p := range params {
			if !w.Next() || w.Param.Type != p.Type || w.Param.Offset != p.Offset || !bytes.Equal(w.Param.Value, p.Value) {
				t.Fatalf("%+v became %+v", p, w.Param)
			}
		}
	})
}

func FuzzPoolElement(f *testing.F) {
	for _, e := range wiretest.PoolElements() {
		seed(f)(e.AppendBinary(nil))
	}
	f.Fuzz(func(t *testing.T, _ uint16, value []byte) {
		roundTrip(t, wire.ParamPoolElement, value, wire.ParsePoolElement,
			func(e wire.PoolElement, b []byte) ([]byte, error) { return e.AppendBinary(b) })
	})
}

func FuzzServerInformation(f *testing.F) {
	for _, s := range wiretest.Servers() {
		seed(f)(s.AppendBinary(nil))
	}
	f.Fuzz(func(t *testing.T, _ uint16, value []byte) {
		roundTrip(t, wire.ParamServerInformation, value, wire.ParseServerInformation,
			func(s wire.ServerInformation, b []byte) ([]byte, error) { return s.AppendBinary(b) })
	})
}

func FuzzTransport(f *testing.F) {
	for _, tr := range wiretest.Transports() {
		seed(f)(tr.AppendBinary(nil))
	}
	f.Fuzz(func(t *testing.T, typ uint16, value []byte) {
		roundTrip(t, wire.ParamType(typ), value, wire.ParseTransport,
			func(tr wire.Transport, b []byte) ([]byte, error) { return tr.AppendBinary(b) })
	})
}

func FuzzPolicy(f *testing.F) {
	for _, p := range wiretest.Policies() {
		seed(f)(p.AppendBinary(nil))
	}
	f.Fuzz(func(t *testing.T, _ uint16, value []byte) {
		roundTrip(t, wire.ParamPolicy, value, wire.ParsePolicy,
			func(p wire.Policy, b []byte) ([]byte, error) { return p.AppendBinary(b) })
	})
}

func FuzzOperationError(f *testing.F) {
	seed(f)(wire.AppendOperationError(nil, wiretest.SampleCauses()))
	f.Fuzz(func(t *testing.T, _ uint16, value []byte) {
		roundTrip(t, wire.ParamOperationError, value, wire.ParseOperationError,
			func(c []wire.ErrorCause, b []byte) ([]byte, error) { return wire.AppendOperationError(b, c) })
	})
}

// The parameters that have a single field.
func FuzzField(f *testing.F) {
	seed(f)(wire.PoolHandle("EchoPool").AppendBinary(nil))
	seed(f)(wire.PEID(0xfffffffe).AppendBinary(nil))
	seed(f)(wire.AppendCookie(nil, []byte("biscuit")))
	seed(f)(wire.AppendChecksum(nil, 0x29a5))
	seed(f)(wire.AppendItems(nil, 3))
	f.Fuzz(func(t *testing.T, typ uint16, value []byte) {
		switch typ := wire.ParamType(typ); typ {
		case wire.ParamPoolHandle:
			roundTrip(t, typ, value, wire.ParsePoolHandle,
				func(h wire.PoolHandle, b []byte) ([]byte, error) { return h.AppendBinary(b) })
		case wire.ParamPEIdentifier:
			roundTrip(t, typ, value, wire.ParsePEID,
				func(id wire.PEID, b []byte) ([]byte, error) { return id.AppendBinary(b) })
		case wire.ParamCookie:
			roundTrip(t, typ, value, wire.ParseCookie,
				func(c, b []byte) ([]byte, error) { return wire.AppendCookie(b, c) })
		case wire.ParamPEChecksum:
			roundTrip(t, typ, value, wire.ParseChecksum,
				func(sum uint16, b []byte) ([]byte, error) { return wire.AppendChecksum(b, sum) })
		case wire.ParamHandleResolutionOption:
			roundTrip(t, typ, value, wire.ParseItems,
				func(n uint32, b []byte) ([]byte, error) { return wire.AppendItems(b, n) })
		}
	})
}

// seed returns a function that adds an encoded parameter to the corpus, as its type and
// its value.
func seed(f *testing.F) func([]byte, error) {
	return func(b []byte, err error) {
		w := wire.Walk(b, 0)
		if err != nil || !w.Next() {
			f.Fatalf("%x, %v", b, err)
		}
		f.Add(uint16(w.Param.Type), w.Param.Value)
	}
}

// roundTrip tests what holds for the decoder of a parameter: what it takes stays the
// same when it is encoded and decoded, and damage is found inside the parameter.
func roundTrip[T any](t *testing.T, typ wire.ParamType, value []byte,
	parse func(wire.RawParam) (T, error), encode func(T, []byte) ([]byte, error),
) {
	t.Helper()
	p := wire.RawParam{Type: typ, Offset: 100, Value: value}
	v, err := parse(p)
	if err != nil {
		var syntax *wire.SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset < 100 || syntax.Offset > 104+len(value) {
			t.Fatalf("%+v: %v", p, err)
		}
		return
	}
	out, err := encode(v, nil)
	if errors.Is(err, wire.ErrTooLong) && len(value) > 0x8000 {
		return // The input did without padding.
	}
	if err != nil {
		t.Fatalf("%+v: %+v: %v", p, v, err)
	}
	w := wire.Walk(out, 0)
	if !w.Next() || w.Param.Type != p.Type || len(out)%4 != 0 {
		t.Fatalf("%+v: encoded as %x", p, out)
	}
	again, err := parse(w.Param)
	if err != nil || !reflect.DeepEqual(v, again) {
		t.Fatalf("%+v: %+v\nencoded as %x, parsed again %+v, %v", p, v, out, again, err)
	}
	twice, err := encode(again, nil)
	if err != nil || !bytes.Equal(out, twice) {
		t.Fatalf("%+v: encoded as %x, then as %x, %v", p, out, twice, err)
	}
}
