package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/picture"
	"github.com/rserpool-go/rserpool/internal/cli"
)

// lines prints the news of pictures, a line each.
type lines struct {
	out, notes io.Writer

	mu     sync.Mutex // guards the fields below
	start  time.Time
	tenths int                  // of the points that have arrived
	left   map[int]picture.Left // for each tile: the element before
}

// Observe prints an event.
func (l *lines) Observe(p *picture.Picture, ev picture.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch ev := ev.(type) {
	case picture.Begun:
		l.start, l.tenths, l.left = time.Now(), 0, make(map[int]picture.Left)
		l.print("picture %d, %s: %d x %d points, %s", p.Number, p.Name, p.Order.Width, p.Order.Height, cli.Count(p.Tiles(), "session"))
	case picture.Left:
		l.left[ev.Tile] = ev
	case picture.Served:
		l.served(ev)
	case picture.Arrived:
		if tenths := p.Progress().Percent() / 10; tenths > l.tenths {
			l.tenths = tenths
			l.print("picture %d: %d %%", p.Number, 10*tenths)
		}
	case picture.Ended:
		if ev.Err == nil {
			l.print("picture %d: complete after %.3f s, %s", p.Number, time.Since(l.start).Seconds(), cli.Count(p.Progress().Failovers, "failover"))
		}
	}
}

// served prints the element of a session.
func (l *lines) served(ev picture.Served) {
	if ev.Failovers == 0 {
		l.print("session %d: element %v", ev.Tile+1, ev.Element)
		return
	}
	l.print("session %d: failover %d%s, going on at element %v %s", ev.Tile+1, ev.Failovers, former(l.left[ev.Tile]), ev.Element, state(ev))
}

// former returns the reason for leaving the element before, in words.
func former(left picture.Left) string {
	if left.Reason == nil {
		return ""
	}
	return fmt.Sprintf(": left element %v, because %v", left.Element, left.Reason)
}

func state(ev picture.Served) string {
	if ev.StateRestored {
		return "with the state of the session"
	}
	return "without state"
}

func (l *lines) print(format string, args ...any) {
	fmt.Fprintf(l.out, "%s %s\n", time.Now().Format(cli.TimeFormat), fmt.Sprintf(format, args...))
}
