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
	out, notes io.Writer
	element    wire.PEID // that serves the session, as of what has been received

	unanswered []string // in the order in which they were sent
	failovers  int
}

// maxUnanswered bounds what is sent ahead of the answers.
const maxUnanswered = 1000

// run sends the lines and prints the answers. After the last line it waits for the
// last answer.
func (t *terminal) run(ctx context.Context, lines <-chan string, wait time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
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
	var timeout <-chan time.Time // set after the last line
	for {
		if lines == nil && len(t.unanswered) == 0 {
			return nil
		}
		in := lines
		if len(t.unanswered) >= maxUnanswered {
			in = nil
		}
		select {
		case line, more := <-in:
			if !more {
				lines, timeout = nil, time.After(wait)
				continue
			}
			t.unanswered = append(t.unanswered, line)
			if err := t.send(ctx, line); err != nil {
				return err
			}
		case item := <-items:
			if err := t.take(ctx, item); err != nil {
				return err
			}
		case err := <-failed:
			return err
		case <-timeout:
			return fmt.Errorf("%d lines: %w", len(t.unanswered), errUnanswered)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// send sends a line. While there is no element, it waits among the unanswered for
// the next one.
func (t *terminal) send(ctx context.Context, line string) error {
	err := t.session.Send(ctx, asap.Data{Data: []byte(line + "\n")})
	if errors.Is(err, asap.ErrBroken) {
		return nil
	}
	return err
}

func (t *terminal) take(ctx context.Context, item asap.Item) error {
	switch item := item.(type) {
	case asap.Data:
		if len(t.unanswered) > 0 {
			t.unanswered = t.unanswered[1:]
		}
		fmt.Fprintf(t.out, "from PE %v> %s\n", t.element, printable(item.Data))
	case asap.FailoverNecessary:
		t.failovers++
		fmt.Fprintf(t.notes, "rspterminal: element %v is gone, failover %d\n", item.Element, t.failovers)
	case asap.FailoverComplete:
		t.element = item.Element
		fmt.Fprintf(t.notes, "rspterminal: going on at element %v\n", item.Element)
		// What the old element has not answered is lost.
		for _, line := range t.unanswered {
			if err := t.send(ctx, line); err != nil {
				return err
			}
		}
	}
	return nil
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
