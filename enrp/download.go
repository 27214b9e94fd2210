package enrp

import (
	"cmp"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
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
	transfers  *transfers
	peers      *peers
	editor     *editor
	claims     *claims
	duplicates *duplicates

	scratch []*handlespace.Element // of a slice
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
	if msg.NoChecksum || d.transfers.isReceiver(p.id) {
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
	p.replica.begin(home, d.own.hs.Mark())
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
	if p.replica.download == nil {
		return downloadUnchanged
	}
	p.replica.cancel()
	return downloadCancelled
}

// handleResponse enters a part of a table, and requests the next part. Responses that were
// not requested, or are late, are ignored.
func (d *downloads) handleResponse(now time.Time, p *peer, msg *enrpmsg.HandleTableResponse, rtt time.Duration) progress {
	table := p.replica.download
	if table != nil && table.isComplete {
		table = nil
	}
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
	if err := d.enterAll(now, p, msg, rtt); err != nil {
		d.editor.reportExcess(now, p, err)
		p.replica.refuse(now)
		return downloadFinished
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

// enterAll enters the elements of a part of a table. It stops with an error for lack of resources.
func (d *downloads) enterAll(now time.Time, p *peer, msg *enrpmsg.HandleTableResponse, rtt time.Duration) error {
	for i := range msg.Entries {
		entry := &msg.Entries[i]
		for j := range entry.PoolElements {
			if err := d.enter(now, p, entry.PoolHandle, &entry.PoolElements[j], rtt); err != nil {
				return err
			}
		}
	}
	return nil
}

// enter enters an element of a table, if the element is wanted. It fails for lack of resources
// only.
func (d *downloads) enter(now time.Time, p *peer, pool wire.PoolHandle, pe *wire.PoolElement, rtt time.Duration) error {
	table := p.replica.download
	if table.home != 0 && pe.HomeID != table.home {
		return nil
	}
	table.elements++
	if pe.HomeID == d.own.id() {
		// The mentor still has our elements if we have restarted. The elements of
		// another registrar with our identifier look the same.
		if !d.duplicates.isSeen {
			d.editor.reclaim(now, pool, pe)
		}
		return nil
	}
	if d.claims.contest(now, p, pool, pe, rtt) {
		return nil
	}
	e, err := d.editor.enter(now, pool, pe, rtt)
	switch {
	case isLackOfResources(err):
		return err
	case err != nil:
		table.hasRefused = true
	case table.home != 0 && table.home != p.id:
		d.editor.renewExpiry(now.Add(relayInterval), e) // The next relayed table renews it.
	}
	return nil
}

// finish takes note that a table is complete. Elements that the table lacks are removed. If the
// beginning of the table is missing, they stay until the next Presence starts another download.
func (d *downloads) finish(now time.Time, p *peer) {
	table := p.replica.download
	p.replica.isRejected = false
	switch {
	case table.isPartial:
		d.end(now, p)
		p.replica.isSuspect = true
	case table.home == 0:
		d.end(now, p)
	default:
		table.isComplete, table.cursor = true, handlespace.TableOf(table.home)
		d.purge(now, p)
	}
}

// purge removes a slice of the elements that a complete table lacks. It ends the download with
// the last of them, or if the table does not count any more.
func (d *downloads) purge(now time.Time, p *peer) {
	table := p.replica.download
	if !d.peers.isAuthoritative(p, table.home) {
		p.replica.cancel()
		return
	}
	var more bool
	d.scratch, table.cursor, more = d.own.hs.Extract(table.cursor, d.own.config.Slice, d.scratch[:0])
	for _, e := range d.scratch {
		if !e.RenewedSince(table.mark) {
			d.editor.remove(e)
			table.purged++
		}
	}
	clear(d.scratch)
	d.scratch = d.scratch[:0]
	if more {
		return
	}
	d.end(now, p)
	if table.home == p.id {
		p.replica.isSuspect = false
	}
}

// end ends a download.
func (d *downloads) end(now time.Time, p *peer) {
	table := p.replica.download
	p.replica.download = nil
	if table.home == p.id && (table.isAudit || table.hasRefused) {
		p.replica.prove(now, table.hasRefused)
	}
	d.out.add(Synchronized{ID: cmp.Or(table.home, p.id), Elements: table.elements, Purged: table.purged})
	d.own.counts.Synchronizations++
}
