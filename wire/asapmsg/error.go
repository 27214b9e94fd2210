package asapmsg

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/logattr"
	"github.com/rserpool-go/rserpool/wire/internal/params"
)

// Error is ASAP_ERROR (RFC 5352, 2.2.14): the peer could not make sense of a message.
type Error struct {
	Causes  []wire.ErrorCause
	Unknown []wire.RawParam
}

// Type returns [TypeError].
func (*Error) Type() Type { return TypeError }

// AppendBinary appends the encoded message.
func (m *Error) AppendBinary(b []byte) ([]byte, error) {
	w := params.Begin(b, uint8(TypeError), 0)
	w.Require(len(m.Causes) > 0, wire.ParamOperationError)
	w.Causes(m.Causes)
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *Error) parse(_ uint8, body []byte) error {
	var r params.Reader
	for r.Begin(body, wire.MessageHeaderLen); r.Next(); {
		switch {
		case r.Once(wire.ParamOperationError):
			m.Causes, r.Err = wire.ParseOperationError(r.Param)
		default:
			m.Unknown = r.Retain(m.Unknown)
		}
	}
	return r.End(wire.ParamOperationError)
}

func (m *Error) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *Error) LogValue() slog.Value {
	a := logattr.Of(m.Type())
	a.Causes(m.Causes)
	return a.Value()
}
