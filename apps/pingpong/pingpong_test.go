package pingpong_test

import (
	"errors"
	"testing"

	"github.com/rserpool-go/rserpool/apps/appmsg"
	"github.com/rserpool-go/rserpool/apps/appmsg/codectest"
	"github.com/rserpool-go/rserpool/apps/pingpong"
)

var messages = codectest.Codec[pingpong.Message]{Parse: pingpong.Parse, Fields: func(m pingpong.Message) map[string]any {
	f := map[string]any{"message_type": uint8(m.Type()), "message_flags": 0}
	switch m := m.(type) {
	case *pingpong.Ping:
		f["message_length"], f["ping_messageno"], f["ping_data"] = 12+len(m.Data), m.MessageNo, codectest.Hex(m.Data)
	case *pingpong.Pong:
		f["message_length"], f["pong_messageno"], f["pong_data"] = 20+len(m.Data), m.MessageNo, codectest.Hex(m.Data)
		f["pong_replyno"] = m.ReplyNo
	}
	return f
}}

var cookies = codectest.Codec[*pingpong.Cookie]{
	Parse: func(b []byte) (*pingpong.Cookie, error) {
		c, err := pingpong.ParseCookie(b)
		return &c, err
	},
	Fields: func(c *pingpong.Cookie) map[string]any {
		return map[string]any{"id": pingpong.CookieID, "reply_no": c.ReplyNo}
	},
}

func TestVectors(t *testing.T) {
	messages.TestVectors(t, codectest.Vectors(t, "PingPong"))
	cookies.TestVectors(t, codectest.Cookies(t, "PingPong"))
}

func TestDamage(t *testing.T) {
	messages.TestDamage(t, codectest.Vectors(t, "PingPong"))
	cookies.TestDamage(t, codectest.Cookies(t, "PingPong"))
}

func FuzzParse(f *testing.F) {
	messages.Fuzz(f, codectest.Vectors(f, "PingPong"), &pingpong.Ping{}, &pingpong.Pong{})
}

func FuzzParseCookie(f *testing.F) {
	cookies.Fuzz(f, codectest.Cookies(f, "PingPong"), &pingpong.Cookie{})
}

func BenchmarkCodec(b *testing.B) {
	messages.Bench(b, codectest.Vectors(b, "PingPong"))
	cookies.Bench(b, codectest.Cookies(b, "PingPong"))
}

func TestErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in     string
		offset int
		err    error
	}{
		"empty":                      {"", 0, appmsg.ErrTruncated},
		"type":                       {"\x03\x00\x00\x04", 0, appmsg.ErrUnknownMessage},
		"length of less than header": {"\x01\x00\x00\x03", 2, appmsg.ErrBadLength},
		"ping without number":        {"\x01\x00\x00\x0b1234567", 2, appmsg.ErrBadLength},
		"pong without reply number":  {"\x02\x00\x00\x0c12345678", 2, appmsg.ErrBadLength},
		"more than was received":     {"\x01\x00\x10\x0012345678", 12, appmsg.ErrTruncated},
	}
	for name, test := range tests {
		_, err := pingpong.Parse([]byte(test.in))
		var syntax *appmsg.SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset != test.offset || !errors.Is(err, test.err) {
			t.Errorf("%s: got %v, want offset %d: %v", name, err, test.offset, test.err)
		}
	}
}

func TestSurplusIsIgnored(t *testing.T) {
	t.Parallel()
	m, err := pingpong.Parse([]byte("\x01\x00\x00\x0d12345678ab"))
	if ping, ok := m.(*pingpong.Ping); !ok || err != nil || string(ping.Data) != "a" {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestTooLong(t *testing.T) {
	t.Parallel()
	most := make([]byte, pingpong.MaxDataLen)
	if _, err := (&pingpong.Pong{Data: most}).AppendBinary(nil); err != nil {
		t.Error(err)
	}
	if _, err := (&pingpong.Pong{Data: append(most, 0)}).AppendBinary(nil); !errors.Is(err, appmsg.ErrTooLong) {
		t.Errorf("got %v, want %v", err, appmsg.ErrTooLong)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for typ, want := range map[pingpong.Type]string{
		pingpong.TypePing: "PINGPONG_PING", pingpong.TypePong: "PINGPONG_PONG", 9: "PINGPONG(0x09)",
	} {
		if typ.String() != want {
			t.Errorf("got %v, want %s", typ, want)
		}
	}
}
