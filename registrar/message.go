package registrar

import (
	"errors"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// A typed message is one with its type, which is known even if the rest is damaged.
type typed[T, M any] struct {
	typ     T
	message M
}

// The messages of the two sides.
type (
	asapMessage = typed[asapmsg.Type, asapmsg.Message]
	enrpMessage = typed[enrpmsg.Type, enrpmsg.Message]
)

// errPPID says that a message has not the payload protocol identifier of the
// endpoint's protocol. It is ignored.
var errPPID = errors.New("registrar: unexpected payload protocol identifier")

// decoder returns what decodes the messages of a protocol.
func decoder[T ~uint8, M any](ppid uint32, parse func([]byte) (M, error)) func(transport.Message) (typed[T, M], error) {
	return func(raw transport.Message) (m typed[T, M], err error) {
		if raw.PPID != ppid {
			return m, errPPID
		}
		if len(raw.Data) > 0 {
			m.typ = T(raw.Data[0])
		}
		m.message, err = parse(raw.Data)
		return m, err
	}
}
