package asapside

import (
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// isHeld reports whether another endpoint of the host of an association has registered an element,
// and is still connected. Associations from the same port belong to the same endpoint.
func (r *Registrar) isHeld(e *handlespace.Element, assoc step.AssocID) bool {
	holder := r.peers.find(step.AssocID(e.Association()))
	return holder != nil && !holder.isDown && r.peers.find(assoc).port() != holder.port()
}

// startContest asks the holder of an element that a rival registers (ADR 0008, E11). A rival is refused
// at once if the holder has just been asked for another rival that is up. If too many rivals wait, or
// the element is too long to be kept, the registration is handled without a contest.
func (r *Registrar) startContest(now time.Time, e *handlespace.Element, ev received, m *asapmsg.Registration) {
	key := keyOf(e)
	holder := step.AssocID(e.Association())
	c := r.contests.find(key, holder)
	switch {
	case c != nil && !r.isOpenTo(c, ev.Assoc):
		r.refuseRival(ev.Assoc, m)
		return
	case c == nil && !r.contests.hasRoom(), m.PoolElement.EncodedLen() > handlespace.MaxElementLen:
		r.answerRegistration(ev.Assoc, m, r.tryRegister(now, ev, m))
		return
	}
	ev.Message = &asapmsg.Registration{PoolHandle: m.PoolHandle, PoolElement: m.PoolElement}
	if c != nil {
		c.rival = ev
		return
	}
	r.contests.add(&contest{key: key, holder: holder, rival: ev, end: now.Add(min(contestPatience, r.config.KeepAliveTimeout))})
	r.supervision.askHolder(now, e)
}

// isOpenTo reports whether a registration over an association may take the place of the registration
// of a contest: the rival repeats it, or is down and has a successor.
func (r *Registrar) isOpenTo(c *contest, assoc step.AssocID) bool {
	return !c.settled && (c.rival.Assoc == assoc || !r.peers.isUp(c.rival.Assoc))
}

// refuseRival tells a rival that the holder of the identifier lives.
func (r *Registrar) refuseRival(assoc step.AssocID, m *asapmsg.Registration) {
	if r.peers.isUp(assoc) {
		r.answerRegistration(assoc, m, causes(wire.CauseNonUniquePEID, nil))
	}
}

// defend ends the contest of an element whose holder has acknowledged.
func (r *Registrar) defend(e *handlespace.Element) {
	holder := step.AssocID(e.Association())
	c := r.contests.findOpen(keyOf(e), holder)
	if c == nil {
		return
	}
	r.do(ElementContested{Pool: e.PoolHandle(), ID: e.ID(), Holder: holder, Rival: c.rival.Assoc})
	r.refuseRival(c.rival.Assoc, c.rival.Message.(*asapmsg.Registration))
	c.settle()
}

// succeed hands an element whose holder is down to the rival. It reports whether there is a rival.
func (r *Registrar) succeed(now time.Time, e *handlespace.Element) bool {
	c := r.contests.findOpen(keyOf(e), step.AssocID(e.Association()))
	if c == nil || !r.peers.isUp(c.rival.Assoc) {
		return false
	}
	m := c.rival.Message.(*asapmsg.Registration)
	refused := r.tryRegister(now, c.rival, m)
	r.answerRegistration(c.rival.Assoc, m, refused)
	c.settle()
	return len(refused) == 0
}

// endContests registers the rivals whose holders have not acknowledged in time.
func (r *Registrar) endContests(now time.Time) {
	for c := r.contests.takeEnded(now); c != nil; c = r.contests.takeEnded(now) {
		if c.settled || !r.peers.isUp(c.rival.Assoc) {
			continue
		}
		m := c.rival.Message.(*asapmsg.Registration)
		if e := r.hs.Find(m.PoolHandle, m.PoolElement.ID); e != nil && step.AssocID(e.Association()) != c.holder {
			r.handleRegistration(now, c.rival, m) // There is another holder.
			continue
		}
		r.answerRegistration(c.rival.Assoc, m, r.tryRegister(now, c.rival, m))
	}
}
