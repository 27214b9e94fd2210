package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// An editor reads lines from the user's terminal, with editing and a history, and writes text above
// the line that is edited.
type editor struct {
	*term.Terminal
	// close gives the terminal its former settings. Further calls do nothing.
	close func()
}

// prompt stands before the line that is edited.
const prompt = "> "

// newEditor returns an editor if in and out are a terminal, else nil. All output is written to
// screen.
func newEditor(in, out *os.File, screen io.Writer) (*editor, error) {
	input, output := int(in.Fd()), int(out.Fd())
	if !term.IsTerminal(input) || !term.IsTerminal(output) {
		return nil, nil
	}
	former, err := term.MakeRaw(input)
	if err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	keepLineEnds(input)
	restore := sync.OnceFunc(func() { _ = term.Restore(input, former) }) // There is no other way to restore it.
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{&keyboard{in, restore}, screen}, prompt)
	t.SetBracketedPasteMode(true)
	stop := onResize(func() {
		if width, height, err := term.GetSize(output); err == nil {
			_ = t.SetSize(width, height) // The next repaint shows an error of the writer.
		}
	})
	return &editor{Terminal: t, close: sync.OnceFunc(func() {
		stop()
		t.SetBracketedPasteMode(false)
		_, _ = io.WriteString(out, "\r\033[K") // The prompt goes, also after the end of screen.
		restore()
	})}, nil
}

// lines returns the lines of the user. Control-D ends them.
func (e *editor) lines() <-chan line {
	out := make(chan line)
	go func() {
		defer close(out)
		for {
			text, err := e.ReadLine()
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil && !errors.Is(err, term.ErrPasteIndicator):
				out <- line{err: err}
				return
			}
			out <- line{text: text}
		}
	}()
	return out
}

// keyboard is the input of a terminal in raw mode. Control-C interrupts the program.
type keyboard struct {
	in      io.Reader
	restore func() // gives the terminal its former settings
}

const controlC = 3

// Read reads keys up to a Control-C.
func (k *keyboard) Read(keys []byte) (int, error) {
	n, err := k.in.Read(keys)
	i := bytes.IndexByte(keys[:n], controlC)
	if i < 0 {
		return n, err
	}
	k.restore() // The next interrupt ends the program at once.
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Signal(os.Interrupt) // Without signals, the end of the input ends the program.
	}
	return i, io.EOF
}
