package replay

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/meaning"
	"github.com/rserpool-go/rserpool/tools/internal/player"
)

// Difference is a field in which two answers to the same request differ. With one registrar,
// A is the answer of the capture, and B the answer of the registrar. With two registrars, A and
// B are their answers. Identifiers are those of the capture.
type Difference struct {
	// Round counts from 1.
	Round int
	// Frame is the number of the packet of the request in the capture, 0 if there is none.
	Frame int
	// At is the time of the request in the capture, since its first message.
	At time.Duration
	// Request is the request, or the subject of a message that nobody has asked for.
	Request string
	// Field is the field of the answer. The field "message" stands for its type, and the value
	// "none" there for no answer.
	Field string
	A, B  string
}

// maxPending bounds the outcomes that wait for the second registrar.
const maxPending = 1 << 16

// judge compares the outcomes of the registrars.
type judge struct {
	round  int
	two    bool
	report func(Difference)
	count  int
	// answers counts the pairs of messages that were compared.
	answers int
	// pending are the outcomes at one of two registrars.
	pending map[player.Topic]pendingOutcome
}

type pendingOutcome struct {
	player.Outcome
	side int
}

// take compares an outcome at a registrar.
func (j *judge) take(side int, o player.Outcome) {
	for _, id := range o.Strangers {
		j.differ(o, meaning.Difference{Field: "element outside the pool", B: id.String()})
	}
	if !j.two {
		j.compare(o)
		return
	}
	other, ok := j.pending[o.Topic]
	if !ok || other.side == side {
		if len(j.pending) >= maxPending {
			j.finish()
		}
		j.pending[o.Topic] = pendingOutcome{o, side}
		return
	}
	delete(j.pending, o.Topic)
	j.join(pendingOutcome{o, side}, other.Outcome)
}

// join compares the outcomes at both registrars.
func (j *judge) join(o pendingOutcome, other player.Outcome) {
	first, second := o.Outcome, other
	if o.side == 1 {
		first, second = second, first
	}
	joined := o.Outcome
	joined.Script, joined.Live = first.Live, second.Live
	if o.Ended != nil && other.Ended != nil {
		joined.Ended = &player.Ended{Script: first.Ended.Live, Live: second.Ended.Live}
	}
	j.compare(joined)
}

// finish compares the outcomes that only one registrar has with nothing.
func (j *judge) finish() {
	rest := make([]pendingOutcome, 0, len(j.pending))
	for _, o := range j.pending {
		rest = append(rest, o)
	}
	slices.SortFunc(rest, func(a, b pendingOutcome) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Topic.Assoc, b.Topic.Assoc),
			strings.Compare(a.Topic.Text, b.Topic.Text), cmp.Compare(a.Topic.Number, b.Topic.Number))
	})
	for _, o := range rest {
		none := player.Outcome{}
		if o.Ended != nil { // It is reported only where it differs from the capture.
			none.Ended = &player.Ended{Live: o.Ended.Script}
		}
		j.join(o, none)
	}
	clear(j.pending)
}

// compare reports the differences of an outcome.
func (j *judge) compare(o player.Outcome) {
	if o.Ended != nil {
		if o.Ended.Script != o.Ended.Live {
			j.differ(o, meaning.Difference{Field: "association", A: endText(o.Ended.Script), B: endText(o.Ended.Live)})
		}
		return
	}
	j.answers++
	for _, d := range meaning.Compare(o.Script, o.Live) {
		j.differ(o, d)
	}
}

func endText(ended bool) string {
	if ended {
		return "refused or ended by the registrar"
	}
	return "up"
}

// differ reports a difference.
func (j *judge) differ(o player.Outcome, d meaning.Difference) {
	j.count++
	if j.report != nil {
		j.report(Difference{
			Round: j.round, Frame: o.Frame, At: o.At, Request: cmp.Or(o.Request, o.Topic.Text),
			Field: d.Field, A: d.A, B: d.B,
		})
	}
}
