package cli

import (
	"context"
	"io"
	"os"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// A Live is a writer to a terminal whose last line changes in place, such as a line of progress.
// Written text appears above the line. The methods may be called by several goroutines. A nil
// Live shows nothing.
type Live struct {
	out   io.Writer
	width func() int // columns of the terminal, 0 for unknown

	mu   sync.Mutex
	line string
}

// NewLive returns a live line at the terminal of the file, written to out. It returns nil if the
// file is no terminal.
func NewLive(file *os.File, out io.Writer) *Live {
	if !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return &Live{out: out, width: func() int { return Width(file) }}
}

// eraseLine moves the cursor to the beginning of its line, and erases the line.
const eraseLine = "\r\033[K"

// Set shows the line in place of the former line, cut to the width of the terminal. An empty
// line removes the former line.
func (l *Live) Set(line string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if line == "" && l.line == "" {
		return
	}
	l.line = cut(line, l.width()-1) // A full last column makes some terminals begin a line.
	l.show("")
}

// Follow shows what line returns, now and after each interval, until the context ends.
func (l *Live) Follow(ctx context.Context, interval time.Duration, line func() string) {
	if l == nil {
		return
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		l.Set(line())
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// Erase returns the text that removes the line, for a writer other than out. The line is not shown
// again.
func (l *Live) Erase() string {
	if l == nil {
		return ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.line == "" {
		return ""
	}
	l.line = ""
	return eraseLine
}

// Write writes whole lines of text above the live line.
func (l *Live) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.show(string(text)); err != nil {
		return 0, err
	}
	return len(text), nil
}

// show writes text, and the line below it. The cursor waits at the beginning of the line, where a
// log that shares the terminal goes on.
func (l *Live) show(text string) error {
	end := ""
	if l.line != "" {
		end = l.line + "\r"
	}
	_, err := io.WriteString(l.out, eraseLine+text+end)
	return err
}

// cut returns the first characters of a line. A width below 1 is unknown.
func cut(line string, width int) string {
	if width < 1 || utf8.RuneCountInString(line) <= width {
		return line
	}
	runes := []rune(line)
	return string(runes[:width])
}
