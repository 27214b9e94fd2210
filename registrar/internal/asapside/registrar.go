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
	now           time.Time // of the last step
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
	if r.hasWork() {
		return r.now
	}
	d := step.Earlier(r.announcer.deadline(), r.adoptions.deadline())
	d = step.Earlier(d, r.contests.deadline())
	return step.Earlier(d, step.Earlier(r.subscriptions.deadline(), r.supervision.deadline()))
}

// hasWork reports whether a task on many elements waits for the next tick. Timers that are due are
// no such task, because their deadline is reached anyway.
func (r *Registrar) hasWork() bool { return len(r.peers.ended) > 0 || r.adoptions.hasWork() }

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
