package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// session is what a terminal needs of an [asap.Session]. It begins without an element,
// and tells the first one by an [asap.FailoverComplete] as it does with the next ones.
type session interface {
	Send(context.Context, asap.Data) error
	Receive(context.Context) (asap.Item, error)

	// Failover has a session without element go on at the next one.
	Failover(context.Context) error
}

// terminal carries lines to a pool, and answers back.
type terminal struct {
	session    session
	element    wire.PEID // that serves the session, as of what has been received; 0: none so far
	up         bool      // there is an element now
	out, notes io.Writer
	quiet      bool // no notes
	colored    bool

	watch      node.Watch       // tells the user what the session waits for
	expecting  bool             // answers
	began      time.Time        // when the session was up last
	idle       int              // how often in a row a session has ended shortly with nothing to do
	resume     <-chan time.Time // when the next one begins; nil: nothing has to wait
	unanswered []string         // in the order in which they were sent; empty if none are expected
	ahead      int              // octets of these
	sent       int
	answers    int
	failovers  int
}

const (
	// maxUnanswered and maxAhead bound what is sent ahead of the answers, in lines and in
	// octets, with the last line beyond that. Their answers find room on the way: else the
	// server would wait for us to take answers, and we for the server to take lines.
	maxUnanswered = 1000
	maxAhead      = 64 << 10
	// stallDelay is after how long without an answer the user is told why nothing
	// more is sent.
	stallDelay = 5 * time.Second
	// idlePause is how long the next session waits when a server has ended one in which
	// there was nothing to do, as Daytime does. It doubles to maxIdlePause, but begins
	// anew when a session was longer than that.
	idlePause    = time.Second
	maxIdlePause = 10 * time.Second
	// maxGreeting is how long a service has to say something to one who has no input.
	maxGreeting = 3 * time.Second
)

// errUnanswered says that the session has ended too early.
var errUnanswered = errors.New("not answered")

// run sends the lines and prints the answers. After the last line it waits for the
// last answer; a wait of 0 means that there are no answers.
func (t *terminal) run(ctx context.Context, in <-chan line, wait time.Duration) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer t.watch.Stop()
	items, failed := t.receive(ctx)
	t.expecting = wait > 0
	var timeout, greeting, stall <-chan time.Time
	for in != nil || !t.settled() {
		if t.up {
			t.watch.Stop()
		} else if t.resume == nil {
			t.watch.Start(ctx, cancel)
		}
		source := in
		if !t.full() {
			stall = nil
		} else if source = nil; stall == nil && t.up {
			stall = time.After(stallDelay)
		}
		if in == nil && t.sent == 0 && t.up && greeting == nil {
			greeting = time.After(min(wait, maxGreeting))
		}
		select {
		case l, more := <-source:
			switch {
			case l.err != nil:
				return l.err
			case !more:
				in, timeout = nil, time.After(wait)
			default:
				if err := t.submit(ctx, l.text); err != nil {
					return err
				}
			}
		case item := <-items:
			stall = nil
			if err := t.take(ctx, item); err != nil {
				return err
			}
		case <-t.resume:
			if err := t.failOver(ctx); err != nil {
				return err
			}
		case err := <-failed:
			if cause := context.Cause(ctx); cause != nil {
				return cause
			}
			return err
		case <-stall:
			t.note("no answer to the last %d lines, so no more are sent; --wait=0 is for services that give none", len(t.unanswered))
			stall = make(chan time.Time) // It is told once.
		case <-greeting:
			return nil
		case <-timeout:
			return t.tooLate(wait)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// full reports whether lines have to wait: there are as many unanswered ones as there
// may be, or they would be lost because there is no element and nobody answers anyway.
func (t *terminal) full() bool {
	return len(t.unanswered) >= maxUnanswered || t.ahead >= maxAhead || !t.expecting && !t.up
}

// tooLate says what is missing a time after the end of input.
func (t *terminal) tooLate(wait time.Duration) error {
	if len(t.unanswered) == 0 && t.element != 0 {
		return nil // A service that keeps silent to one who has no input.
	}
	if len(t.unanswered) == 0 {
		return fmt.Errorf("no session within %v after the end of input", wait)
	}
	return fmt.Errorf("%s %w within %v after the end of input", count(len(t.unanswered), "line"), errUnanswered, wait)
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

// submit sends a line that is new.
func (t *terminal) submit(ctx context.Context, text string) error {
	t.sent++
	if t.expecting {
		t.unanswered = append(t.unanswered, text)
		t.ahead += len(text)
	}
	if t.resume != nil {
		return t.failOver(ctx)
	}
	if !t.up {
		return nil // It is sent with the others when the next element is known.
	}
	return t.send(ctx, text)
}

// send sends a line. If the element is gone already, the line waits among the
// unanswered for the next one. The session has none before the loss is known here and
// the failover is asked for, so nothing is sent twice to one element.
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
			t.ahead -= len(t.unanswered[0])
			t.unanswered = t.unanswered[1:]
		}
		t.print(item.Data)
	case asap.FailoverNecessary:
		t.up = false
		t.failovers++
		return t.lost(ctx, item)
	case asap.FailoverComplete:
		if t.element == 0 {
			t.note("session with element %v", item.Element)
		} else {
			t.note("going on at element %v%s", item.Element, t.again())
		}
		t.element, t.up, t.began = item.Element, true, time.Now()
		// What the old element has not answered is lost.
		for _, text := range t.unanswered {
			if err := t.send(ctx, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// lost goes on after the loss of an element: at once, unless there is nothing to do.
func (t *terminal) lost(ctx context.Context, item asap.FailoverNecessary) error {
	if time.Since(t.began) > maxIdlePause {
		t.idle = 0
	}
	switch {
	case !item.Orderly:
		t.note("element %v is gone, failover %d", item.Element, t.failovers)
	case !t.expecting || len(t.unanswered) > 0:
		t.note("element %v has ended the session, failover %d", item.Element, t.failovers)
	default:
		pause := min(idlePause<<min(t.idle, 10), maxIdlePause)
		t.idle++
		t.resume = time.After(pause)
		t.note("element %v has ended the session, failover %d in %v or with the next line", item.Element, t.failovers, pause)
		return nil
	}
	return t.failOver(ctx)
}

// failOver has the session go on.
func (t *terminal) failOver(ctx context.Context) error {
	t.resume = nil
	return t.session.Failover(ctx)
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
