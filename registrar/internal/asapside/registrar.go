package asapside

import (
	"math/rand/v2"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
)

// Registrar is the registrar's side of ASAP (RFC 5352, 3). It takes [step.LocalAddrs], [Open],
// [step.Up], [step.Down], [step.DialFailed], [step.Received], [step.Malformed], [Adopt],
// [Verify] and [step.Tick]. It changes the handlespace, and uses the timers of the elements
// whose home it is.
type Registrar struct {
	*env
	next          time.Time // the earliest time of the next slice of tasks on many elements
	peers         *peers
	announcer     announcer
	supervision   supervision
	adoptions     adoptionTable
	contests      contestTable
	resolver      *resolver
	subscriptions subscriptions
}

// New returns a registrar. It serves at once, and announces itself from [Open] on.
func New(config Config, hs *handlespace.Handlespace, random *rand.Rand) *Registrar {
	v := &env{config: config.withDefaults(), hs: hs, random: random}
	s := &resolver{env: v}
	p := newPeers()
	return &Registrar{
		env:           v,
		peers:         p,
		announcer:     announcer{env: v},
		supervision:   newSupervision(v, p),
		adoptions:     newAdoptionTable(),
		contests:      newContestTable(),
		resolver:      s,
		subscriptions: newSubscriptions(v, s),
	}
}

// Counts returns the counts of the registrar's work so far.
func (r *Registrar) Counts() Counts { return r.counts }

// Changed tells the registrar of a change of the handlespace. The OnChange of the handlespace
// must call it for each change. The next Step sends updates to subscribers; Deadline tells
// when they are due.
func (r *Registrar) Changed(c handlespace.Change) {
	r.peers.noteChange(c)
	r.supervision.noteChange(c)
	r.adoptions.noteChange(c)
	r.subscriptions.noteChange(c)
}

// Deadline returns the time of the next Tick, zero if none is due.
func (r *Registrar) Deadline() time.Time {
	d := step.Earlier(r.announcer.deadline(), r.contests.deadline())
	d = step.Earlier(d, r.subscriptions.deadline())
	timers := r.timeout()
	if r.hasWork() || !timers.IsZero() && timers.Before(r.next) {
		timers = r.next
	}
	return step.Earlier(d, timers)
}

// timeout returns the time of the first timer of an element, or end of the time for an answer to an
// adoption. It is zero if there is none. Slices handle those that are due.
func (r *Registrar) timeout() time.Time {
	return step.Earlier(r.supervision.deadline(), r.adoptions.deadline())
}

// hasWork reports whether a task on many elements waits for the next tick, except for timeouts.
func (r *Registrar) hasWork() bool { return len(r.peers.ended) > 0 || r.adoptions.hasWork() }

// isBusy reports whether tasks on many elements are left, such as timeouts that are due.
func (r *Registrar) isBusy(now time.Time) bool {
	d := r.timeout()
	return r.hasWork() || !d.IsZero() && !d.After(now)
}

// remove takes an element out of the handlespace, and ends its adoption. [Registrar.Changed]
// does the rest.
func (r *Registrar) remove(e *handlespace.Element, reason RemoveReason) {
	key := keyOf(e)
	r.adoptions.remove(key)
	r.do(ElementRemoved{Pool: key.pool, ID: key.id, Reason: reason})
	if reason != RemovedDeregistered {
		r.counts.Removals++
	}
	r.hs.Remove(e)
}
