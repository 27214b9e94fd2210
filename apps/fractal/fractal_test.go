package fractal_test

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/rserpool-go/rserpool/apps/appmsg"
	"github.com/rserpool-go/rserpool/apps/appmsg/codectest"
	"github.com/rserpool-go/rserpool/apps/fractal"
)

var messages = codectest.Codec[fractal.Message]{Parse: fractal.Parse, Fields: func(m fractal.Message) map[string]any {
	f := map[string]any{"message_type": uint8(m.Type()), "message_flags": 0}
	switch m := m.(type) {
	case *fractal.Parameter:
		f["message_length"] = 60
		parameter(f, "parameter_", m)
	case *fractal.Data:
		var buffer []byte
		for _, v := range m.Points {
			buffer = binary.BigEndian.AppendUint32(buffer, v)
		}
		f["message_length"] = 16 + len(buffer)
		// The vectors come from JSON, where all numbers are floating-point.
		f["data_start_x"], f["data_start_y"], f["data_points"] = float64(m.StartX), float64(m.StartY), len(m.Points)
		if len(buffer) > 0 {
			f["buffer"] = codectest.Hex(buffer)
		}
	}
	return f
}}

func parameter(f map[string]any, prefix string, p *fractal.Parameter) {
	f[prefix+"width"], f[prefix+"height"] = p.Width, p.Height
	f[prefix+"maxiterations"], f[prefix+"algorithmid"] = p.MaxIterations, uint32(p.Algorithm)
	f[prefix+"c1real"], f[prefix+"c1imag"] = real(p.C1), imag(p.C1)
	f[prefix+"c2real"], f[prefix+"c2imag"] = real(p.C2), imag(p.C2)
	f[prefix+"n"] = p.N
}

var cookies = codectest.Codec[*fractal.Cookie]{
	Parse: func(b []byte) (*fractal.Cookie, error) {
		c, err := fractal.ParseCookie(b)
		return &c, err
	},
	Fields: func(c *fractal.Cookie) map[string]any {
		f := map[string]any{
			"id": fractal.CookieID, "current_x": c.CurrentX, "current_y": c.CurrentY,
			"parameter.type": uint8(c.Parameter.Type()), "parameter.flags": 0, "parameter.length": 4,
		}
		parameter(f, "parameter.", &c.Parameter)
		return f
	},
}

func TestVectors(t *testing.T) {
	messages.TestVectors(t, codectest.Vectors(t, "FractalGenerator"))
	cookies.TestVectors(t, codectest.Cookies(t, "FractalGenerator"))
}

func TestDamage(t *testing.T) {
	messages.TestDamage(t, codectest.Vectors(t, "FractalGenerator"))
	cookies.TestDamage(t, codectest.Cookies(t, "FractalGenerator"))
}

func FuzzParse(f *testing.F) {
	messages.Fuzz(f, codectest.Vectors(f, "FractalGenerator"),
		&fractal.Data{Points: make([]uint32, fractal.MaxPoints)}, &fractal.Parameter{N: math.NaN()})
}

func FuzzParseCookie(f *testing.F) {
	cookies.Fuzz(f, codectest.Cookies(f, "FractalGenerator"), &fractal.Cookie{})
}

func BenchmarkCodec(b *testing.B) {
	messages.Bench(b, codectest.Vectors(b, "FractalGenerator"))
	cookies.Bench(b, codectest.Cookies(b, "FractalGenerator"))
}

func TestFinalizer(t *testing.T) {
	t.Parallel()
	if !fractal.Finalizer().Final() {
		t.Error("the finalizer is not final")
	}
	for _, d := range []fractal.Data{{}, {StartX: math.MaxUint32, StartY: math.MaxUint32, Points: []uint32{1}}, {StartX: math.MaxUint32}} {
		if d.Final() {
			t.Errorf("%+v is final", d)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	data := func(points uint32, values int) []byte {
		b := appmsg.Begin(nil, uint8(fractal.TypeData), 0)
		b = append(b, make([]byte, 8)...)
		b = binary.BigEndian.AppendUint32(b, points)
		b, err := appmsg.End(append(b, make([]byte, 4*values)...), 0)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	cookie, _ := (&fractal.Cookie{}).AppendBinary(nil)
	bad := append([]byte(nil), cookie...)
	bad[8] = 2
	tests := map[string]struct {
		in     []byte
		cookie bool
		offset int
		err    error
	}{
		"too many points":        {data(325, 325), false, 12, appmsg.ErrBadValue},
		"most points":            {data(math.MaxUint32, 0), false, 12, appmsg.ErrBadValue},
		"more points than there": {data(2, 1), false, 2, appmsg.ErrBadLength},
		"short data":             {[]byte{2, 0, 0, 8, 0, 0, 0, 0}, false, 2, appmsg.ErrBadLength},
		"short parameter":        {[]byte{1, 0, 0, 8, 0, 0, 0, 0}, false, 2, appmsg.ErrBadLength},
		"type":                   {[]byte{0, 0, 0, 4}, false, 0, appmsg.ErrUnknownMessage},
		"cookie with surplus":    {append(append([]byte(nil), cookie...), 0), true, 76, appmsg.ErrBadLength},
		"cookie of another type": {bad, true, 8, appmsg.ErrUnknownMessage},
		"cookie of another kind": {make([]byte, 76), true, 0, appmsg.ErrBadValue},
	}
	for name, test := range tests {
		_, err := fractal.Parse(test.in)
		if test.cookie {
			_, err = fractal.ParseCookie(test.in)
		}
		var syntax *appmsg.SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset != test.offset || !errors.Is(err, test.err) {
			t.Errorf("%s: got %v, want offset %d: %v", name, err, test.offset, test.err)
		}
	}
	if _, err := (&fractal.Data{Points: make([]uint32, fractal.MaxPoints+1)}).AppendBinary(nil); !errors.Is(err, appmsg.ErrRange) {
		t.Errorf("too many points: got %v, want %v", err, appmsg.ErrRange)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	ok := fractal.Parameter{Width: fractal.MaxWidth, Height: fractal.MaxHeight, MaxIterations: fractal.MaxIterations}
	if err := ok.Check(); err != nil {
		t.Error(err)
	}
	for i := range 3 {
		p := ok
		*[]*uint32{&p.Width, &p.Height, &p.MaxIterations}[i]++
		if err := p.Check(); !errors.Is(err, appmsg.ErrRange) {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

// TestMinusZero holds that all bits of a number go over the wire.
func TestMinusZero(t *testing.T) {
	t.Parallel()
	b, _ := (&fractal.Parameter{N: math.Copysign(0, -1)}).AppendBinary(nil)
	m, err := fractal.Parse(b)
	if p, ok := m.(*fractal.Parameter); !ok || err != nil || !math.Signbit(p.N) {
		t.Errorf("%+v, %v", m, err)
	}
}
