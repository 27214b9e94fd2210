package await

import (
	"context"
	"testing"
	"testing/synctest"

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
