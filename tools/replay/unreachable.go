package replay

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/rserpool-go/rserpool/transport"
)

// An UnreachableError says that no association with a registrar comes up.
type UnreachableError struct {
	Registrar netip.AddrPort
	Err       error
}

// Error returns the registrar and the reason.
func (e *UnreachableError) Error() string {
	reason := e.Err.Error()
	down, isDown := errors.AsType[*transport.DownError](e.Err)
	switch {
	case isDown && down.Reason != "":
		reason = fmt.Sprintf("%v: %s", down.Cause, down.Reason)
	case isDown:
		reason = down.Cause.String()
	case errors.Is(e.Err, context.DeadlineExceeded):
		reason = "no answer"
	}
	return fmt.Sprintf("registrar %v cannot be reached: %s", e.Registrar, reason)
}

// Unwrap returns Err.
func (e *UnreachableError) Unwrap() error { return e.Err }
