package main

import (
	"fmt"
	"image"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/rserpool-go/rserpool/apps/internal/picture"
	"github.com/rserpool-go/rserpool/internal/cli"
)

// A terminal shows the picture at a terminal, with a line about it below. Both change in place. Each
// character has two points, by different colours of its halves.
type terminal struct {
	out   io.Writer
	size  func() (columns, rows int)
	marks picture.Marks

	mu      sync.Mutex // guards the fields below
	picture *picture.Picture
	view    *picture.View
	image   *image.Paletted
	stale   image.Rectangle // of the image
	note    string          // the reason of a wait

	shown         []string // the lines at the terminal
	columns, rows int      // of the terminal when they were shown
}

const (
	hideCursor = "\033[?25l"
	showCursor = "\033[?25h"
	clear      = "\033[2J\033[H"
	eraseRest  = "\033[K"
	plain      = "\033[0m"
)

// frameInterval is the time between two frames.
const frameInterval = 100 * time.Millisecond

// start shows frames until the returned function is called, which shows the last one.
func (t *terminal) start(caption string) (stop func()) {
	fmt.Fprintf(t.out, "\033]2;%s\a%s", printable(caption), hideCursor)
	end := make(chan struct{})
	var frames sync.WaitGroup
	frames.Go(func() {
		ticker := time.NewTicker(frameInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				t.show()
			case <-end:
				t.show()
				return
			}
		}
	})
	return sync.OnceFunc(func() {
		close(end)
		frames.Wait()
		fmt.Fprint(t.out, "\n"+showCursor)
	})
}

// Observe notes changes of the picture for the next frame.
func (t *terminal) Observe(p *picture.Picture, ev picture.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch ev := ev.(type) {
	case picture.Begun:
		t.picture, t.view = p, p.View(t.marks)
		t.image = t.view.Blank()
	case picture.Arrived:
		t.stale = t.stale.Union(ev.Area)
	case picture.Served:
		t.note = ""
	}
}

// setNote notes the reason of a wait.
func (t *terminal) setNote(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.note = text
}

// show shows the changes since the last frame.
func (t *terminal) show() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.picture == nil {
		return
	}
	t.view.Paint(t.image, t.stale)
	t.stale = image.Rectangle{}
	columns, rows := t.size()
	frame := append(halfBlocks(t.image, columns, rows-2), cut(t.status(), columns-1))
	_, _ = io.WriteString(t.out, t.update(frame, columns, rows)) // Without a reader, frames are left out.
}

// update returns the text that changes the shown lines into those of a frame. The cursor rests in
// the last line.
func (t *terminal) update(frame []string, columns, rows int) string {
	var b strings.Builder
	switch {
	case columns != t.columns || rows != t.rows || len(frame) != len(t.shown):
		if t.shown != nil {
			b.WriteString(clear)
		}
		t.shown = make([]string, len(frame))
		t.columns, t.rows = columns, rows
	case len(frame) > 1:
		fmt.Fprintf(&b, "\033[%dA", len(frame)-1)
	}
	for i, line := range frame {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString("\r")
		if line != t.shown[i] {
			b.WriteString(line + plain + eraseRest)
		}
	}
	t.shown = frame
	return b.String()
}

// status returns the line about the picture.
func (t *terminal) status() string {
	g := t.picture.Progress()
	text := fmt.Sprintf("picture %d, %s: %d %%, %s of %d at work, %s", t.picture.Number, printable(t.picture.Name),
		g.Percent(), cli.Count(g.Serving, "session"), g.Tiles, cli.Count(g.Failovers, "failover"))
	if g.Complete == g.Tiles {
		text = fmt.Sprintf("picture %d, %s: complete, %s, %s", t.picture.Number, printable(t.picture.Name),
			cli.Count(g.Tiles, "session"), cli.Count(g.Failovers, "failover"))
	}
	if t.note != "" {
		text += "; " + printable(t.note)
	}
	return text
}

// printable returns a text without control characters.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// cut returns the first characters of a line.
func cut(line string, width int) string {
	runes := []rune(line)
	return string(runes[:min(len(runes), max(width, 0))])
}
