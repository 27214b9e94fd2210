package enrp

import (
	"math"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// download is a handle table that is being received.
type download struct {
	of       wire.ServerID // whose elements are wanted: the peer's, or those of one that it vouches for; 0: all
	partial  bool          // what came before is not in it
	deadline time.Time
	elements int
	refused  bool // there were elements that cannot be entered
}

// startDownload asks a peer for its table (RFC 5353, 3.2.3 and 3.6.3), of which the
// elements of one registrar are wanted, or all.
func (m *Machine) startDownload(now time.Time, p *peer, of wire.ServerID) {
	p.download = &download{of: of, partial: p.unfinished}
	if of != 0 {
		m.hs.Mark(of)
	}
	m.requestTable(now, p)
}

func (m *Machine) requestTable(now time.Time, p *peer) {
	p.download.deadline = now.Add(m.config.TableTimeout)
	m.send(p.assoc, &enrpmsg.HandleTableRequest{IDs: m.ids(p.id), OwnChildrenOnly: p.download.of == p.id})
}

// synchronize brings what we have of a peer's elements in line with what it has
// (RFC 5353, 3.6.3).
func (m *Machine) synchronize(now time.Time, p *peer) { m.startDownload(now, p, p.id) }

// endDownload forgets a download that cannot be finished. The next Presence leads to
// another attempt.
func (m *Machine) endDownload(now time.Time, p *peer) {
	if p.download == nil {
		return
	}
	if of := p.download.of; of != 0 && m.speaksFor(p, of) {
		m.hs.Unmark(of)
	}
	p.download = nil
	p.distrusted = true
	if m.startup.mentor == p {
		m.mentorFailed(now, p)
	}
}

// tableReceived takes in a part of a table, and asks for the next.
func (m *Machine) tableReceived(now time.Time, p *peer, msg *enrpmsg.HandleTableResponse, rtt time.Duration) {
	p.unfinished = msg.MoreToSend && !msg.Reject
	d := p.download
	if d == nil {
		return // Not asked for, or too late.
	}
	if msg.Reject || d.of != 0 && !m.speaksFor(p, d.of) {
		m.endDownload(now, p)
		return
	}
	before := d.elements
	m.applying = true
	for i := range msg.Entries {
		entry := &msg.Entries[i]
		for j := range entry.PoolElements {
			m.listedElement(now, p, entry.PoolHandle, &entry.PoolElements[j], rtt)
		}
	}
	m.applying = false
	if msg.MoreToSend && !m.exhausted(p, d.elements-before, len(msg.Entries)) {
		m.requestTable(now, p)
		return
	}
	m.downloaded(now, p)
}

// maxRepeated is how many elements of a mentor's table may be known already, besides as
// many as there are.
const maxRepeated = 1024

// exhausted reports whether no more can be had of a table, whatever its sender says, when
// it has brought so many elements that are wanted in so many pools. The deployed
// implementation may have its own elements followed by those of others, and then begin
// again; and the start must end even if a mentor has it not.
func (m *Machine) exhausted(p *peer, elements, pools int) bool {
	d := p.download
	if d.of == p.id || d.of == 0 {
		return elements == 0 || m.startup.mentor == p && d.elements > 2*m.hs.Len()+maxRepeated
	}
	return pools == 0
}

// listedElement takes in an element of a peer's table.
func (m *Machine) listedElement(now time.Time, p *peer, pool wire.PoolHandle, pe *wire.PoolElement, rtt time.Duration) {
	d := p.download
	if d.of != 0 && pe.HomeID != d.of {
		return // It speaks for itself only, or for another that it was asked for.
	}
	d.elements++
	if pe.HomeID == m.config.ID {
		m.takeBack(now, pool, pe)
		return
	}
	if m.contested(p, pool, pe, rtt) {
		return
	}
	e := m.learn(now, pool, pe, rtt)
	d.refused = d.refused || e == nil
	if e != nil && d.of != 0 && d.of != p.id {
		m.renewExpiry(now.Add(relayInterval), e) // Until then nobody tells of it.
	}
}

// refusedCycles is for how many cycles of Presences a peer is not audited whose table had
// elements that cannot be entered, since they contradict ours or there is no room: its
// checksum differs until that changes, and its table may be long.
const refusedCycles = 10

// downloaded ends a download that is complete: what the peer has not got is gone. If
// the peer has only gone on with a table of which we have given up the beginning, all
// stays as it is until the next Presence leads to another attempt.
func (m *Machine) downloaded(now time.Time, p *peer) {
	d := p.download
	p.download = nil
	if d.refused && d.of == p.id {
		p.noAudit = now.Add(refusedCycles * m.config.HeartbeatCycle)
	}
	done := Synchronized{ID: p.id, Elements: d.elements}
	switch {
	case d.partial:
		m.hs.Unmark(d.of)
		p.distrusted = true
	case d.of != 0:
		done.ID = d.of
		p.distrusted = p.distrusted && d.of != p.id
		m.applying = true
		done.Purged = m.hs.PurgeMarked(d.of)
		m.applying = false
	}
	m.do(done)
	m.counts.Synchronizations++
	if m.startup.mentor == p {
		p.distrusted = false // Its table was the whole one.
		m.ready(p)
	}
}

// timerExpiry is the timer of elements that are not registered with us: their registration
// life is over. ASAP's side of the registrar removes them.
const timerExpiry handlespace.TimerCode = 3

// takeBack takes back an element that was ours before this registrar began anew with
// the same identifier: the mentor has it still. The element is asked. If there is
// another registrar with that identifier, it is that one's.
func (m *Machine) takeBack(now time.Time, pool wire.PoolHandle, pe *wire.PoolElement) {
	if !m.startup.running || m.duplicate.seen || pe.ASAPTransport == nil || m.hs.Find(pool, pe.ID) != nil {
		return
	}
	if e, _, err := m.hs.Register(now, pool, pe, 0); err == nil {
		m.renewExpiry(now, e)
		m.do(TakenOver{Pool: e.PoolHandle(), ID: e.ID(), Claimed: true})
	}
}

// learn enters an element whose home is another registrar. It returns nil if the
// element is said to be ours but is not, or contradicts its pool.
func (m *Machine) learn(now time.Time, pool wire.PoolHandle, pe *wire.PoolElement, rtt time.Duration) *handlespace.Element {
	if pe.HomeID == 0 || pe.HomeID == m.config.ID || pe.ASAPTransport == nil || len(pool) > wire.MaxPoolHandleLen {
		return nil
	}
	if pe.Policy.Type.Fields()&wire.FieldDistance != 0 {
		further := *pe // Not the message: that is not ours to change.
		pe = &further
		ours := uint32((rtt / 2).Round(m.config.DistanceStep).Milliseconds())
		pe.Policy.Distance += min(ours, math.MaxUint32-pe.Policy.Distance)
	}
	e, _, err := m.hs.Register(now, pool, pe, 0)
	if err != nil {
		return nil // The audit tells again if the contradiction stays.
	}
	m.hs.StopTimer(e)
	m.renewExpiry(now, e)
	// A home that nobody has told us of: if it is not heard either, it is dead, and
	// what it was home of is not to stay alone.
	m.found(now, pe.HomeID, nil)
	return e
}
