package recvqueue

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/budget"
)

var errOver = errors.New("over")

// numbered is a message with a number and some octets of data.
func numbered(n, octets int) transport.Message {
	return transport.Message{PPID: uint32(n), Data: make([]byte, octets)}
}

// wantNext takes the next message, which is there.
func wantNext(t *testing.T, q *Queue, n int) {
	t.Helper()
	if m, err := q.Get(t.Context()); err != nil || m.PPID != uint32(n) {
		t.Fatalf("message %d, %v; want %d", m.PPID, err, n)
	}
}

// wantHeld checks what a queue says that it holds.
func wantHeld(t *testing.T, q *Queue, octets, messages int) {
	t.Helper()
	if o, m := q.Size(); o != octets || m != messages {
		t.Errorf("%d octets in %d messages are held, want %d in %d", o, m, octets, messages)
	}
}

// TestFull fills queues up and empties them again.
func TestFull(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                string
		limit, octets, fill int // Fill is the number of messages with which it is full.
	}{
		{"one octet short", 1000, 1000 - budget.PerMessage - 1, 2},
		{"one message", 1000, 1000 - budget.PerMessage, 1},
		{"one that is too large", 1000, 5000, 1},
		{"several", 1000, 200 - budget.PerMessage, 5},
		{"small ones", 1000, 1, 1000/(budget.PerMessage+1) + 1},
		{"empty ones", budget.PerMessage * 10, 0, 10},
	} {
		q := New(c.limit)
		for i := range c.fill {
			if full := q.Put(numbered(i, c.octets)); full != (i == c.fill-1) {
				t.Errorf("%s: full is %v after %d messages, want it after %d", c.name, full, i+1, c.fill)
			}
		}
		wantHeld(t, q, c.fill*c.octets, c.fill)
		wantNext(t, q, 0)
		if !q.AwaitRoom() {
			t.Errorf("%s: closed", c.name)
		}
		if !q.Put(numbered(c.fill, c.octets)) {
			t.Errorf("%s: not full again", c.name)
		}
		for i := range c.fill {
			wantNext(t, q, i+1)
		}
		wantHeld(t, q, 0, 0)
	}
}

func TestNoLimit(t *testing.T) {
	t.Parallel()
	q := New(0)
	const n = 1000
	for i := range n {
		if q.Put(numbered(i, 1000)) {
			t.Fatalf("full after %d messages", i+1)
		}
	}
	wantHeld(t, q, n*1000, n)
	if !q.AwaitRoom() {
		t.Error("closed")
	}
	q.Close(errOver)
	if q.AwaitRoom() {
		t.Error("not closed")
	}
}

// TestAwaitRoom shows that AwaitRoom waits until enough is taken, and ends at Close.
func TestAwaitRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := New(1000)
		answers := make(chan bool)
		wait := func() { answers <- q.AwaitRoom() }
		waits := func(what string) {
			synctest.Wait()
			select {
			case <-answers:
				t.Fatalf("AwaitRoom has returned: %s", what)
			default:
			}
		}
		for i := range 2 {
			q.Put(numbered(i, 1000))
		}
		go wait()
		waits("nothing is taken")
		wantNext(t, q, 0)
		waits("it is still full")
		wantNext(t, q, 1)
		if !<-answers {
			t.Error("closed")
		}
		q.Put(numbered(2, 1000))
		go wait()
		waits("it is full again")
		q.Close(errOver)
		if <-answers {
			t.Error("not closed")
		}
	})
}

// TestClose closes a queue that holds messages: they come first, then the first error,
// each time.
func TestClose(t *testing.T) {
	t.Parallel()
	q := New(0)
	q.Put(numbered(0, 1))
	q.Put(numbered(1, 1))
	q.Close(errOver)
	q.Close(errors.New("once more"))
	q.Put(numbered(2, 1))
	for i := range 3 {
		wantNext(t, q, i)
	}
	for range 3 {
		if _, err := q.Get(t.Context()); err != errOver {
			t.Errorf("Get: %v, want %v", err, errOver)
		}
	}
}

// TestManyWait has several goroutines wait: each message is for one, Close is for all
// that are left.
func TestManyWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := New(0)
		const waiting, sent = 10, 4
		errs := make(chan error, waiting)
		for range waiting {
			go func() {
				_, err := q.Get(t.Context())
				errs <- err
			}()
		}
		synctest.Wait()
		for i := range sent {
			q.Put(numbered(i, 1)) // Before anybody has run: one signal for all.
		}
		synctest.Wait()
		if got := len(errs); got != sent {
			t.Fatalf("%d have returned, want %d", got, sent)
		}
		for range sent {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		q.Close(errOver)
		for range waiting - sent {
			if err := <-errs; err != errOver {
				t.Errorf("Get: %v, want %v", err, errOver)
			}
		}
	})
}

// TestCancel ends Get by its context, before it waits and while it does: it takes nothing.
func TestCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := New(0)
		ctx, cancel := context.WithCancel(t.Context())
		cancelled, other := make(chan error), make(chan error)
		go func() {
			_, err := q.Get(ctx)
			cancelled <- err
		}()
		synctest.Wait()
		go func() {
			_, err := q.Get(t.Context())
			other <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-cancelled; err != context.Canceled {
			t.Errorf("Get: %v, want %v", err, context.Canceled)
		}
		q.Put(numbered(0, 1))
		if err := <-other; err != nil {
			t.Errorf("the other Get: %v", err)
		}
		q.Put(numbered(1, 1))
		if _, err := q.Get(ctx); err != context.Canceled {
			t.Errorf("Get: %v, want %v", err, context.Canceled)
		}
		wantNext(t, q, 1)
	})
}

// TestCancelAtPut puts a message while the first of two that wait is cancelled: one of
// them gets it.
func TestCancelAtPut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for i := range 200 {
			q := New(0)
			ctx, cancel := context.WithCancel(t.Context())
			errs := make(chan error, 2)
			for _, ctx := range []context.Context{ctx, t.Context()} {
				go func() {
					_, err := q.Get(ctx)
					errs <- err
				}()
				synctest.Wait()
			}
			q.Put(numbered(0, 1))
			cancel()
			synctest.Wait()
			wantHeld(t, q, 0, 0)
			q.Close(errOver)
			synctest.Wait()
			if len(errs) != 2 {
				t.Fatalf("try %d: not all have returned", i)
			}
			if a, b := <-errs, <-errs; (a == nil) == (b == nil) {
				t.Fatalf("try %d: Get: %v and %v, want one message", i, a, b)
			}
		}
	})
}

// TestKeepsNoRoom shows that a queue which never runs empty does not grow, and that one
// which does gives back what it has grown to.
func TestKeepsNoRoom(t *testing.T) {
	t.Parallel()
	q := New(0)
	const waiting, total = 10, 10000
	for i := range total {
		q.Put(numbered(i, 1))
		if i >= waiting {
			wantNext(t, q, i-waiting)
		}
	}
	if n := q.msgs.Cap(); n > 1000 {
		t.Errorf("room for %d messages, of which %d wait", n, waiting)
	}
	wantHeld(t, q, waiting, waiting)
	for i := range total {
		q.Put(numbered(total+i, 1))
	}
	for i := range waiting + total {
		wantNext(t, q, total-waiting+i)
	}
	if n := q.msgs.Cap(); n > 64 {
		t.Errorf("room for %d messages, of which none waits", n)
	}
}

// TestAllocs shows that a message that is received soon costs no memory in the queue.
func TestAllocs(t *testing.T) {
	q, m := New(1<<20), numbered(0, 64)
	if n := testing.AllocsPerRun(1000, func() {
		q.Put(m)
		wantNext(t, q, 0)
	}); n != 0 {
		t.Errorf("%v allocations per message", n)
	}
}

// TestDiscard asserts that a queue without readers gives back the memory of its messages, and
// takes no further messages.
func TestDiscard(t *testing.T) {
	t.Parallel()
	q := New(100)
	q.Put(numbered(1, 200))
	q.Discard()
	if q.Put(numbered(1, 200)) || q.IsFull() {
		t.Error("full after Discard")
	}
	if octets, messages := q.Size(); octets != 0 || messages != 0 {
		t.Errorf("%d octets in %d messages are left", octets, messages)
	}
	q.Close(errOver)
	if _, err := q.Get(t.Context()); err != errOver {
		t.Errorf("Get: %v", err)
	}
}
