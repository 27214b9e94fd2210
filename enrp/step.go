package enrp

import (
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Step takes an event and the present time, and returns the actions that follow, in order.
func (m *Machine) Step(now time.Time, ev step.Event) []step.Action {
	hadWork := m.hasWork()
	m.claims.expire(now)
	switch ev := ev.(type) {
	case step.Tick:
		m.answerDelayed(now)
		m.continueWork(now)
	case step.LocalAddrs:
		m.own.addrs = ev.Addrs
		m.peers.removeSelf()
	case step.Up:
		m.handleAssociationUp(now, ev)
	case step.Down:
		m.handleAssociationDown(now, ev.Assoc)
	case step.DialFailed:
		m.handleDialFailure(ev.Dial)
	case Received:
		m.handleReceived(now, ev)
	case step.Malformed:
		m.handleMalformed(ev)
	case Heard:
		m.handleMulticast(now, ev)
	case Leave:
		m.leaving.begin(now)
	case Confirmed:
		m.handleConfirmation(now, ev)
	}
	m.claims.settle(now)
	m.expire(now)
	if !hadWork && m.hasWork() {
		m.next = now.Add(slicePause)
	}
	return m.out.take()
}

// Flush returns the actions that follow from changes of the handlespace. Otherwise, the next
// Step returns them.
func (m *Machine) Flush(now time.Time) []step.Action {
	m.claims.settle(now)
	return m.out.take()
}

// Deadline returns when Step has to be called with a [step.Tick] at the latest.
func (m *Machine) Deadline() time.Time {
	d := step.Earlier(m.heartbeats.deadline(), m.startup.deadline())
	d = step.Earlier(d, m.leaving.deadline())
	d = step.Earlier(d, m.requests.deadline())
	if m.hasWork() {
		d = step.Earlier(d, m.next)
	}
	return step.Earlier(d, m.peers.deadline())
}

// slicePause is the time between two slices of work on many elements. It leaves most of the time to
// other events, and to peers that are told of each element.
const slicePause = time.Millisecond

// continueWork does a slice of work on many elements, if it is due. The event that begins the work
// does the first slice, and ticks do all others: the owner takes other events in between.
func (m *Machine) continueWork(now time.Time) {
	if now.Before(m.next) {
		return
	}
	m.next = now.Add(slicePause)
	m.editor.move(now)
	for _, p := range m.peers.all {
		if p.replica.isPurging() {
			m.downloads.purge(now, p)
		}
	}
}

// answerDelayed answers some of the delayed requests that are due.
func (m *Machine) answerDelayed(now time.Time) {
	for range maxDueRequests {
		ev, ok := m.requests.takeDue(now)
		if !ok {
			break
		}
		m.handleAdmitted(now, ev)
	}
}

// hasWork reports whether work on many elements waits for its next slice.
func (m *Machine) hasWork() bool {
	return m.transfers.isUnderWay() || slices.ContainsFunc(m.peers.all, func(p *peer) bool { return p.replica.isPurging() })
}

// expire handles the deadlines that are reached.
func (m *Machine) expire(now time.Time) {
	m.leaving.expire(now)
	m.heartbeats.expire(now)
	if d := m.peers.deadline(); !d.IsZero() && !now.Before(d) {
		for _, p := range slices.Clone(m.peers.all) {
			m.startup.expireDownload(now, p)
			m.takeovers.expire(now, p)
		}
	}
	m.startup.expire(now)
}

// handleConfirmation announces an element that a peer claimed, and that is still ours.
func (m *Machine) handleConfirmation(now time.Time, ev Confirmed) {
	if e := m.claims.confirm(now, ev.Pool, ev.ID); e != nil {
		m.updates.announce(enrpmsg.AddPE, e)
	}
}
