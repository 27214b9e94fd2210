package asap

import (
	"errors"
	"strings"

	"github.com/rserpool-go/rserpool/wire"
)

var (
	// ErrClosed is returned by calls on a node, listener or session that is closed.
	ErrClosed = errors.New("asap: closed")
	// ErrNoRegistrar: no registrar could be reached within the configured rounds of
	// the hunt.
	ErrNoRegistrar = errors.New("asap: no registrar")
	// ErrTimeout: the registrar did not answer.
	ErrTimeout = errors.New("asap: no answer from the registrar")
	// ErrPoolUnknown: the registrar has no pool of the name.
	ErrPoolUnknown = errors.New("asap: unknown pool")
	// ErrBroken is returned by Send while a session has no element.
	ErrBroken = errors.New("asap: session has no element now")
	// ErrPoolHandle: a pool handle has not 1 to 32 octets.
	ErrPoolHandle = errors.New("asap: pool handle must have 1 to 32 octets")
)

// A RejectedError says that a registrar has refused a request.
type RejectedError struct {
	// Causes are what the registrar said; there may be none.
	Causes []wire.ErrorCause
}

// Error returns the causes.
func (e *RejectedError) Error() string {
	if len(e.Causes) == 0 {
		return "asap: rejected by the registrar"
	}
	var b strings.Builder
	for i, c := range e.Causes {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.Code.String())
	}
	return "asap: rejected by the registrar: " + b.String()
}

func checkPool(pool wire.PoolHandle) error {
	if len(pool) == 0 || len(pool) > wire.MaxPoolHandleLen {
		return ErrPoolHandle
	}
	return nil
}
