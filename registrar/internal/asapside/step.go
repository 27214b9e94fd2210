package asapside

import (
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// eventSlice is the number of elements that an event handles at most in each task that concerns
// many elements. The rest of a task is left to ticks.
const eventSlice = 8

// slicePause is the time between two slices of such tasks. It leaves most of the time to other events,
// and to peers that are told of each element.
const slicePause = time.Millisecond

// Step takes an event at a time and returns the actions that follow, in order.
func (r *Registrar) Step(now time.Time, ev step.Event) []step.Action {
	r.actions = nil
	n := min(eventSlice, r.config.Slice)
	_, isTick := ev.(step.Tick)
	isSlice := isTick && !now.Before(r.next)
	if isSlice {
		n = r.config.Slice
	}
	if r.next.Before(now) {
		r.next = now
	}
	switch ev := ev.(type) {
	case step.Up:
		r.handleAssociationUp(now, ev)
	case step.Down:
		r.handleAssociationDown(ev.Assoc)
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
	r.removeUnreachable(now, n)
	r.advanceAdoptions(now, n)
	r.expireTimers(now, n)
	r.expireAdoptions(now, n)
	r.endContests(now)
	r.subscriptions.update(now)
	r.announcer.announce(now)
	if isSlice && r.isBusy(now) {
		r.next = now.Add(slicePause)
	}
	return r.actions
}

// handleAssociationUp notes the peer of an association. Its elements are asked if the association
// was opened for adoptions.
func (r *Registrar) handleAssociationUp(now time.Time, ev step.Up) {
	r.peers.add(ev.Assoc, ev.Peer)
	if ev.Dial != 0 {
		r.adoptions.connect(ev.Dial, ev.Assoc)
	}
}

// handleAssociationDown notes that an association is down. Its elements are to be removed.
func (r *Registrar) handleAssociationDown(assoc step.AssocID) {
	r.peers.end(assoc)
	r.adoptions.disconnect(assoc)
	r.subscriptions.removeAll(assoc)
}

// removeUnreachable removes up to n elements of associations that are down, except for elements with a
// successor.
func (r *Registrar) removeUnreachable(now time.Time, n int) {
	for assoc := r.peers.nextEnded(); assoc != 0 && n > 0; assoc = r.peers.nextEnded() {
		for e := range r.hs.RegisteredOver(handlespace.Association(assoc)) {
			if n == 0 {
				break
			}
			r.removeOrReplace(now, e)
			n--
		}
	}
}

// removeOrReplace removes an element whose association is down, unless a successor takes its place.
func (r *Registrar) removeOrReplace(now time.Time, e *handlespace.Element) {
	if !r.succeed(now, e) {
		r.remove(e, RemovedAssociation)
	}
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
