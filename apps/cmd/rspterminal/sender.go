package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
)

const (
	// stallDelay is the time without an answer after which a note explains why no more
	// lines are sent.
	stallDelay = 5 * time.Second
	// maxGreeting is the time for a service to send a message by itself, if there is no input.
	maxGreeting = 3 * time.Second
)

// A sender carries the input to the session. It alone sends messages and asks for failovers, so a
// line is sent to each element at most once.
type sender struct {
	*terminal
	in   <-chan line // nil after the end of input
	wait time.Duration

	timeout  <-chan time.Time // of the answers after the end of input
	greeting <-chan time.Time // of a message of a service without input
	stall    <-chan time.Time // until the note about missing answers
	resume   <-chan time.Time // until the failover; nil: there is an element, or a failover under way

	failovers sync.WaitGroup
	failed    chan error // by a failover
}

// run sends the lines. It returns when all lines are answered, or, without a line, when the
// service has sent a message by itself.
func (s *sender) run(ctx context.Context, giveUp context.CancelCauseFunc) error {
	defer s.watch.Stop()
	ctx, cancel := context.WithCancel(ctx)
	defer s.failovers.Wait()
	defer cancel()
	s.failed = make(chan error)
	for {
		if err := s.flush(ctx); err != nil {
			return err
		}
		now := s.backlog.now()
		if s.in == nil && now.waiting == 0 && (now.sent > 0 || now.answers > 0 || !s.backlog.expecting) {
			return nil
		}
		if now.up || s.resume != nil {
			s.watch.Stop()
		} else {
			s.watch.Start(ctx, giveUp)
		}
		if done, err := s.await(ctx, now); done || err != nil {
			return err
		}
	}
}

// flush sends the lines that the element has not been sent.
func (s *sender) flush(ctx context.Context) error {
	for text, ok := s.backlog.take(); ok; text, ok = s.backlog.take() {
		err := s.session.Send(ctx, asap.Message{Data: []byte(text + "\n")})
		s.backlog.finish(err == nil)
		if errors.Is(err, asap.ErrBroken) {
			return nil // The receiver will hear that the element is gone.
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// await waits for the next event.
func (s *sender) await(ctx context.Context, now status) (done bool, err error) {
	source := s.in
	switch {
	case !now.full:
		s.stall = nil
	default:
		source = nil
		if now.up && s.stall == nil {
			s.stall = time.After(stallDelay)
		}
	}
	if s.in == nil && now.sent == 0 && now.up && s.greeting == nil {
		s.greeting = time.After(min(s.wait, maxGreeting))
	}
	select {
	case l, more := <-source:
		return false, s.read(ctx, l, more)
	case <-s.backlog.changed:
		s.stall = nil
	case pause := <-s.lost:
		if pause == 0 || s.backlog.now().waiting > 0 { // A line may have come meanwhile.
			s.failOver(ctx)
			return false, nil
		}
		s.resume = time.After(pause)
	case <-s.resume:
		s.failOver(ctx)
	case err := <-s.failed:
		return false, err
	case <-s.stall:
		s.note("no answer to the last %d lines, so no more are sent; --wait=0 is for services without answers", now.waiting)
		s.stall = make(chan time.Time) // There is no second note.
	case <-s.greeting:
		return true, nil
	case <-s.timeout:
		return true, s.checkUnanswered()
	case <-ctx.Done():
		return true, context.Cause(ctx)
	}
	return false, nil
}

// read takes a line of the input, or its end. A new line ends the pause before a failover.
func (s *sender) read(ctx context.Context, l line, more bool) error {
	switch {
	case !more:
		s.in = nil
		if s.backlog.expecting {
			s.timeout = time.After(s.wait)
		}
		return nil
	case l.err != nil:
		return l.err
	}
	s.backlog.add(l.text)
	if s.resume != nil {
		s.failOver(ctx)
	}
	return nil
}

// failOver makes the session go on at another element. The sender does not wait for the element:
// input, signals and the time limits go on.
func (s *sender) failOver(ctx context.Context) {
	s.resume = nil
	s.failovers.Go(func() {
		if err := s.session.Failover(ctx); err != nil {
			select {
			case s.failed <- err:
			case <-ctx.Done():
			}
		}
	})
}

// checkUnanswered returns the error of a session whose time after the end of input is over.
func (s *sender) checkUnanswered() error {
	switch waiting := s.backlog.now().waiting; {
	case waiting > 0:
		return fmt.Errorf("pool %s: %s not answered within %v after the end of input", s.session.Pool(), cli.Count(waiting, "line"), s.wait)
	case s.session.Element() == 0:
		return fmt.Errorf("pool %s: no session within %v after the end of input", s.session.Pool(), s.wait)
	}
	return nil // A service may be silent without input.
}
