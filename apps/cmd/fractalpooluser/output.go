package main

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/rserpool-go/rserpool/apps/internal/picture"
	"github.com/rserpool-go/rserpool/internal/cli"
)

// An output shows pictures, and the reasons of waits.
type output interface {
	picture.Observer
	setNote(text string)
}

// output returns the output of the program, and its end.
func (p *program) output(ctx context.Context) (o output, stop func()) {
	if !p.Terminal {
		return &lines{out: cli.Standard(ctx, os.Stdout), notes: cli.Standard(ctx, os.Stderr)}, func() {}
	}
	t := &terminal{out: cli.StandardToEnd(ctx, os.Stdout), marks: p.marks(), size: func() (columns, rows int) {
		columns, rows, err := term.GetSize(int(os.Stdout.Fd()))
		if err != nil {
			return 80, 24
		}
		return columns, rows
	}}
	return t, t.start(p.Caption)
}

// setNote prints the reason of a wait.
func (l *lines) setNote(text string) {
	if text != "" {
		fmt.Fprintf(l.notes, "fractalpooluser: %s\n", text)
	}
}
