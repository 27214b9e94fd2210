package asap

import (
	"errors"
	"strings"

	"github.com/rserpool-go/rserpool/wire"
)

var (
	// ErrClosed: the node, listener or session is closed.
	ErrClosed = errors.New("asap: closed")
	// ErrNoRegistrar: no registrar could be reached within [Config.HuntRounds].
	ErrNoRegistrar = errors.New("asap: no registrar")
	// ErrTimeout: the registrar did not answer within [Config.RequestTrials].
	ErrTimeout = errors.New("asap: no answer from the registrar")
	// ErrPoolUnknown: the registrar has no pool with the handle.
	ErrPoolUnknown = errors.New("asap: unknown pool")
	// ErrBroken: no element serves the session now. Only [Session.Send] returns it.
	ErrBroken = errors.New("asap: session has no element now")
	// ErrPoolHandle: the pool handle is empty, or longer than 32 octets.
	ErrPoolHandle = errors.New("asap: pool handle must have 1 to 32 octets")
)

// A RejectedError is the rejection of a request by a registrar.
type RejectedError struct {
	// Causes are the error causes in the registrar's answer. There may be none.
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

// checkPool checks the length of a pool handle.
func checkPool(pool wire.PoolHandle) error {
	if len(pool) == 0 || len(pool) > wire.MaxPoolHandleLen {
		return ErrPoolHandle
	}
	return nil
}
