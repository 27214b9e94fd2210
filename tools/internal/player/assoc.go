package player

import (
	"maps"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// state is the state of an association of the script in the live session.
type state uint8

const (
	// opening: the endpoint or the association is not up yet.
	opening state = iota
	up
	// down: the association could not be opened, or has ended.
	down
	// awaited: the registrar opened the association, and the live registrar will do so.
	awaited
)

// assoc is an association of the script.
type assoc struct {
	number uint64
	ppid   uint32
	actor  *actor
	line   *line // while it is up
	state  state
	peer   *peer // of ENRP, once it has said who it is

	said      int         // cues that the client says
	exchanges []*exchange // in the order of the requests
	news      map[string]*news
	owed      int                     // messages in news that the live registrar has not sent
	elements  map[elementKey]struct{} // registered over the association
	// abortedLive: the live registrar has refused or ended the association.
	abortedLive bool
	closing     bool // the end was held up once
}

func newAssoc(c script.Cue) *assoc {
	return &assoc{
		number: c.Assoc, ppid: c.PPID, news: make(map[string]*news), elements: make(map[elementKey]struct{}),
	}
}

// openTime limits the opening of an endpoint or an association, and the end of an association.
const openTime = 15 * time.Second

// maxAssocs bounds the associations that are open at the same time.
const maxAssocs = 4096

// open carries out the cue that opens an association. If there are too many, the oldest is
// closed: the capture may lack its end. It returns false if it has to be called again when the
// gate opens, because an association of the same client is being ended.
func (p *Player) open(c script.Cue) bool {
	if a := p.places[c.Client]; a != nil && c.PPID == wire.PPIDASAP && !a.isQuiet() {
		if !a.isWaitedFor {
			a.isWaitedFor = true
			p.gate = gate{quiet: a, until: p.now.Add(openTime)}
			return false
		}
		p.vacate(a) // It takes too long.
	}
	former := p.assocs[c.Assoc] // A damaged record may open an association twice.
	if former == nil && len(p.assocs) >= maxAssocs {
		former = p.assocs[slices.Min(slices.Collect(maps.Keys(p.assocs)))]
	}
	if former != nil {
		p.closeAssoc(former, false)
		p.part(former, false, false)
	}
	s := newAssoc(c)
	p.assocs[c.Assoc] = s
	if c.PPID == wire.PPIDASAP {
		s.actor = p.places[c.Client]
	}
	switch {
	case c.ByRegistrar && c.PPID == wire.PPIDASAP:
		s.state = awaited
		p.claim(s)
		return true
	case s.actor == nil:
		s.actor = p.openActor(c.PPID)
		p.client[s.actor.id] = c.Client
		p.opening[s.actor.id] = s
		if c.PPID == wire.PPIDASAP {
			p.settleAt(s.actor, c.Client)
		}
	default:
		p.dial(s)
	}
	p.gate = gate{assoc: s, until: p.now.Add(openTime)}
	return true
}

// claim finds the association that the live registrar has opened for one of the script.
func (p *Player) claim(s *assoc) {
	if s.actor == nil {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(s.actor.lines)) {
		if l := s.actor.lines[id]; l.assoc == nil && !l.ending {
			l.assoc, s.line, s.state = s, l, up
			return
		}
	}
	s.actor.awaited = append(s.actor.awaited, s)
}

// dial opens an association from an endpoint that is open.
func (p *Player) dial(s *assoc) {
	p.dialCount++
	p.dialing[p.dialCount] = s
	p.do(Do{s.actor.id, step.Dial{Dial: p.dialCount}})
}

// onOpened takes the addresses of an endpoint, and dials if it is for an association.
func (p *Player) onOpened(a *actor, ev Opened) {
	a.addrs, a.opened = ev.Addrs, true
	if from, ok := p.client[a.id]; ok && len(ev.Addrs) > 0 {
		delete(p.client, a.id)
		p.do(Mapped{"address", from.String(), ev.Addrs[0].String()})
	}
	s := p.opening[a.id]
	delete(p.opening, a.id)
	switch {
	case s == nil:
	case len(ev.Addrs) == 0:
		p.refuse(s, ev.Err)
	default:
		p.dial(s)
	}
}

// close carries out the cue that closes an association. It returns false if it has to be
// called again when the gate opens: first, the live registrar may send the news that the
// script has, and abort the association if the registrar of the script does.
func (p *Player) close(c script.Cue, s *assoc) bool {
	aborted := c.ByRegistrar && c.Aborted
	if !s.closing && s.state == up && (aborted || s.lacksNews()) {
		s.closing = true
		p.gate = gate{closing: s, abort: aborted, until: p.now.Add(p.config.Patience)}
		return false
	}
	p.closeAssoc(s, aborted)
	p.part(s, c.Aborted, c.ByRegistrar && !c.Aborted)
	return true
}

// part ends the association of a client, with its actor unless others need it. If the registrar
// of the script leaves, the actor lingers.
func (p *Player) part(s *assoc, abort, leaves bool) {
	switch {
	case s.actor == nil:
	case s.actor.isPlace && s.line != nil && !leaves:
		p.endLine(s.line, abort)
	case s.actor.isPlace:
	case leaves:
		p.linger(s.actor)
	default:
		p.leave(s.actor, abort)
	}
}

// maxLingering bounds the actors that stay when the registrar of the script has left.
const maxLingering = 256

// linger keeps an actor whose association the registrar of the script has shut down, because
// that registrar leaves. The live registrar stays, and would act upon the end of the
// association.
func (p *Player) linger(a *actor) {
	p.vacate(a)
	if p.lingering = append(p.lingering, a); len(p.lingering) > maxLingering {
		p.leave(p.lingering[0], false)
		p.lingering = p.lingering[1:]
	}
}

// closeAssoc reports the outcomes that are left, and forgets the association.
func (p *Player) closeAssoc(s *assoc, abortedInScript bool) {
	p.settle(s)
	if s.state != awaited && abortedInScript != s.abortedLive {
		p.outcome(Outcome{Topic: Topic{Assoc: s.number, Text: "end"}, At: p.at, Ended: &Ended{abortedInScript, s.abortedLive}})
	}
	p.forgetElements(s)
	delete(p.assocs, s.number)
	if s.line != nil {
		s.line.assoc = nil
	}
}

// forgetElements removes the elements of an association that has ended, as the registrar
// does. Elements that have another home by now stay.
func (p *Player) forgetElements(s *assoc) {
	for key := range s.elements {
		if e := p.elements[key]; e != nil && e.isRegistered {
			delete(p.elements, key)
		}
	}
	clear(s.elements)
}

// gate holds up the cues until something has happened, or until a time.
type gate struct {
	assoc  *assoc    // is no longer opening
	answer *exchange // is answered
	of     *assoc    // the association of answer
	actor  *actor    // is open
	quiet  *actor    // has no association that is being ended
	// closing has sent its news, and has ended if abort is set.
	closing *assoc
	abort   bool
	until   time.Time
}

// isShut reports whether the gate holds up the cues.
func (g *gate) isShut(now time.Time) bool {
	if !g.until.IsZero() && !now.Before(g.until) {
		return false
	}
	switch {
	case g.assoc != nil:
		return g.assoc.state == opening
	case g.answer != nil:
		return g.answer.live == nil && g.of.state == up
	case g.actor != nil:
		return !g.actor.opened
	case g.quiet != nil:
		return !g.quiet.isQuiet()
	case g.closing != nil:
		return g.closing.state == up && (g.abort || g.closing.lacksNews())
	}
	return false
}
