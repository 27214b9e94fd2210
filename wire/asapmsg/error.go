package asapmsg

import (
	"github.com/rserpool-go/rserpool/wire"
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

// Len returns the length of the encoded message in octets, so that a queue can tell what
// waits in it.
func (m *Error) Len() int {
	n := 2 * wire.MessageHeaderLen // with that of the Operation Error
	for _, c := range m.Causes {
		n += (wire.MessageHeaderLen + len(c.Info) + 3) &^ 3
	}
	for _, p := range m.Unknown {
		n += (wire.MessageHeaderLen + len(p.Value) + 3) &^ 3
	}
	return n
}

func (m *Error) parse(_ uint8, body []byte) error {
	set := params.Set{
		Causes:   &m.Causes,
		Unknown:  &m.Unknown,
		Required: []wire.ParamType{wire.ParamOperationError},
	}
	return set.Parse(body, wire.MessageHeaderLen)
}
