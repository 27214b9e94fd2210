package main

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// fakeSession is a session whose other end is the test.
type fakeSession struct {
	items  chan item
	answer func(line string) // called for each line that is sent; may be nil

	mu        sync.Mutex // guards the fields below
	element   wire.PEID
	lost      asap.FailoverError
	broken    bool
	sent      []string
	failovers int // asked for
}

// item is a message or news of a session.
type item struct {
	message asap.Message
	err     error
}

func newFakeSession() *fakeSession { return &fakeSession{items: make(chan item, 10000)} }

func (f *fakeSession) Pool() string { return "TestPool" }

func (f *fakeSession) Element() wire.PEID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.element
}

func (f *fakeSession) Failover(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failovers++
	return nil
}

// asked returns the number of failovers that were asked for.
func (f *fakeSession) asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failovers
}

// setBroken sets whether there is no element. Lines that were sent before are forgotten.
func (f *fakeSession) setBroken(broken bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.broken, f.sent = broken, nil
}

func (f *fakeSession) lines() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sent)
}

func (f *fakeSession) Send(_ context.Context, m asap.Message) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken {
		return asap.ErrBroken
	}
	text := string(m.Data)
	if !strings.HasSuffix(text, "\n") || m.PPID != 0 || m.Stream != 0 {
		return fmt.Errorf("unexpected message %+v", m)
	}
	f.sent = append(f.sent, strings.TrimSuffix(text, "\n"))
	if f.answer != nil {
		f.answer(strings.TrimSuffix(text, "\n"))
	}
	return nil
}

func (f *fakeSession) Messages(ctx context.Context) iter.Seq2[asap.Message, error] {
	return func(yield func(asap.Message, error) bool) {
		for {
			select {
			case i := <-f.items:
				if moved, ok := i.err.(*asap.FailoverError); ok && moved.To != 0 {
					f.mu.Lock()
					f.element = moved.To
					f.mu.Unlock()
				}
				if !yield(i.message, i.err) {
					return
				}
			case <-ctx.Done():
				yield(asap.Message{}, context.Cause(ctx))
				return
			}
		}
	}
}

// echo answers a line.
func (f *fakeSession) echo(line string) {
	f.items <- item{message: asap.Message{Data: []byte(line + "\n")}}
}

// lose tells of the loss of an element.
func (f *fakeSession) lose(id wire.PEID, orderly bool) {
	f.lost = asap.FailoverError{From: id, Orderly: orderly}
	f.items <- item{err: &f.lost}
}

// move tells of the element that follows.
func (f *fakeSession) move(to wire.PEID) {
	f.items <- item{err: &asap.FailoverError{From: f.lost.From, To: to, Orderly: f.lost.Orderly}}
}
