package asapside

import (
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Step takes an event at a time and returns the actions that follow, in order.
func (r *Registrar) Step(now time.Time, ev step.Event) []step.Action {
	r.actions = nil
	switch ev := ev.(type) {
	case step.Up:
		r.handleAssociationUp(now, ev)
	case step.Down:
		r.handleAssociationDown(now, ev.Assoc)
	case step.DialFailed:
		r.handleDialFailure(ev.Dial)
	case step.LocalAddrs:
		r.announcer.endpoint, r.peers.own = ev.Addrs, hosts(ev.Addrs)
	case received:
		r.handleMessage(now, ev)
	case step.Malformed:
		r.handleMalformed(ev)
	case Open:
		r.announcer.open(now)
	case Adopt:
		r.startAdoption(now, ev)
	case Verify:
		r.supervision.startVerification(now, ev)
	}
	r.expireTimers(now)
	r.expireAdoptions(now)
	r.endContests(now)
	r.subscriptions.update(now)
	r.announcer.announce(now)
	return r.actions
}

// handleAssociationUp notes the peer of an association, and asks its elements if the
// association was opened for adoptions.
func (r *Registrar) handleAssociationUp(now time.Time, ev step.Up) {
	r.peers.add(ev.Assoc, ev.Peer)
	if ev.Dial != 0 {
		r.askAdoptions(now, ev.Dial, ev.Assoc)
	}
}

// handleAssociationDown removes the elements that registered over an association, except for
// elements with a successor.
func (r *Registrar) handleAssociationDown(now time.Time, assoc step.AssocID) {
	r.peers.remove(assoc)
	for e := range r.hs.RegisteredOver(handlespace.Association(assoc)) {
		if !r.succeed(now, e) {
			r.remove(e, RemovedAssociation)
		}
	}
	r.failAdoptions(assoc)
	r.subscriptions.removeAll(assoc)
}

// handleMessage handles a message of a pool element or pool user. Messages that are not for
// a registrar are ignored.
func (r *Registrar) handleMessage(now time.Time, ev received) {
	if !r.peers.isUp(ev.Assoc) {
		return
	}
	report, discard := asapmsg.ReportUnrecognized(ev.Message)
	if discard {
		r.complain(ev.Assoc, report)
		return
	}
	if len(poolOf(ev.Message)) > maxEcho {
		r.complain(ev.Assoc, &asapmsg.Error{Causes: causes(wire.CauseInvalidValues, nil)})
		return
	}
	switch m := ev.Message.(type) {
	case *asapmsg.Registration:
		r.handleRegistration(now, ev, m)
	case *asapmsg.Deregistration:
		r.handleDeregistration(ev.Assoc, m)
	case *asapmsg.HandleResolution:
		r.handleResolution(now, ev.Assoc, m)
	case *asapmsg.EndpointKeepAliveAck:
		r.handleKeepAliveAck(now, ev.Assoc, m)
	case *asapmsg.EndpointUnreachable:
		r.handleReport(now, ev.Assoc, m)
	}
	// The report follows the answer: a client takes an error in front of it for the answer.
	r.complain(ev.Assoc, report)
}

// poolOf returns the pool handle of a request that is answered with it.
func poolOf(m asapmsg.Message) wire.PoolHandle {
	switch m := m.(type) {
	case *asapmsg.Registration:
		return m.PoolHandle
	case *asapmsg.Deregistration:
		return m.PoolHandle
	case *asapmsg.HandleResolution:
		return m.PoolHandle
	}
	return ""
}

// handleMalformed answers a message that could not be decoded.
func (r *Registrar) handleMalformed(ev step.Malformed) {
	if r.peers.isUp(ev.Assoc) {
		r.complain(ev.Assoc, asapmsg.ReportMalformed(ev.Data, ev.Err))
	}
}

// complain sends a report, if there is any.
func (r *Registrar) complain(assoc step.AssocID, report *asapmsg.Error) {
	if report != nil {
		r.send(assoc, report)
	}
}
