package await

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/transport"
)

// A fake is an association that ends by Abort, or by end.
type fake struct {
	transport.Association
	done chan struct{}
	down *transport.DownError
}

func newFake() *fake { return &fake{done: make(chan struct{})} }

func (f *fake) Done() <-chan struct{} { return f.done }

func (f *fake) Err() error { return f.down }

func (f *fake) Abort(reason string) {
	if f.down == nil {
		f.end(&transport.DownError{Cause: transport.CauseAbortLocal, Reason: reason})
	}
}

func (f *fake) end(down *transport.DownError) {
	f.down = down
	close(f.done)
}

// TestShutdown ends an association before the context, for several causes.
func TestShutdown(t *testing.T) {
	t.Parallel()
	for _, cause := range []transport.Cause{transport.CauseShutdown, transport.CauseAbortLocal, transport.CauseAbortPeer} {
		synctest.Test(t, func(t *testing.T) {
			a, down := newFake(), &transport.DownError{Cause: cause}
			time.AfterFunc(time.Second, func() { a.end(down) })
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var want error
			if cause != transport.CauseShutdown {
				want = down
			}
			if err := Shutdown(ctx, a); err != want {
				t.Errorf("%v: %v, want %v", cause, err, want)
			}
		})
	}
}

// TestShutdownTimesOut ends the context first: the association is aborted.
func TestShutdownTimesOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newFake()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := Shutdown(ctx, a); err != context.DeadlineExceeded {
			t.Errorf("%v, want %v", err, context.DeadlineExceeded)
		}
		if a.down == nil || a.down.Reason != "shutdown timed out" {
			t.Errorf("down: %v", a.down)
		}
	})
}

// TestShutdownAtTheEnd ends the context together with the association, for several causes.
func TestShutdownAtTheEnd(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, cause := range []transport.Cause{transport.CauseShutdown, transport.CauseAbortPeer} {
		down := &transport.DownError{Cause: cause}
		var want error
		if cause != transport.CauseShutdown {
			want = down
		}
		for range 100 { // The choice between two events at the same time makes no difference.
			a := newFake()
			a.end(down)
			if err := Shutdown(cancelled, a); err != want {
				t.Fatalf("%v: %v, want %v", cause, err, want)
			}
		}
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list := []*fake{newFake(), newFake(), newFake()}
		for i, a := range list {
			time.AfterFunc(time.Duration(3-i)*time.Second, func() { a.Abort("") })
		}
		start := time.Now()
		short, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if err := Ends(short, list); err != context.DeadlineExceeded {
			t.Errorf("after 2 s: %v, want %v", err, context.DeadlineExceeded)
		}
		if err := Ends(t.Context(), list); err != nil || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %v, want no error after 3 s", err, time.Since(start))
		}
		for range 100 {
			if err := Ends(short, list); err != nil {
				t.Fatalf("all associations have ended: %v", err)
			}
		}
	})
}
