package main

import (
	"fmt"
	"slices"
)

// ladderDrawing is a ladder with the places of its parts.
type ladderDrawing struct {
	Width, Height int
	Lanes         []tick
	Heads, Marked []int // places
	Gaps          []tick
	Rungs         []rungDrawing
}

// rungDrawing is an arrow.
type rungDrawing struct {
	Class, Title, Time, Name string
	Path, Head               string
	Y, TextX                 int
}

// Places of a ladder. The last lane stands for all hosts without a lane of their own.
const (
	rungHeight = 24
	lanesFrom  = 150
	laneStep   = 180
	headEvery  = 40 // rungs
)

// otherHosts is the head of the lane of hosts without a lane.
const otherHosts = "other hosts"

// drawing returns the places of the parts of the ladder.
func (l *ladder) drawing() ladderDrawing {
	slices.SortFunc(l.lanes, func(a, b lane) int { return a.Compare(b.AddrPort) })
	var d ladderDrawing
	step := laneStep
	for _, lane := range l.lanes {
		step = max(step, len(lane.String())*7+14)
	}
	for i, lane := range l.lanes {
		d.Lanes = append(d.Lanes, tick{float64(lanesFrom + i*step), lane.String()})
	}
	if len(l.lanes) == maxLanes {
		d.Lanes = append(d.Lanes, tick{float64(lanesFrom + maxLanes*step), otherHosts})
	}
	y := 0
	for i, r := range l.rungs {
		if r.Gap > 0 {
			y += rungHeight
			d.Gaps = append(d.Gaps, tick{float64(y), leftOutText(r.Gap)})
		}
		if i%headEvery == 0 {
			y += rungHeight
			d.Heads = append(d.Heads, y)
		}
		y += rungHeight
		if r.Mark != "" {
			d.Marked = append(d.Marked, y-rungHeight/2-6)
		}
		d.Rungs = append(d.Rungs, r.drawing(l.place(r.src, step), l.place(r.dst, step), y, step))
	}
	if n := l.rest(); n > 0 {
		y += rungHeight
		d.Gaps = append(d.Gaps, tick{float64(y), leftOutText(n)})
	}
	d.Width, d.Height = lanesFrom+max(len(d.Lanes)-1, 0)*step+step/2, y+rungHeight
	return d
}

// place returns the place of a lane.
func (l *ladder) place(of lane, step int) int {
	i := slices.Index(l.lanes, of)
	if i < 0 {
		i = maxLanes
	}
	return lanesFrom + i*step
}

func leftOutText(n int) string { return fmt.Sprintf("%d messages left out", n) }

// drawing returns an arrow between two places, with the name beside the lane of the sender. A message
// within a lane is a loop.
func (r *rung) drawing(from, to, y, step int) rungDrawing {
	d := rungDrawing{
		Class: groupNames[r.group], Name: r.Name, Time: fmt.Sprintf("%.6f", r.Since.Seconds()), Y: y, TextX: from + step/2,
		Title: fmt.Sprintf("frame %d, %s, %v > %v: %s %s", r.Frame, seconds(r.Since), r.src, r.dst, r.Name, r.Text),
	}
	if r.IsDamaged {
		d.Class = "damaged"
	}
	const head = 7
	switch {
	case from == to:
		d.Path = fmt.Sprintf("M%d %d h14 v6 h-%d", from, y-3, 14-head)
		d.Head = fmt.Sprintf("M%d %d l%d -4 v8 z", from, y+3, head)
	case from < to:
		d.Path = fmt.Sprintf("M%d %d H%d", from, y, to-head)
		d.Head = fmt.Sprintf("M%d %d l-%d -4 v8 z", to, y, head)
	default:
		d.TextX = from - step/2
		d.Path = fmt.Sprintf("M%d %d H%d", from, y, to+head)
		d.Head = fmt.Sprintf("M%d %d l%d -4 v8 z", to, y, head)
	}
	return d
}
