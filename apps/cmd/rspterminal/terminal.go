package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// session is what a terminal needs of an [asap.Session].
type session interface {
	Send(context.Context, asap.Data) error
	Receive(context.Context) (asap.Item, error)
}

// terminal carries lines to a pool, and answers back.
type terminal struct {
	session    session
	element    wire.PEID // that serves the session, as of what has been received
	out, notes io.Writer
	quiet      bool // no notes
	colored    bool

	// watch is called when the session has lost its element: it tells the user what
	// the session waits for until the returned function is called, or gives up. Nil:
	// nobody tells.
	watch func(ctx context.Context, giveUp context.CancelCauseFunc) (stop func())

	expecting  bool     // answers
	unanswered []string // in the order in which they were sent; empty if none are expected
	sent       int
	answers    int
	failovers  int
}

const (
	// maxUnanswered bounds what is sent ahead of the answers.
	maxUnanswered = 1000
	// stallDelay is after how long without an answer the user is told why nothing
	// more is sent.
	stallDelay = 5 * time.Second
	// maxGreeting is how long a service has to say something to whom has no input.
	maxGreeting = time.Second
)

// errUnanswered says that the session has ended too early.
var errUnanswered = errors.New("not answered")

// run sends the lines and prints the answers. After the last line it waits for the
// last answer; a wait of 0 means that there are no answers.
func (t *terminal) run(ctx context.Context, in <-chan line, wait time.Duration) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stopWatching := func() {}
	defer func() { stopWatching() }()
	items, failed := t.receive(ctx)
	t.expecting = wait > 0
	var timeout, stall <-chan time.Time
	for in != nil || !t.settled() {
		source := in
		if len(t.unanswered) < maxUnanswered {
			stall = nil
		} else if source = nil; stall == nil {
			stall = time.After(stallDelay)
		}
		select {
		case l, more := <-source:
			switch {
			case l.err != nil:
				return l.err
			case !more:
				in, timeout = nil, time.After(t.patience(wait))
			default:
				if err := t.submit(ctx, l.text); err != nil {
					return err
				}
			}
		case item := <-items:
			stall = nil
			switch item.(type) {
			case asap.FailoverNecessary:
				if t.watch != nil {
					stopWatching = t.watch(ctx, cancel)
				}
			case asap.FailoverComplete:
				stopWatching()
			}
			if err := t.take(ctx, item); err != nil {
				return err
			}
		case err := <-failed:
			return err
		case <-stall:
			t.note("no answer to the last %d lines, so no more are sent; --wait=0 is for services that give none", len(t.unanswered))
			stall = make(chan time.Time) // It is told once.
		case <-timeout:
			if len(t.unanswered) > 0 {
				return fmt.Errorf("%s %w within %v after the end of input", count(len(t.unanswered), "line"), errUnanswered, wait)
			}
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// receive passes on what the session brings until the context ends.
func (t *terminal) receive(ctx context.Context) (<-chan asap.Item, <-chan error) {
	items := make(chan asap.Item)
	failed := make(chan error, 1)
	go func() {
		for {
			item, err := t.session.Receive(ctx)
			if err != nil {
				failed <- err
				return
			}
			select {
			case items <- item:
			case <-ctx.Done():
				return
			}
		}
	}()
	return items, failed
}

// settled reports whether nothing is to come after the end of input: every line has
// its answer, or, if there was no line, the service has said something by itself.
func (t *terminal) settled() bool {
	return len(t.unanswered) == 0 && (t.sent > 0 || t.answers > 0 || !t.expecting)
}

// patience is how long to wait after the end of input.
func (t *terminal) patience(wait time.Duration) time.Duration {
	if t.sent == 0 {
		return min(wait, maxGreeting)
	}
	return wait
}

// submit sends a line that is new.
func (t *terminal) submit(ctx context.Context, text string) error {
	t.sent++
	if t.expecting {
		t.unanswered = append(t.unanswered, text)
	}
	return t.send(ctx, text)
}

// send sends a line. While there is no element, it waits among the unanswered for
// the next one.
func (t *terminal) send(ctx context.Context, text string) error {
	err := t.session.Send(ctx, asap.Data{Data: []byte(text + "\n")})
	if errors.Is(err, asap.ErrBroken) {
		return nil
	}
	return err
}

func (t *terminal) take(ctx context.Context, item asap.Item) error {
	switch item := item.(type) {
	case asap.Data:
		t.answers++
		if len(t.unanswered) > 0 {
			t.unanswered = t.unanswered[1:]
		}
		t.print(item.Data)
	case asap.FailoverNecessary:
		t.failovers++
		if item.Orderly {
			t.note("element %v has ended the session, failover %d", item.Element, t.failovers)
		} else {
			t.note("element %v is gone, failover %d", item.Element, t.failovers)
		}
	case asap.FailoverComplete:
		t.element = item.Element
		t.note("going on at element %v%s", item.Element, t.again())
		// What the old element has not answered is lost.
		for _, text := range t.unanswered {
			if err := t.send(ctx, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// again says what is sent once more.
func (t *terminal) again() string {
	if len(t.unanswered) == 0 {
		return ""
	}
	return fmt.Sprintf(", %s sent again", count(len(t.unanswered), "line"))
}

// print prints an answer.
func (t *terminal) print(answer []byte) {
	blue, reset := "", ""
	if t.colored {
		blue, reset = "\033[34m", "\033[0m"
	}
	fmt.Fprintf(t.out, "%sfrom PE %v>%s %s\n", blue, t.element, reset, printable(answer))
}

// note tells the user something that is no answer.
func (t *terminal) note(format string, args ...any) {
	if !t.quiet {
		fmt.Fprintf(t.notes, "rspterminal: "+format+"\n", args...)
	}
}

// summary tells what there was, at the end.
func (t *terminal) summary() string {
	return fmt.Sprintf("%s sent, %s, %s", count(t.sent, "line"), count(t.answers, "answer"), count(t.failovers, "failover"))
}

// count returns a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// printable returns text without trailing space, and with other control characters
// replaced, so that a server cannot play tricks on the terminal.
func printable(data []byte) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && !unicode.IsPrint(r) {
			return '.'
		}
		return r
	}, strings.TrimRightFunc(string(data), func(r rune) bool { return r <= ' ' }))
}
