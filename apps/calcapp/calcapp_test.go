package calcapp_test

import (
	"errors"
	"testing"

	"github.com/rserpool-go/rserpool/apps/appmsg"
	"github.com/rserpool-go/rserpool/apps/appmsg/codectest"
	"github.com/rserpool-go/rserpool/apps/calcapp"
)

var messages = codectest.Codec[*calcapp.Message]{
	Parse: func(b []byte) (*calcapp.Message, error) {
		m, err := calcapp.Parse(b)
		return &m, err
	},
	Fields: func(m *calcapp.Message) map[string]any {
		return map[string]any{
			"message_type": uint8(m.Type), "message_flags": 0, "message_length": 24, "message_jobid": m.JobID,
			// The vectors come from JSON, where all numbers are floating-point.
			"message_jobsize": float64(m.JobSize), "message_completed": float64(m.Completed),
		}
	},
}

var cookies = codectest.Codec[*calcapp.Cookie]{
	Parse: func(b []byte) (*calcapp.Cookie, error) {
		c, err := calcapp.ParseCookie(b)
		return &c, err
	},
	Fields: func(c *calcapp.Cookie) map[string]any {
		return map[string]any{"job_id": c.JobID, "job_size": float64(c.JobSize), "completed": float64(c.Completed)}
	},
}

func TestVectors(t *testing.T) {
	messages.TestVectors(t, codectest.Vectors(t, "CalcApp"))
	cookies.TestVectors(t, codectest.Cookies(t, "CalcApp"))
}

func TestDamage(t *testing.T) {
	messages.TestDamage(t, codectest.Vectors(t, "CalcApp"))
	cookies.TestDamage(t, codectest.Cookies(t, "CalcApp"))
}

func FuzzParse(f *testing.F) { messages.Fuzz(f, codectest.Vectors(f, "CalcApp")) }

func FuzzParseCookie(f *testing.F) { cookies.Fuzz(f, codectest.Cookies(f, "CalcApp")) }

func BenchmarkCodec(b *testing.B) {
	messages.Bench(b, codectest.Vectors(b, "CalcApp"))
	cookies.Bench(b, codectest.Cookies(b, "CalcApp"))
}

func TestErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in     []byte
		offset int
		err    error
	}{
		"type 0":  {make([]byte, 24), 2, appmsg.ErrBadLength},
		"type 8":  {[]byte{8, 0, 0, 4}, 0, appmsg.ErrUnknownMessage},
		"no type": {[]byte{0, 0, 0, 4}, 0, appmsg.ErrUnknownMessage},
		"short":   {[]byte{1, 0, 0, 8, 0, 0, 0, 0}, 2, appmsg.ErrBadLength},
	}
	for name, test := range tests {
		_, err := calcapp.Parse(test.in)
		var syntax *appmsg.SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset != test.offset || !errors.Is(err, test.err) {
			t.Errorf("%s: got %v, want offset %d: %v", name, err, test.offset, test.err)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for typ, want := range map[calcapp.Type]string{
		0: "CALCAPP(0x00)", calcapp.TypeRequest: "CALCAPP_REQUEST", calcapp.TypeKeepAliveAck: "CALCAPP_KEEP_ALIVE_ACK", 8: "CALCAPP(0x08)",
	} {
		if typ.String() != want {
			t.Errorf("got %v, want %s", typ, want)
		}
	}
}
