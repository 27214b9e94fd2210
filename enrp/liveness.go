package enrp

import (
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// livenessState is the state of a peer in the monitoring of RFC 5353, 3.4.3.
type livenessState uint8

const (
	// stateUnheard: configured, or named by other peers, but not heard itself yet.
	stateUnheard livenessState = iota
	// stateActive: heard lately.
	stateActive
	// stateProbed: silent, and asked for a Presence.
	stateProbed
	// stateInactive: another registrar takes the peer over, so it is not monitored.
	stateInactive
	// stateTarget: we take the peer over.
	stateTarget
	// stateRelayed: out of our reach, but another peer hears it and relays its table.
	stateRelayed
)

// liveness is the liveness of a peer.
type liveness struct {
	state    livenessState
	deadline time.Time // of the state; zero: none

	// initiator is the registrar that initiated a takeover of the peer: always in
	// stateInactive; in stateProbed if we objected to the takeover. Otherwise 0.
	initiator wire.ServerID

	// claimant is the registrar whose ENRP_TAKEOVER_SERVER we did not believe: only in
	// stateProbed, until the probe is answered. Otherwise 0.
	claimant wire.ServerID

	// arbitration is the arbitration of our takeover in stateTarget, otherwise nil.
	arbitration *arbitration
}

// isActive reports whether the peer was heard lately.
func (l *liveness) isActive() bool { return l.state == stateActive }

// isUnheard reports whether the peer itself was never heard.
func (l *liveness) isUnheard() bool { return l.state == stateUnheard }

// isDue reports whether the deadline is reached.
func (l *liveness) isDue(now time.Time) bool {
	return !l.deadline.IsZero() && !now.Before(l.deadline)
}

// expect begins the wait for a first message of the peer.
func (l *liveness) expect(deadline time.Time) {
	*l = liveness{state: stateUnheard, deadline: deadline}
}

// hear takes note of a message. A takeover in progress is stopped by a Presence only.
func (l *liveness) hear(deadline time.Time) {
	if l.state != stateTarget && l.state != stateInactive {
		l.activate(deadline)
	}
}

// activate takes note of a Presence. RFC 5353, 3.5.1: "if it receives an ENRP_PRESENCE from
// the target server [...], the initiating server MUST immediately stop the takeover process
// and mark the status of the target server as 'active'."
func (l *liveness) activate(deadline time.Time) {
	*l = liveness{state: stateActive, deadline: deadline}
}

// probe begins the wait for an answer to a probe, initiator as in liveness.
func (l *liveness) probe(deadline time.Time, initiator wire.ServerID) {
	*l = liveness{state: stateProbed, deadline: deadline, initiator: initiator}
}

// deactivate leaves the peer to the initiator of a takeover.
func (l *liveness) deactivate(deadline time.Time, initiator wire.ServerID) {
	*l = liveness{state: stateInactive, deadline: deadline, initiator: initiator}
}

// relay leaves the peer to another peer that hears it.
func (l *liveness) relay(deadline time.Time) {
	*l = liveness{state: stateRelayed, deadline: deadline}
}

// startArbitration begins the arbitration of our takeover.
func (l *liveness) startArbitration(deadline time.Time, a *arbitration) {
	*l = liveness{state: stateTarget, deadline: deadline, arbitration: a}
}

// arbitration decides whether we take a peer over: every other peer has to acknowledge
// (RFC 5353, 3.5.1).
type arbitration struct {
	awaited    []wire.ServerID // peers that have not acknowledged yet
	isRepeated bool            // the awaited peers have been asked twice
}

// isWon reports whether no acknowledgement is missing.
func (a *arbitration) isWon() bool { return len(a.awaited) == 0 }

// isAwaiting reports whether the acknowledgement of a peer is missing.
func (a *arbitration) isAwaiting(id wire.ServerID) bool { return slices.Contains(a.awaited, id) }

// stopAwaiting ends the wait for a peer, which has acknowledged or is gone.
func (a *arbitration) stopAwaiting(id wire.ServerID) {
	a.retain(func(awaited wire.ServerID) bool { return awaited != id })
}

// retain ends the wait for all peers but the given.
func (a *arbitration) retain(isAwaited func(wire.ServerID) bool) {
	a.awaited = slices.DeleteFunc(a.awaited, func(id wire.ServerID) bool { return !isAwaited(id) })
}
