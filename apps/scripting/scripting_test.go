package scripting_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/apps/appmsg"
	"github.com/rserpool-go/rserpool/apps/appmsg/codectest"
	"github.com/rserpool-go/rserpool/apps/scripting"
)

var messages = codectest.Codec[scripting.Message]{Parse: scripting.Parse, Fields: func(m scripting.Message) map[string]any {
	f := map[string]any{"message_type": uint8(m.Type()), "message_flags": 0}
	length := 4
	switch m := m.(type) {
	case *scripting.NotReady:
		length += 4 + len(m.Info)
		f["message_reason"], f["message_info"] = uint32(m.Reason), m.Info
	case *scripting.Ready:
		length += len(m.Info)
		f["message_info"] = m.Info
	case *scripting.Upload:
		length += data(f, m.Data)
	case *scripting.Download:
		length += data(f, m.Data)
	case *scripting.KeepAliveAck:
		if m.HasStatus {
			length += 4
			f["message_status"] = m.Status
		}
	case *scripting.Status:
		length += 4
		f["message_status"] = m.Status
	case *scripting.Environment:
		length += len(m.Hash)
		f["message_hash"], f["environment_u_bit"] = codectest.Hex(m.Hash[:]), 0
		if m.UploadNeeded {
			f["message_flags"], f["environment_u_bit"] = 1, 1
		}
	}
	f["message_length"] = length
	return f
}}

func data(f map[string]any, data []byte) int {
	if len(data) > 0 {
		f["message_data"] = codectest.Hex(data)
	}
	return len(data)
}

func TestVectors(t *testing.T) { messages.TestVectors(t, codectest.Vectors(t, "ScriptingService")) }

func TestDamage(t *testing.T) { messages.TestDamage(t, codectest.Vectors(t, "ScriptingService")) }

func FuzzParse(f *testing.F) {
	messages.Fuzz(f, codectest.Vectors(f, "ScriptingService"),
		&scripting.Download{Data: make([]byte, scripting.MaxDataLen)},
		&scripting.Ready{Info: strings.Repeat("x", scripting.MaxInfoLen)})
}

func BenchmarkCodec(b *testing.B) { messages.Bench(b, codectest.Vectors(b, "ScriptingService")) }

func TestParseErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in     string
		offset int
		err    error
	}{
		"type":                   {"\x08\x00\x00\x04", 0, appmsg.ErrUnknownMessage},
		"surplus":                {"\x04\x00\x00\x04x", 2, appmsg.ErrBadLength},
		"keep-alive with a body": {"\x04\x00\x00\x05x", 2, appmsg.ErrBadLength},
		"ack of three octets":    {"\x05\x00\x00\x07xyz", 2, appmsg.ErrBadLength},
		"status without value":   {"\x06\x00\x00\x04", 2, appmsg.ErrBadLength},
		"short hash":             {"\x07\x00\x00\x05x", 2, appmsg.ErrBadLength},
		"zero in info":           {"\x01\x00\x00\x06a\x00", 5, appmsg.ErrBadValue},
		"zero in second info":    {"\x00\x00\x00\x0a1234a\x00", 9, appmsg.ErrBadValue},
		"no reason":              {"\x00\x00\x00\x06a\x01", 2, appmsg.ErrBadLength},
		"long info":              {"\x01\x00\x00\x45" + strings.Repeat("x", 65), 2, appmsg.ErrBadLength},
		"long data":              {"\x02\x00\x40\x05" + strings.Repeat("x", 16385), 2, appmsg.ErrBadLength},
	}
	for name, test := range tests {
		_, err := scripting.Parse([]byte(test.in))
		var syntax *appmsg.SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset != test.offset || !errors.Is(err, test.err) {
			t.Errorf("%s: got %v, want offset %d: %v", name, err, test.offset, test.err)
		}
	}
}

func TestAppendErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		m   scripting.Message
		err error
	}{
		"long info":     {&scripting.Ready{Info: strings.Repeat("x", 65)}, appmsg.ErrTooLong},
		"zero in info":  {&scripting.NotReady{Info: "\x00"}, appmsg.ErrRange},
		"long upload":   {&scripting.Upload{Data: make([]byte, 16385)}, appmsg.ErrTooLong},
		"long download": {&scripting.Download{Data: make([]byte, 16385)}, appmsg.ErrTooLong},
	}
	for name, test := range tests {
		if b, err := test.m.AppendBinary(nil); !errors.Is(err, test.err) || b != nil {
			t.Errorf("%s: got %v, want %v", name, err, test.err)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ got, want string }{
		{scripting.TypeNotReady.String(), "SSP_NOT_READY"},
		{scripting.TypeEnvironment.String(), "SSP_ENVIRONMENT"},
		{scripting.Type(8).String(), "SSP(0x08)"},
		{scripting.ReasonFullyLoaded.String(), "fully loaded"},
		{scripting.ReasonOutOfResources.String(), "out of resources"},
		{scripting.Reason(3).String(), "Reason(3)"},
	} {
		if test.got != test.want {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
	}
}
