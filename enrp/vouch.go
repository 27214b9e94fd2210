package enrp

import (
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// A cut may separate us from a peer that others hear. Whoever hears the target of a
// takeover does not acknowledge, and names it in the list of its peers that it is asked
// for. Then there is no takeover: the target's elements would only be moved, and the
// target might do the same with ours. Instead what we have of them follows the table of
// the one that hears the target.

// relayInterval is the shortest time between two tables that are asked of others on
// behalf of a peer that is out of reach: they are whole tables.
const relayInterval = 20 * time.Second

// hears reports whether a peer that another one wants to take over is heard by us, and
// asks it whether it lives.
func (m *Machine) hears(now time.Time, target *peer, doubter wire.ServerID) bool {
	switch {
	case target.state == peerProbed && target.doubter != 0:
		return true
	case target.state == peerAlive && target.assoc != 0:
		m.probe(now, target)
		target.doubter = doubter
		return true
	}
	return false
}

// concurred acknowledges the takeover of a peer that was heard until its association
// ended.
func (m *Machine) concurred(now time.Time, target *peer) {
	by := m.peerByID(target.doubter)
	if by == nil {
		target.doubter = 0
		return
	}
	m.leaveTo(now, target, by.id)
	m.send(by.assoc, &enrpmsg.InitTakeoverAck{IDs: m.ids(by.id), TargetID: target.id})
}

// vouched ends a takeover whose target is heard by one that has not acknowledged it. If
// another one wants to take the target over, that will find out the same.
func (m *Machine) vouched(now time.Time, by, target *peer) {
	t := target.takeover
	asked := t != nil && t.repeated && slices.Contains(t.awaited, by.id)
	left := target.state == peerTakenBy && target.doubter != by.id
	if !asked && !left {
		return
	}
	target.takeover = nil
	target.state = peerVouched
	// Not at the same time as others that it vouches for: it sends one table at a time.
	target.deadline = now.Add(m.patience() + time.Duration(m.random.Int64N(int64(m.patience()/4))))
	if by.download == nil && now.Sub(target.relayed) >= relayInterval {
		target.relayed = now
		m.startDownload(now, by, target.id)
	}
}

// patience is after how long a peer that has been left to others is asked for again:
// its elements must not be left alone if the others have been wrong.
func (m *Machine) patience() time.Duration {
	return 2*m.config.TakeoverExpiry + m.config.MaxTimeNoResponse
}

// speaksFor reports whether a peer's table is what counts for the elements of a
// registrar: its own, or that of one that it vouches for, until that is heard again or
// another one has taken it over.
func (m *Machine) speaksFor(p *peer, of wire.ServerID) bool {
	if of == p.id {
		return true
	}
	target := m.peerByID(of)
	return target != nil && (target.state == peerVouched || target.state == peerTakeover || target.state == peerTakenBy)
}
