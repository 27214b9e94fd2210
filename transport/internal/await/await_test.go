package await

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/transport"
)

func TestNext(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	close(over)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name   string
		ctx    context.Context
		closed chan struct{}
		want   error
	}{
		{"open", t.Context(), nil, nil},
		{"closed", t.Context(), over, transport.ErrClosed},
		{"cancelled", gone, nil, context.Canceled},
		{"both", gone, over, context.Canceled},
	} {
		for range 100 { // There is no luck in it.
			arrivals := make(chan int, 1)
			arrivals <- 7
			v, err := Next(c.ctx, arrivals, c.closed)
			if err != c.want || (v == 7) != (err == nil) || len(arrivals) == 0 != (err == nil) {
				t.Fatalf("%s: %d, %v, want %v", c.name, v, err, c.want)
			}
		}
	}
}

// TestNextWaits lets each of the three come while Next waits.
func TestNextWaits(t *testing.T) {
	t.Parallel()
	for _, want := range []error{nil, transport.ErrClosed, context.Canceled} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			arrivals, closed, done := make(chan int), make(chan struct{}), make(chan error, 1)
			go func() {
				_, err := Next(ctx, arrivals, closed)
				done <- err
			}()
			synctest.Wait()
			if len(done) != 0 {
				t.Fatalf("Next has not waited: %v", <-done)
			}
			switch want {
			case nil:
				arrivals <- 7
			case transport.ErrClosed:
				close(closed)
			default:
				cancel()
			}
			if err := <-done; err != want {
				t.Errorf("%v, want %v", err, want)
			}
		})
	}
}

func TestSuccess(t *testing.T) {
	t.Parallel()
	errFull := errors.New("full")
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		room := make(chan struct{})
		time.AfterFunc(time.Second, func() { close(room) })
		try := func() (<-chan struct{}, error) {
			if calls++; calls == 1 {
				return room, nil
			}
			return nil, errFull
		}
		start := time.Now()
		if err := Success(t.Context(), try); err != errFull || calls != 2 || time.Since(start) != time.Second {
			t.Errorf("%v after %d calls and %v, want %v after 2 calls and 1 s", err, calls, time.Since(start), errFull)
		}

		never := func() (<-chan struct{}, error) { calls++; return make(chan struct{}), nil }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := Success(ctx, never); err != context.DeadlineExceeded || calls != 3 {
			t.Errorf("%v after %d calls, want %v after 3", err, calls, context.DeadlineExceeded)
		}
		if err := Success(ctx, never); err != context.DeadlineExceeded || calls != 3 {
			t.Errorf("%v after %d calls, want no call once the context has ended", err, calls)
		}
	})
}

func TestValue(t *testing.T) {
	t.Parallel()
	errLate := errors.New("late")
	calls := 0
	try := func() (int, <-chan struct{}, error) {
		if calls++; calls == 1 {
			open := make(chan struct{})
			close(open)
			return 1, open, nil
		}
		return 2, nil, errLate
	}
	if v, err := Value(t.Context(), try); v != 2 || err != errLate {
		t.Errorf("%d, %v, want 2, %v", v, err, errLate)
	}
}
