package enrp

import (
	"time"

	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// relays keeps peers that are out of reach for some registrars only, because of a partition.
// A registrar that hears the target of a takeover objects: it does not acknowledge, and
// lists the target when the initiator asks for its list. Then nobody takes over, because
// both sides of the partition would only take each other's elements. Instead, the objector
// relays the target's table to the initiator.
type relays struct {
	own       *registrar
	out       *outbox
	peers     *peers
	contacts  *contacts
	downloads *downloads
}

// object reports whether we object to a takeover, because we hear its target. The target is
// probed. If it does not answer, a takeover by us follows.
func (r *relays) object(now time.Time, target, initiator *peer) bool {
	switch {
	case target.liveness.state == stateProbed && target.liveness.initiator != 0:
		return true
	case target.isReachable():
		r.contacts.probe(now, target, initiator.id)
		return true
	}
	return false
}

// withdraw withdraws an objection, because the association with the target is down: the
// initiator gets its acknowledgement.
func (r *relays) withdraw(now time.Time, target *peer) {
	initiator := r.peers.find(target.liveness.initiator)
	if initiator == nil {
		target.liveness.initiator, target.liveness.claimant = 0, 0
		return
	}
	target.liveness.deactivate(now.Add(r.own.config.monitoringPause()), initiator.id)
	r.out.send(initiator.assoc, &enrpmsg.InitTakeoverAck{IDs: r.own.ids(initiator.id), TargetID: target.id})
}

// handleObjection takes note that a peer lists a registrar. If this is the target of our
// takeover, and the peer was asked twice, we end the takeover. If another initiator takes the
// target over, it gets to know the objection itself.
func (r *relays) handleObjection(now time.Time, objector, target *peer) {
	l := &target.liveness
	isOurs := l.state == stateTarget && l.arbitration.isRepeated && l.arbitration.isAwaiting(objector.id)
	isOthers := l.state == stateInactive && l.initiator != objector.id
	if !isOurs && !isOthers {
		return
	}
	// Several targets of the same relay have different deadlines, because a relay sends
	// its tables in turn.
	pause := r.own.config.monitoringPause()
	l.relay(now.Add(pause + time.Duration(r.own.random.Int64N(int64(pause/4)))))
	if objector.replica.download == nil && now.Sub(target.replica.relayed) >= relayInterval {
		target.replica.relayed = now
		r.downloads.start(now, objector, target.id)
	}
}
