package sim

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

// World is a set of nodes, the network between them, and the time.
type World struct {
	config Config
	random *rand.Rand
	now    time.Duration // since the beginning
	queue  queue

	hosts      []*host
	byAddr     map[netip.Addr]*host
	registrars []*Registrar
	elements   []*Element
	users      []*User

	halves  []*half // in order of their creation; compact drops halves that are down
	cuts    []*Cut
	faultAt time.Duration // the time at which something was broken or mended last

	violations []string
}

// Now returns the time since the beginning.
func (w *World) Now() time.Duration { return w.now }

// Violations returns the violations found so far, at most maxViolations.
func (w *World) Violations() []string { return w.violations }

// Run lets time pass.
func (w *World) Run(d time.Duration) {
	end := w.now + d
	for {
		ev, ok := w.queue.pop(end)
		if !ok {
			break
		}
		w.now = ev.at
		ev.run()
	}
	w.now = end
}

// at runs a function at a time, and at once if the time has passed.
func (w *World) at(at time.Duration, run func()) { w.queue.push(max(at, w.now), run) }

// after runs a function later.
func (w *World) after(d time.Duration, run func()) { w.at(w.now+d, run) }

// draw draws a duration from least up to most.
func (w *World) draw(least, most time.Duration) time.Duration {
	if most <= least {
		return least
	}
	return least + time.Duration(w.random.Int64N(int64(most-least)))
}

// flip returns true with probability p.
func (w *World) flip(p float64) bool { return w.random.Float64() < p }

// newRandom returns a source of randomness for a machine.
func (w *World) newRandom() *rand.Rand {
	return rand.New(rand.NewPCG(w.random.Uint64(), w.random.Uint64()))
}

// bound returns the time within which the world notices and mends any fault. The default profile
// needs most after a registrar has died together with its elements: all timers in sequence, by
// the slowest clock. The fast profile needs most while an element makes two attempts to
// reach a dead registrar.
func (w *World) bound() time.Duration {
	if w.config.Network.Verdict <= time.Second {
		return 12 * time.Second
	}
	return 40 * time.Second
}

// maxViolations is the number of violations that a world keeps.
const maxViolations = 20

// violate reports that a node or the world is not as it must be.
func (w *World) violate(format string, args ...any) {
	text := fmt.Sprintf("%v: ", w.now.Round(time.Millisecond)) + fmt.Sprintf(format, args...)
	w.log("world", "VIOLATION %s", text)
	if len(w.violations) < maxViolations {
		w.violations = append(w.violations, text)
	}
}

// fault notes that something is broken or mended.
func (w *World) fault(format string, args ...any) {
	w.faultAt = w.now
	w.log("world", format, args...)
}

// log adds a line about a node to the transcript.
func (w *World) log(node, format string, args ...any) {
	if w.config.Trace != nil {
		w.config.Trace(fmt.Sprintf("%10.4f %-5s %s", w.now.Seconds(), node, fmt.Sprintf(format, args...)))
	}
}

// logMessage adds a received message to the transcript.
func (w *World) logMessage(to *host, assoc step.AssocID, m slog.LogValuer) {
	if w.config.Trace != nil {
		w.log(to.name, "%d> %v", assoc, m.LogValue())
	}
}
