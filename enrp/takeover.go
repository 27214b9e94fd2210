package enrp

import (
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

const (
	// objectionInterval is the minimum time between two Presences to all peers because a
	// registrar takes us over.
	objectionInterval = time.Second

	// refusalInterval is the minimum time between two reports of takeovers that we do not
	// believe, for each sender.
	refusalInterval = time.Minute
)

// takeovers takes over the elements of dead peers (RFC 5353, 3.5).
type takeovers struct {
	own         *registrar
	out         *outbox
	transfers   *transfers
	peers       *peers
	presences   *presences
	contacts    *contacts
	editor      *editor
	relays      *relays
	connections *connections

	objected time.Time // when all peers last got a Presence because a registrar takes us over
}

// expire handles a peer whose state has lasted until its deadline.
func (t *takeovers) expire(now time.Time, p *peer) {
	if !p.liveness.isDue(now) {
		return
	}
	switch p.liveness.state {
	case stateUnheard, stateActive:
		t.contacts.probe(now, p, 0)
	case stateProbed, stateInactive, stateRelayed:
		if t.acceptClaim(now, p) {
			return
		}
		if t.transfers.owned(p.id) > 0 {
			t.start(now, p)
		} else {
			t.remove(now, p, 0)
		}
	case stateTarget:
		t.repeat(now, p)
	}
}

// start starts the arbitration, in which all active peers acknowledge.
func (t *takeovers) start(now time.Time, target *peer) {
	a := &arbitration{}
	for _, p := range t.peers.all {
		if p != target && p.id != 0 && p.liveness.isActive() {
			a.awaited = append(a.awaited, p.id)
		}
	}
	target.liveness.startArbitration(now.Add(t.own.config.TakeoverExpiry), a)
	t.initiate(target)
	t.tryComplete(now, target)
}

// initiate sends an Init Takeover to all peers, including the target.
func (t *takeovers) initiate(target *peer) {
	t.peers.broadcast(encode(&enrpmsg.InitTakeover{IDs: t.own.ids(0), TargetID: target.id}))
}

// repeat asks peers a second time for an acknowledgement, and for their lists, in which an
// objector names the target. After that, the missing acknowledgements do not count.
func (t *takeovers) repeat(now time.Time, target *peer) {
	a := target.liveness.arbitration
	a.retain(func(id wire.ServerID) bool {
		p := t.peers.find(id)
		return p != nil && p.liveness.isActive() && !a.isRepeated
	})
	a.isRepeated = true
	target.liveness.deadline = now.Add(t.own.config.TakeoverExpiry)
	// The lists come first: by an Init Takeover, an objector probes the target, and does
	// not list it until it answers.
	for _, id := range a.awaited {
		t.out.send(t.peers.find(id).assoc, &enrpmsg.ListRequest{IDs: t.own.ids(id)})
	}
	if !a.isWon() {
		t.initiate(target)
	}
	t.tryComplete(now, target)
}

// tryComplete takes the target over if all peers have acknowledged (RFC 5353, 3.5.2).
func (t *takeovers) tryComplete(now time.Time, target *peer) {
	if target.liveness.state != stateTarget || !target.liveness.arbitration.isWon() {
		return
	}
	t.peers.broadcast(encode(&enrpmsg.TakeoverServer{IDs: t.own.ids(0), TargetID: target.id}))
	t.own.counts.Takeovers++
	elements := t.transfers.owned(target.id)
	t.transfer(now, target.id, t.own.id())
	t.remove(now, target, elements)
}

// transfer begins to change the home of the elements of a registrar.
func (t *takeovers) transfer(now time.Time, from, to wire.ServerID) {
	isFirst := !t.transfers.isUnderWay()
	t.transfers.begin(from, to)
	if isFirst {
		t.editor.move(now)
	}
}

// remove removes a peer, whose acknowledgements are no longer awaited.
func (t *takeovers) remove(now time.Time, p *peer, elements int) {
	id := p.id
	t.connections.remove(now, p, elements)
	for _, target := range slices.Clone(t.peers.all) {
		if target.liveness.state == stateTarget {
			target.liveness.arbitration.stopAwaiting(id)
			t.tryComplete(now, target)
		}
	}
}

// handleInitTakeover acknowledges an Init Takeover, or objects to it (RFC 5353, 3.5.1).
func (t *takeovers) handleInitTakeover(now time.Time, initiator *peer, from step.AssocID, msg *enrpmsg.InitTakeover) {
	if msg.TargetID == t.own.id() {
		t.objectForSelf(now, initiator)
		return
	}
	if msg.TargetID == initiator.id {
		return // A registrar that sends messages is not dead.
	}
	if target := t.peers.find(msg.TargetID); target != nil {
		if target.liveness.state == stateTarget && !t.hasPriority(initiator.id) {
			return
		}
		// A registrar that hears the target does not acknowledge (ADR 0008, R9).
		if t.relays.object(now, target, initiator) {
			return
		}
		target.liveness.deactivate(now.Add(t.own.config.monitoringPause()), initiator.id)
	}
	t.out.send(from, &enrpmsg.InitTakeoverAck{IDs: t.own.ids(initiator.id), TargetID: msg.TargetID})
}

// objectForSelf stops a takeover of us. RFC 5353, 3.5.1: "it MUST immediately announce an
// ENRP_PRESENCE message to all its peer ENRP servers in an attempt to stop this takeover
// process." The peers hear it at most once a second, because a single message of a peer causes
// Presences to all peers. In between, only the initiator gets a Presence (ADR 0008, R12).
func (t *takeovers) objectForSelf(now time.Time, initiator *peer) {
	if now.Sub(t.objected) < objectionInterval {
		t.presences.greet(initiator, false)
		return
	}
	t.objected = now
	t.presences.multicast(false)
	for _, p := range t.peers.all {
		t.contacts.reach(p, false)
	}
}

// hasPriority reports whether another registrar wins an arbitration against us: by default the
// lower identifier, as with RSPLIB (ADR 0008, R8).
func (t *takeovers) hasPriority(id wire.ServerID) bool {
	if t.own.config.HigherWins {
		return id > t.own.id()
	}
	return id < t.own.id()
}

// handleInitTakeoverAck takes the acknowledgement of a peer for our takeover.
func (t *takeovers) handleInitTakeoverAck(now time.Time, from *peer, msg *enrpmsg.InitTakeoverAck) {
	target := t.peers.find(msg.TargetID)
	if target == nil || target.liveness.state != stateTarget {
		return
	}
	target.liveness.arbitration.stopAwaiting(from.id)
	t.tryComplete(now, target)
}

// handleTakeoverServer takes note that a peer has taken over another registrar (RFC 5353,
// 3.5.2). If this registrar is us, the peer learns that we are alive. If we hear the registrar,
// the message is not believed (ADR 0008, R10).
func (t *takeovers) handleTakeoverServer(now time.Time, from *peer, msg *enrpmsg.TakeoverServer) {
	if msg.TargetID == t.own.id() {
		t.presences.greet(from, false)
		return
	}
	if msg.TargetID == from.id {
		return // Its elements would lose their home.
	}
	if target := t.peers.find(msg.TargetID); target != nil && t.relays.object(now, target, from) {
		t.refuse(now, target, from)
		return
	}
	t.concede(now, msg.TargetID, from.id)
}

// refuse does not believe that a peer has taken over a target that we hear. The target is
// probed, and the first claimant gets the elements if the target does not answer.
func (t *takeovers) refuse(now time.Time, target, claimant *peer) {
	if target.liveness.claimant == 0 {
		target.liveness.claimant = claimant.id
	}
	if last := claimant.refusalReported; last.IsZero() || now.Sub(last) >= refusalInterval {
		claimant.refusalReported = now
		t.out.add(TakeoverRefused{ID: claimant.id, Target: target.id})
	}
}

// acceptClaim concedes a peer to the registrar whose takeover we did not believe, because we do
// not hear the peer any more. It reports whether there is such a registrar.
func (t *takeovers) acceptClaim(now time.Time, target *peer) bool {
	claimant := t.peers.find(target.liveness.claimant)
	if claimant == nil {
		return false
	}
	t.concede(now, target.id, claimant.id)
	return true
}

// concede makes another registrar the home of the elements of a target, which is no peer any
// more.
func (t *takeovers) concede(now time.Time, target, to wire.ServerID) {
	t.transfer(now, target, to)
	if p := t.peers.find(target); p != nil {
		t.remove(now, p, 0)
	}
}
