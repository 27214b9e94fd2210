package enrp

import (
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// relayInterval is the minimum time between two relayed tables of a peer, because these tables
// contain the elements of all registrars.
const relayInterval = 20 * time.Second

// downloads requests and receives handle tables (RFC 5353, 3.2.3 and 3.6).
type downloads struct {
	own        *registrar
	out        *outbox
	peers      *peers
	editor     *editor
	claims     *claims
	duplicates *duplicates
}

// progress is the state of a download after an event.
type progress uint8

const (
	// downloadUnchanged: there is no download, or its next part is requested.
	downloadUnchanged progress = iota
	// downloadCancelled: the download was given up.
	downloadCancelled
	// downloadFinished: the table is complete.
	downloadFinished
)

// audit compares the checksum in a Presence with the checksum of our copy. RFC 5353, 3.6.1:
// "If the two values do NOT match, [...] a re-synchronization process SHOULD be carried out
// immediately". A peer is audited at most once a cycle, and less often if audits do not make
// the checksums agree (ADR 0008, R11).
func (d *downloads) audit(now time.Time, p *peer, msg *enrpmsg.Presence) {
	if msg.NoChecksum {
		return
	}
	r, ours, cycle := &p.replica, d.own.hs.Checksum(p.id).Value(), d.own.config.HeartbeatCycle
	if r.judge(msg.Checksum, ours) {
		d.out.add(AuditFailed{ID: p.id})
	}
	if !r.needsDownload(now, msg.Checksum, ours, cycle) {
		return
	}
	d.start(now, p, p.id)
	if r.download.isAudit = !r.isSuspect; r.download.isAudit {
		r.audited = now
	}
}

// start requests a peer's table, of which the elements of home are wanted; 0: all elements.
func (d *downloads) start(now time.Time, p *peer, home wire.ServerID) {
	p.replica.begin(home)
	if home != 0 {
		d.own.hs.Mark(home)
	}
	d.request(now, p)
}

// request requests the next part of a table.
func (d *downloads) request(now time.Time, p *peer) {
	table := p.replica.download
	table.deadline = now.Add(d.own.config.TableTimeout)
	d.out.send(p.assoc, &enrpmsg.HandleTableRequest{IDs: d.own.ids(p.id), OwnChildrenOnly: table.home == p.id})
}

// cancel gives a download up.
func (d *downloads) cancel(p *peer) progress {
	table := p.replica.download
	if table == nil {
		return downloadUnchanged
	}
	if table.home != 0 && d.peers.isAuthoritative(p, table.home) {
		d.own.hs.Unmark(table.home)
	}
	p.replica.cancel()
	return downloadCancelled
}

// handleResponse enters a part of a table, and requests the next part. Responses that were
// not requested, or are late, are ignored.
func (d *downloads) handleResponse(now time.Time, p *peer, msg *enrpmsg.HandleTableResponse, rtt time.Duration) progress {
	table := p.replica.download
	if table != nil || p.replica.isMidTable {
		p.replica.isMidTable = msg.MoreToSend && !msg.Reject
	}
	if table == nil {
		return downloadUnchanged
	}
	if msg.Reject && table.home == p.id {
		p.replica.reject(now)
	}
	if msg.Reject || table.home != 0 && !d.peers.isAuthoritative(p, table.home) {
		return d.cancel(p)
	}
	before := table.elements
	for i := range msg.Entries {
		entry := &msg.Entries[i]
		for j := range entry.PoolElements {
			d.enter(now, p, entry.PoolHandle, &entry.PoolElements[j], rtt)
		}
	}
	if msg.MoreToSend && !d.isExhausted(p, table.elements-before, len(msg.Entries)) {
		d.request(now, p)
		return downloadUnchanged
	}
	if msg.MoreToSend {
		p.replica.audited = now
	}
	d.finish(now, p)
	return downloadFinished
}

// isExhausted reports whether further parts of a table are useless, whatever the sender
// says. The last part had the given number of wanted elements and of pools. RSPLIB may send
// its own elements, then other registrars' elements, and then start over.
func (d *downloads) isExhausted(p *peer, elements, pools int) bool {
	table := p.replica.download
	if table.home == p.id || table.home == 0 {
		return elements == 0 || table.isRepeating(d.own.hs.Len())
	}
	return pools == 0
}

// enter enters an element of a table, if the element is wanted.
func (d *downloads) enter(now time.Time, p *peer, pool wire.PoolHandle, pe *wire.PoolElement, rtt time.Duration) {
	table := p.replica.download
	if table.home != 0 && pe.HomeID != table.home {
		return
	}
	table.elements++
	if pe.HomeID == d.own.id() {
		// The mentor still has our elements if we have restarted. The elements of
		// another registrar with our identifier look the same.
		if !d.duplicates.isSeen {
			d.editor.reclaim(now, pool, pe)
		}
		return
	}
	if d.claims.contest(now, p, pool, pe, rtt) {
		return
	}
	e := d.editor.enter(now, pool, pe, rtt)
	table.hasRefused = table.hasRefused || e == nil
	if e != nil && table.home != 0 && table.home != p.id {
		d.editor.renewExpiry(now.Add(relayInterval), e) // The next relayed table renews it.
	}
}

// finish ends a complete download: elements that the table lacks are removed. If the
// beginning of the table is missing, they stay until the next Presence starts another
// download.
func (d *downloads) finish(now time.Time, p *peer) {
	table := p.replica.download
	p.replica.download, p.replica.isRejected = nil, false
	if table.home == p.id && (table.isAudit || table.hasRefused) {
		p.replica.prove(now, table.hasRefused)
	}
	done := Synchronized{ID: p.id, Elements: table.elements}
	switch {
	case table.isPartial:
		d.own.hs.Unmark(table.home)
		p.replica.isSuspect = true
	case table.home != 0:
		done.ID = table.home
		done.Purged = d.editor.purge(table.home)
		if table.home == p.id {
			p.replica.isSuspect = false
		}
	}
	d.out.add(done)
	d.own.counts.Synchronizations++
}
