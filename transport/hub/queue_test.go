package hub_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/transport/step"
)

// measured is a message that tells its length.
type measured struct{ text }

func (m measured) Len() int { return len(m.text) }

func TestQueueFull(t *testing.T) {
	fillQueue(t, hub.Config[string]{QueueLimit: 20}, text("x"))
}

func TestQueueFullOfOctets(t *testing.T) {
	fillQueue(t, hub.Config[string]{QueueOctets: 200}, measured{"0123456789"})
}

func fillQueue(t *testing.T, config hub.Config[string], m step.Message) {
	run(t, config, func(t *testing.T, b *bed) {
		a, up := b.dial()
		var err error
		sent := 0
		for ; err == nil; sent++ {
			if sent > 1000 {
				t.Fatal("the queue has no limit")
			}
			err = b.hub.Send(up.Assoc, m)
			synctest.Wait() // The network takes what it takes.
		}
		if err != hub.ErrQueueFull {
			t.Fatal(err)
		}
		// It was not for ever: the peer reads, and there is room again.
		for range sent - 1 {
			b.receive(a)
		}
		synctest.Wait()
		if err := b.hub.Send(up.Assoc, measured{"last"}); err != nil {
			t.Fatal(err)
		}
		if got := b.receive(a); got != "last" {
			t.Errorf("received %q", got)
		}
	})
}

// A peer that does not take its messages loses its association, earlier if it has not
// asked for them.
func TestQueueFullAborts(t *testing.T) {
	for _, unasked := range []bool{false, true} {
		run(t, hub.Config[string]{QueueLimit: 100, UnaskedLimit: 10}, func(t *testing.T, b *bed) {
			_, up := b.dial()
			for sent := 1; ; sent++ {
				if sent > 1000 {
					t.Fatal("the queue has no limit")
				}
				if !b.hub.Do(step.Send{Assoc: up.Assoc, Message: text("x"), Unasked: unasked}) {
					t.Fatal("Send is not carried out")
				}
				synctest.Wait()
				if len(b.hub.Events()) == 0 {
					continue
				}
				down := want[step.Down](b)
				if cause, ok := errors.AsType[*transport.DownError](down.Err); !ok || cause.Cause != transport.CauseAbortLocal {
					t.Errorf("%+v", down)
				}
				if (sent < 100) != unasked {
					t.Errorf("unasked %v: aborted by message %d", unasked, sent)
				}
				return
			}
		})
	}
}
