package hub_test

import (
	"errors"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/transport/step"
)

// Only associations without messages in either direction are shut down, in order.
func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	const timeout = 20 * time.Second
	run(t, hub.Config[string]{IdleTimeout: timeout}, func(t *testing.T, b *bed) {
		a, up := b.dial()
		for _, use := range []func(){
			func() { _ = a.Send(t.Context(), transport.Message{PPID: ppid, Data: []byte("hello")}) },
			func() { _ = b.hub.Send(up.Assoc, text("hello")) },
			func() { _ = a.Send(t.Context(), transport.Message{PPID: ppid, Data: []byte("hello")}) },
		} {
			time.Sleep(timeout - time.Second)
			use()
			select {
			case ev := <-b.hub.Events():
				if _, ok := ev.(received); !ok {
					t.Fatalf("event %#v", ev)
				}
			case <-time.After(time.Second / 2):
			}
		}
		last := time.Now()
		down := want[step.Down](b)
		reason, ok := errors.AsType[*transport.DownError](down.Err)
		if took := time.Since(last); !ok || reason.Cause != transport.CauseShutdown || took < timeout-time.Second || took > timeout*5/4+time.Second {
			t.Errorf("%v after %v", down.Err, took)
		}
	})
}

// Without an idle timeout, an association stays.
func TestNoIdleTimeout(t *testing.T) {
	t.Parallel()
	run(t, hub.Config[string]{}, func(t *testing.T, b *bed) {
		b.dial()
		select {
		case ev := <-b.hub.Events():
			t.Errorf("event %#v", ev)
		case <-time.After(24 * time.Hour):
		}
	})
}
