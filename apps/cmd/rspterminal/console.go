package main

import (
	"context"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/rserpool-go/rserpool/internal/cli"
)

// A console is the way to the user: a terminal with an editor, or pipes and files.
type console struct {
	in         <-chan line
	out, notes io.Writer
	isEdited   bool // by a user at a terminal
	close      func()
}

// openConsole opens the standard files. Their writers wait for a slow reader until the context
// ends.
func openConsole(ctx context.Context) (*console, error) {
	c := &console{out: cli.Standard(ctx, os.Stdout), notes: cli.Standard(ctx, os.Stderr), close: func() {}}
	edit, err := newEditor(os.Stdin, os.Stdout, c.out)
	if err != nil {
		return nil, err
	}
	if edit == nil {
		c.in = lines(os.Stdin)
		return c, nil
	}
	c.in, c.out, c.close, c.isEdited = edit.lines(), edit, edit.close, true
	if term.IsTerminal(int(os.Stderr.Fd())) {
		c.notes = edit
	}
	return c, nil
}
