package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"github.com/rserpool-go/rserpool/internal/cli"
)

// interval is the time between two tables of --watch; 0: no --watch.
type interval time.Duration

// The bounds of --watch, and its value without a number.
const (
	usualInterval = 2 * time.Second
	minInterval   = 100 * time.Millisecond
	maxInterval   = time.Hour
)

// IsBool lets kong take --watch without a value.
func (i *interval) IsBool() bool { return true }

// Decode takes the value of --watch=MS, or none. Kong calls it.
func (i *interval) Decode(ctx *kong.DecodeContext) error {
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		*i = interval(usualInterval)
		return nil
	}
	text, ok := ctx.Scan.Pop().Value.(string)
	if !ok {
		return fmt.Errorf("expected a number of milliseconds")
	}
	var m cli.Milliseconds
	if err := m.UnmarshalText([]byte(text)); err != nil {
		return err
	}
	if d := m.Duration(); d < minInterval || d > maxInterval {
		return fmt.Errorf("%v is not from %v to %v", d, minInterval, maxInterval)
	}
	*i = interval(m)
	return nil
}

// watch shows the handlespace until stopped. A table that cannot be read is tried again, and the
// screen shows the error.
func (p *program) watch(ctx context.Context, s *source) error {
	out := cli.Standard(ctx, os.Stdout)
	show, err := p.shower(out)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		d, err := s.read(ctx)
		if ctx.Err() != nil {
			break
		}
		if err := show(d, err); err != nil && ctx.Err() == nil {
			return err
		}
		s.idle(ctx, time.Duration(p.Watch))
	}
	return nil // Stopped by the user.
}

// shower returns the function that shows a dump, or the error in its place.
func (p *program) shower(out io.Writer) (func(d *dump, err error) error, error) {
	if p.Output == "text" && term.IsTerminal(int(os.Stdout.Fd())) {
		screen := &screen{out: out, size: func() (width, height int) {
			width, height, _ = term.GetSize(int(os.Stdout.Fd()))
			return width, height
		}}
		return screen.show, nil
	}
	form := p.Output
	if form == "text" {
		form = "json"
	}
	write, err := writer(form)
	return func(d *dump, err error) error {
		if err != nil {
			cli.PrintLast(os.Stderr, "hsdump: "+err.Error())
			return nil
		}
		return write(out, d)
	}, err
}

// A screen shows the last dump at a terminal, in place of the dump before.
type screen struct {
	out  io.Writer
	size func() (width, height int) // 0: unknown
	last string                     // the last dump
}

// Sequences of the terminal.
const (
	home      = "\033[H"
	eraseLine = "\033[K"
	eraseRest = "\033[J"
)

// show draws a dump. After an error, the last dump stays below the error.
func (s *screen) show(d *dump, err error) error {
	text := s.last
	if err != nil {
		text = "hsdump: " + err.Error() + "; trying again\n\n" + text
	} else {
		s.last = d.text()
		text = s.last
	}
	_, err = io.WriteString(s.out, s.draw(text))
	return err
}

// draw returns the text cut to the size of the terminal, with the sequences that put it in place.
func (s *screen) draw(text string) string {
	width, height := s.size()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if room := height - 1; room > 1 && len(lines) > room {
		hidden := len(lines) - room + 1
		lines = append(lines[:room-1:room-1], fmt.Sprintf("(%d more lines)", hidden))
	}
	var b strings.Builder
	b.WriteString(home)
	for _, line := range lines {
		if width > 1 && utf8.RuneCountInString(line) >= width {
			line = string([]rune(line)[:width-1])
		}
		b.WriteString(line + eraseLine + "\r\n")
	}
	return b.String() + eraseRest
}
