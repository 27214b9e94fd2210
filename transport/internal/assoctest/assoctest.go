// Package assoctest has helpers for the tests of all transports: the time limit of a
// wait, and checks of an association.
package assoctest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
)

// Timeout bounds each wait of a test, so that a test that hangs fails.
const Timeout = 20 * time.Second

// Limit returns a context for a single wait. The context ends after [Timeout], or with
// the test.
func Limit(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Timeout)
	t.Cleanup(cancel)
	return ctx
}

// WantDown waits for the end of an association, and checks its cause.
func WantDown(t testing.TB, a transport.Association, want transport.Cause) *transport.DownError {
	t.Helper()
	select {
	case <-a.Done():
	case <-Limit(t).Done():
		t.Fatalf("association is not down, want %v", want)
	}
	down, ok := errors.AsType[*transport.DownError](a.Err())
	if !ok || down.Cause != want {
		t.Fatalf("down because %v, want %v", a.Err(), want)
	}
	return down
}

// Echo receives a message, and sends it back.
func Echo(ctx context.Context, a transport.Association) error {
	m, err := a.Receive(ctx)
	if err != nil {
		return err
	}
	return a.Send(ctx, m)
}
