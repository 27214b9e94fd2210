package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

// session is an [asap.Session] whose failover is manual.
type session interface {
	Pool() string
	Element() wire.PEID
	Send(ctx context.Context, m asap.Message) error
	Messages(ctx context.Context) iter.Seq2[asap.Message, error]
	Failover(ctx context.Context) error
}

// A terminal carries lines to a pool, and answers back. A sender reads the lines, while a
// receiver prints the answers.
type terminal struct {
	session    session
	backlog    *backlog           // shared by sender and receiver
	lost       chan time.Duration // of length 1: the pause after which the sender asks for the failover
	watch      node.Watch         // of the sender
	out, notes io.Writer
	quiet      bool // there are no notes
	colored    bool
	timed      bool      // answers have their time
	first      sync.Once // element

	// The receiver's own.
	element   wire.PEID // serves the session
	since     time.Time // it does
	pauses    int       // in a row before failovers
	paused    bool      // before the present failover
	failovers int
}

const (
	// idlePause is the pause before a failover if a server ends a session without need, like
	// Daytime. It doubles up to maxIdlePause. After a session longer than maxIdlePause, the
	// pause is idlePause again.
	idlePause    = time.Second
	maxIdlePause = 10 * time.Second
)

func newTerminal(out, notes io.Writer, expecting bool) *terminal {
	return &terminal{backlog: newBacklog(expecting), lost: make(chan time.Duration, 1), out: out, notes: notes}
}

// run sends the lines and prints the answers. After the end of input it waits for the last answer.
func (t *terminal) run(ctx context.Context, in <-chan line, wait time.Duration) (err error) {
	ctx, end := context.WithCancelCause(ctx)
	s := &sender{terminal: t, in: in, wait: wait}
	var sending sync.WaitGroup
	sending.Go(func() {
		err = s.run(ctx, end)
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		end(nil)
	})
	end(t.receive(ctx))
	sending.Wait()
	return err
}

// receive prints the messages of the session until it ends.
func (t *terminal) receive(ctx context.Context) error {
	for m, err := range t.session.Messages(ctx) {
		failover, isFailover := errors.AsType[*asap.FailoverError](err)
		if err != nil && !isFailover {
			return err
		}
		t.begin(t.session.Element())
		switch {
		case !isFailover:
			t.print(m.Data, t.backlog.answer())
		case failover.To == 0:
			t.lose(failover)
		default:
			t.goOn(failover)
		}
	}
	return nil
}

// notify takes the events of the session.
func (t *terminal) notify(ev asap.Event) {
	if up, ok := ev.(asap.SessionUp); ok && !up.Failover {
		t.begin(up.Element)
	}
}

// begin notes the first element. It has no effect for further elements.
func (t *terminal) begin(element wire.PEID) {
	t.first.Do(func() {
		t.element, t.since = element, time.Now()
		t.note("session with element %v", element)
		t.backlog.setUp(true)
	})
}

// lose handles the loss of an element. The failover follows at once, unless there is nothing to do.
func (t *terminal) lose(f *asap.FailoverError) {
	t.failovers++
	if time.Since(t.since) > maxIdlePause {
		t.pauses = 0
	}
	pause := time.Duration(0)
	if t.paused = f.Orderly && t.backlog.expecting && t.backlog.now().waiting == 0; t.paused {
		pause = min(idlePause<<min(t.pauses, 10), maxIdlePause)
		t.pauses++
		t.mark("element %v has ended the session, failover %d in %v or with the next line", f.From, t.failovers, pause)
	}
	t.backlog.setUp(false)
	t.lost <- pause
}

// goOn notes that another element serves the session. Lines without an answer are sent again.
func (t *terminal) goOn(f *asap.FailoverError) {
	t.element, t.since = f.To, time.Now()
	note := fmt.Sprintf("failover %d: ", t.failovers)
	switch {
	case t.paused: // The end of the session was noted before the pause.
	case f.Orderly:
		note += fmt.Sprintf("element %v has ended the session, ", f.From)
	default:
		note += fmt.Sprintf("element %v is gone, ", f.From)
	}
	note += fmt.Sprintf("going on at element %v", f.To)
	if again := t.backlog.setUp(true); again > 0 {
		note += fmt.Sprintf(", %s sent again", cli.Count(again, "line"))
	}
	t.mark("%s", note)
}

// print prints an answer, and the time after which it has come, 0 for unknown.
func (t *terminal) print(answer []byte, after time.Duration) {
	blue, reset, delay := "", "", ""
	if t.colored {
		blue, reset = "\033[34m", "\033[0m"
	}
	if t.timed && after > 0 {
		delay = fmt.Sprintf(" after %.3f ms", float64(after)/float64(time.Millisecond))
	}
	fmt.Fprintf(t.out, "%sfrom PE %v%s>%s %s\n", blue, t.element, delay, reset, printable(answer))
}

// mark prints a note about a failover.
func (t *terminal) mark(format string, args ...any) {
	if t.colored && !t.quiet {
		format = "\033[33m" + format + "\033[0m"
	}
	t.note(format, args...)
}

// note prints a line that is not an answer.
func (t *terminal) note(format string, args ...any) {
	if !t.quiet {
		fmt.Fprintf(t.notes, "rspterminal: "+format+"\n", args...)
	}
}

// summary returns the numbers of a session that has ended.
func (t *terminal) summary() string {
	n := t.backlog.now()
	return fmt.Sprintf("%s sent, %s, %s", cli.Count(n.sent, "line"), cli.Count(n.answers, "answer"), cli.Count(t.failovers, "failover"))
}

// printable returns text without trailing space, and with control characters replaced, so that a
// server cannot send commands to the user's terminal.
func printable(data []byte) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && !unicode.IsPrint(r) {
			return '.'
		}
		return r
	}, strings.TrimRightFunc(string(data), func(r rune) bool { return r <= ' ' }))
}
