package asap

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/rserpool-go/rserpool/wire"
)

var (
	// ErrClosed is returned by calls on a node, listener or session that this program has
	// closed.
	ErrClosed = errors.New("asap: closed")
	// ErrNoRegistrar: no registrar could be reached.
	ErrNoRegistrar = errors.New("no registrar")
	// ErrTimeout: the registrar did not answer.
	ErrTimeout = errors.New("no answer from the registrar")
	// ErrPoolUnknown: the registrar has no pool of the name.
	ErrPoolUnknown = errors.New("unknown pool")
	// ErrBroken is returned by Send and Request while a session whose failover is manual
	// has no element.
	ErrBroken = errors.New("session has no element now")
	// ErrPoolHandle: a pool handle has not 1 to 32 octets.
	ErrPoolHandle = errors.New("pool handle must have 1 to 32 octets")
	// ErrControl is returned by Send and Request for a message with the payload protocol
	// identifier of ASAP, which the control channel between user and element has.
	ErrControl = errors.New("payload protocol identifier 11 is reserved for ASAP")
	// ErrNotServing is returned by the methods of a session that belong to its opposite
	// side.
	ErrNotServing = errors.New("not on this side of a session")
)

// A RejectedError says that a registrar has refused a request.
type RejectedError struct {
	// Causes are the registrar's reasons; there may be none.
	Causes []wire.ErrorCause
}

// Error returns the causes.
func (e *RejectedError) Error() string {
	if len(e.Causes) == 0 {
		return "rejected by the registrar"
	}
	var b strings.Builder
	for i, c := range e.Causes {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.Code.String())
	}
	return "rejected by the registrar: " + b.String()
}

// A FailoverError says that a session has moved from an element that is gone to another element.
// Messages that were sent to the former element and not answered may be lost; the program sends
// them again if they matter. The session goes on: call again.
type FailoverError struct {
	// From is the former element, and To the element that serves the session now. To is 0
	// while a session whose failover is manual waits for [Session.Failover].
	From, To wire.PEID

	// StateRestored: the new element has been sent the newest state of the former element.
	// Else it knows nothing of the session.
	StateRestored bool

	// Orderly: the former element has shut the session down, so all messages that it
	// sent have arrived.
	Orderly bool
}

// Error says where the session has moved.
func (e *FailoverError) Error() string {
	if e.To == 0 {
		return fmt.Sprintf("session has lost element %v", e.From)
	}
	return fmt.Sprintf("session has moved from element %v to %v", e.From, e.To)
}

// poolError is an error about a pool.
type poolError struct {
	pool wire.PoolHandle
	err  error
}

func (e *poolError) Error() string { return fmt.Sprintf("pool %v: %v", e.pool, e.err) }

func (e *poolError) Unwrap() error { return e.err }

// noRegistrarError is ErrNoRegistrar with the places where a registrar was sought, and the
// error that ended the search.
type noRegistrarError struct {
	registrars []string
	group      netip.AddrPort // not valid: announces are off
	cause      error          // nil: the configured rounds are over
}

func (e *noRegistrarError) Error() string {
	places := e.registrars
	if e.group.IsValid() {
		places = append(places[:len(places):len(places)], "announces on "+e.group.String())
	}
	s := fmt.Sprintf("%v, tried %s", ErrNoRegistrar, strings.Join(places, " and "))
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

func (e *noRegistrarError) Unwrap() []error {
	if e.cause == nil {
		return []error{ErrNoRegistrar}
	}
	return []error{ErrNoRegistrar, e.cause}
}

func checkPool(pool string) (wire.PoolHandle, error) {
	if len(pool) == 0 || len(pool) > wire.MaxPoolHandleLen {
		return "", fmt.Errorf("pool %q: %w", pool, ErrPoolHandle)
	}
	return wire.PoolHandle(pool), nil
}
