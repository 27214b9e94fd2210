package player

import (
	"errors"
	"maps"
	"net/netip"
	"slices"

	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/step"
)

// actor is a client in the live session: an endpoint with its associations.
type actor struct {
	id      ActorID
	ppid    uint32
	addrs   []netip.AddrPort // known once it is open
	opened  bool
	leaving bool // it is to be closed with its last association
	lines   map[step.AssocID]*line

	// clients are the addresses of the script for which the actor stands. isPlace: the live
	// registrar was told that elements are there.
	clients []netip.AddrPort
	isPlace bool
	// isWaitedFor: a client that has come back waits for the end of its former association.
	isWaitedFor bool
	awaited     []*assoc // that the live registrar will open
}

// line is an association of the live session.
type line struct {
	number uint64 // in the record
	actor  *actor
	id     step.AssocID
	// assoc is the association of the script, nil if the live registrar has opened an
	// association on its own.
	assoc *assoc
	// ending: the player ends the association.
	ending bool
}

// hosts returns the addresses of the actor without ports.
func (a *actor) hosts() []netip.Addr {
	out := make([]netip.Addr, len(a.addrs))
	for i, addr := range a.addrs {
		out[i] = addr.Addr()
	}
	return out
}

// openActor asks for an endpoint.
func (p *Player) openActor(ppid uint32) *actor {
	p.actorCount++
	a := &actor{id: p.actorCount, ppid: ppid, lines: make(map[step.AssocID]*line)}
	p.actors[a.id] = a
	p.do(OpenActor{Actor: a.id, PPID: ppid})
	return a
}

// closeActor closes an endpoint.
func (p *Player) closeActor(a *actor) {
	delete(p.actors, a.id)
	maps.DeleteFunc(p.dialing, func(_ step.DialID, s *assoc) bool { return s.actor == a })
	p.vacate(a)
	p.do(CloseActor{Actor: a.id})
}

// vacate has the actor stand for no client any more. A client that comes back gets another actor.
func (p *Player) vacate(a *actor) {
	for _, client := range a.clients {
		delete(p.places, client)
	}
	a.clients = nil
}

// isQuiet reports whether no association of the actor is being ended.
func (a *actor) isQuiet() bool {
	for _, l := range a.lines {
		if l.ending {
			return false
		}
	}
	return true
}

// leave ends the associations of an actor, and closes it with the last.
func (p *Player) leave(a *actor, abort bool) {
	a.leaving = true
	p.vacate(a)
	if len(a.lines) == 0 {
		p.closeActor(a)
		return
	}
	for _, id := range slices.Sorted(maps.Keys(a.lines)) {
		p.endLine(a.lines[id], abort)
	}
}

// endLine ends an association.
func (p *Player) endLine(l *line, abort bool) {
	switch {
	case l.ending:
	case abort:
		p.do(Do{l.actor.id, step.Abort{Assoc: l.id, Reason: "aborted in the capture"}})
	default:
		p.do(Do{l.actor.id, step.End{Assoc: l.id}})
	}
	l.ending = true
}

// onUp takes a new association, or an association of the live registrar that a dial has found.
func (p *Player) onUp(a *actor, ev step.Up) {
	l, again := a.lines[ev.Assoc]
	if !again {
		p.lineCount++
		l = &line{number: p.lineCount, actor: a, id: ev.Assoc}
		a.lines[ev.Assoc] = l
		p.played(l, script.Cue{Kind: script.Open, ByRegistrar: ev.Dial == 0})
	}
	if s := p.dialing[ev.Dial]; s != nil {
		delete(p.dialing, ev.Dial)
		l.assoc, s.line, s.state = s, l, up
		p.isConnected = true
	}
	if l.assoc == nil && len(a.awaited) > 0 {
		s := a.awaited[0]
		a.awaited = a.awaited[1:]
		l.assoc, s.line, s.state = s, l, up
	}
	if a.leaving {
		p.leave(a, false)
	}
}

// onDialFailed takes the failure of an association.
func (p *Player) onDialFailed(a *actor, ev step.DialFailed) {
	s := p.dialing[ev.Dial]
	delete(p.dialing, ev.Dial)
	if s != nil {
		p.refuse(s, ev.Err)
	}
	if a.leaving && len(a.lines) == 0 {
		p.closeActor(a)
	}
}

// refuse notes that an association cannot be opened. The first association decides whether there is
// a registrar at all.
func (p *Player) refuse(s *assoc, err error) {
	s.state, s.abortedLive = down, true
	p.refused++
	if !p.isConnected && p.err == nil {
		p.err = err
	}
}

// onDown takes the end of an association.
func (p *Player) onDown(a *actor, ev step.Down) {
	l := a.lines[ev.Assoc]
	if l == nil {
		return
	}
	delete(a.lines, ev.Assoc)
	a.isWaitedFor = false
	cause, ok := errors.AsType[*transport.DownError](ev.Err)
	isGraceful := l.ending || ok && cause.Cause == transport.CauseShutdown
	p.played(l, script.Cue{Kind: script.Close, ByRegistrar: !l.ending, Aborted: !isGraceful})
	if s := l.assoc; s != nil {
		s.state, s.line = down, nil
		if !l.ending {
			s.abortedLive = true
		}
		p.forgetElements(s)
	}
	if a.leaving && len(a.lines) == 0 {
		p.closeActor(a)
	}
}

// send sends a message, and records it.
func (p *Player) send(l *line, m script.Message) {
	p.sent++
	p.do(Do{l.actor.id, step.Send{Assoc: l.id, Message: m}})
	p.played(l, script.Cue{Kind: script.Say, Message: m})
}

// played reports a cue of the live session.
func (p *Player) played(l *line, c script.Cue) {
	c.At, c.Assoc, c.PPID, c.Registrar = p.now.Sub(p.began), l.number, l.actor.ppid, p.names.live
	if len(l.actor.addrs) > 0 {
		c.Client = l.actor.addrs[0]
	}
	p.do(Played{c})
}
