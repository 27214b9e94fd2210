package hub_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/budget"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/transport/step"
)

func TestQueueFull(t *testing.T) {
	fillQueue(t, hub.Config[string]{QueueLimit: 20}, text("x"))
}

func TestQueueFullOfOctets(t *testing.T) {
	fillQueue(t, hub.Config[string]{QueueOctets: 600}, text("0123456789"))
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
		if err := b.hub.Send(up.Assoc, text("last")); err != nil {
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

// counting is an endpoint that adds up the octets that the hub holds for its associations.
type counting struct {
	transport.Endpoint
	held *atomic.Int64
}

// Accept implements transport.Endpoint.
func (e counting) Accept(ctx context.Context) (transport.Association, error) {
	a, err := e.Endpoint.Accept(ctx)
	if err != nil {
		return nil, err
	}
	return countingAssociation{a, e.held}, nil
}

type countingAssociation struct {
	transport.Association
	held *atomic.Int64
}

// Hold implements transport.Association.
func (a countingAssociation) Hold(octets int) { a.held.Add(int64(octets)) }

// TestQueueIsHeld asserts that the association is told of the memory for queued messages.
func TestQueueIsHeld(t *testing.T) {
	var held atomic.Int64
	wrap := func(e transport.Endpoint) transport.Endpoint { return counting{e, &held} }
	runWrapped(t, hub.Config[string]{}, wrap, func(t *testing.T, b *bed) {
		a, up := b.dial()
		const sent, size = 100, 50
		for range sent {
			if err := b.hub.Send(up.Assoc, text(strings.Repeat("x", size))); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		// The network has taken 8 messages, and a goroutine waits with the next message.
		if got := held.Load(); got != (sent-8)*(size+budget.PerMessage) {
			t.Errorf("%d octets are held", got)
		}
		for range sent / 2 {
			b.receive(a)
		}
		synctest.Wait()
		if got := held.Load(); got != (sent/2-8)*(size+budget.PerMessage) {
			t.Errorf("after half of the messages, %d octets are held", got)
		}
		a.Abort("")
		want[step.Down](b)
		synctest.Wait()
		if got := held.Load(); got != 0 {
			t.Errorf("after the end, %d octets are held", got)
		}
	})
}

// TestReadOctets asserts that a peer that does not read its answers can ask for few large
// answers only.
func TestReadOctets(t *testing.T) {
	const size = 1000
	run(t, hub.Config[string]{ReadLimit: 128, ReadOctets: 4 * size}, func(t *testing.T, b *bed) {
		a, up := b.dial()
		go func() {
			for a.Send(t.Context(), transport.Message{PPID: ppid, Data: []byte("?")}) == nil {
			}
		}()
		answered := 0
		for idle := false; !idle; {
			select {
			case <-b.hub.Events():
				answered++
				if err := b.hub.Send(up.Assoc, text(strings.Repeat("x", size))); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
			case <-time.After(time.Second):
				idle = true
			}
		}
		// The network takes 8 answers, the hub 4, one request was being read, and 8 requests
		// came before the first answer.
		if answered < 8 || answered > 2*8+4+2 {
			t.Errorf("%d requests were read", answered)
		}
		b.hub.Abort(up.Assoc, "enough")
		for down := false; !down; {
			_, down = b.next().(step.Down)
		}
	})
}
