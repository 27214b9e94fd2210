package main

import (
	"sync"
	"time"
)

const (
	// maxUnanswered and maxAhead bound the lines that are sent ahead of their answers, and
	// their octets without the last line. So much has room on its way, even while the user
	// does not read the answers.
	maxUnanswered = 1000
	maxAhead      = 64 << 10
)

// A backlog holds the lines without an answer, in order. The sender adds lines and takes them to
// send; the receiver tells of answers and elements.
type backlog struct {
	expecting bool          // a line stays until its answer arrives, not only until it is sent
	changed   chan struct{} // of length 1: there was an answer, or an element has come or gone

	mu     sync.Mutex // guards the fields below
	lines  []sentLine
	octets int
	taken  int // lines[:taken] have been taken for the present element
	status status
}

// sentLine is a line without an answer.
type sentLine struct {
	text string
	at   time.Time // when the line was first taken, zero before
}

// status is the state of a session.
type status struct {
	up      bool // there is an element
	waiting int  // lines in the backlog
	full    bool // further lines have to wait
	sent    int  // lines so far
	answers int  // so far
}

func newBacklog(expecting bool) *backlog {
	return &backlog{expecting: expecting, changed: make(chan struct{}, 1)}
}

// now returns the present state. The backlog is full if too many lines have no answer, or if a
// line without an element would be lost and no answer is expected.
func (b *backlog) now() status {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.status
	s.waiting = len(b.lines)
	s.full = len(b.lines) >= maxUnanswered || b.octets >= maxAhead || !b.expecting && !s.up
	return s
}

// add adds a line.
func (b *backlog) add(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, sentLine{text: text})
	b.octets += len(text)
	b.status.sent++
}

// take returns the next line for the present element, if there is one. The call of finish follows.
func (b *backlog) take() (text string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.status.up || b.taken == len(b.lines) {
		return "", false
	}
	l := &b.lines[b.taken]
	b.taken++
	if l.at.IsZero() {
		l.at = time.Now()
	}
	return l.text, true
}

// finish notes whether the line was sent that has been taken.
func (b *backlog) finish(sent bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !sent:
		b.taken = max(b.taken-1, 0)
	case !b.expecting:
		b.drop()
	}
}

// answer notes an answer, which belongs to the first line. It returns the time since the line was
// first sent, 0 if there is no such line.
func (b *backlog) answer() (after time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status.answers++
	if b.expecting && len(b.lines) > 0 {
		if at := b.lines[0].at; !at.IsZero() {
			after = time.Since(at)
		}
		b.drop()
	}
	b.wake()
	return after
}

// drop removes the first line. The caller has the lock.
func (b *backlog) drop() {
	b.octets -= len(b.lines[0].text)
	b.lines = b.lines[1:]
	b.taken = max(b.taken-1, 0)
}

// setUp notes that there is a new element, or none. A new element is to be sent all lines, and
// setUp returns the number of lines that its predecessor has not answered.
func (b *backlog) setUp(up bool) (again int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status.up = up
	if up {
		again, b.taken = b.taken, 0
	}
	b.wake()
	return again
}

// wake wakes the sender.
func (b *backlog) wake() {
	select {
	case b.changed <- struct{}{}:
	default: // The sender will see this change as well.
	}
}
