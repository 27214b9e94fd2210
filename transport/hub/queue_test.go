package hub_test

import (
	"encoding"
	"testing"
	"testing/synctest"

	"github.com/rserpool-go/rserpool/transport/hub"
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

func fillQueue(t *testing.T, config hub.Config[string], m encoding.BinaryAppender) {
	run(t, config, func(t *testing.T, b *bed) {
		a, up := b.dial()
		var err error
		sent := 0
		for ; err == nil; sent++ {
			if sent > 1000 {
				t.Fatal("the queue has no limit")
			}
			err = b.hub.Send(up.Assoc, 11, m)
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
		if err := b.hub.Send(up.Assoc, 11, measured{"last"}); err != nil {
			t.Fatal(err)
		}
		if got := b.receive(a); got != "last" {
			t.Errorf("received %q", got)
		}
	})
}
