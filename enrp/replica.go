package enrp

import (
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
)

// replica is our copy of the elements of a peer, and the download that repairs the copy.
type replica struct {
	// isSuspect: the copy may differ from the peer's table, whatever the checksum. A
	// new copy is suspect, and the copy of a peer whose messages may have been lost.
	isSuspect bool

	// isRejected: the peer rejected the last request.
	isRejected bool

	// audited is when the last audit began or ended, or when the peer last rejected a
	// request again or did not send the end of its table.
	audited time.Time

	// failures is the number of audits in a row after which the checksums still
	// differed.
	failures int

	// isUnproven: an audit is over, and the next checksum shows whether it failed.
	isUnproven bool

	// isReported: a failed audit was reported, and the checksums have differed since.
	isReported bool

	// download is the download under way, nil if there is none.
	download *download

	// isMidTable: the peer may answer the next request with the middle of a table,
	// because we gave an earlier download up.
	isMidTable bool

	// relayed is when another peer was last asked for the elements.
	relayed time.Time
}

// download is a handle table that is being received.
type download struct {
	// home is the registrar whose elements are wanted: the peer, or a registrar for
	// which the peer relays. 0: the elements of all registrars, for a mentee.
	home wire.ServerID

	isPartial  bool // the beginning of the table is missing
	hasRefused bool // elements that could not be entered
	isAudit    bool // the only reason was that the checksums differed
	deadline   time.Time
	elements   int

	// mark is the beginning: elements of home that are not renewed since then are missing from
	// the table.
	mark handlespace.Mark

	// isComplete: the table has been received, and the elements that it lacks are being
	// removed, up to cursor so far. purged is their number.
	isComplete bool
	cursor     handlespace.Cursor
	purged     int
}

// maxAuditCycles is the maximum number of heartbeat cycles between two audits of a peer.
const maxAuditCycles = 10

// maxFailures is the number of failed audits from which the pause is maxAuditCycles.
const maxFailures = 4

// needsDownload reports whether a Presence with the checksum calls for a download; ours is
// the checksum of the copy.
func (r *replica) needsDownload(now time.Time, checksum, ours uint16, cycle time.Duration) bool {
	return r.download == nil && (r.isSuspect || checksum != ours) && !r.isPaused(now, cycle)
}

// isPaused reports whether it is too early for another download. The pause is about a heartbeat
// cycle. It doubles with each failed audit, because the table may be long.
func (r *replica) isPaused(now time.Time, cycle time.Duration) bool {
	pause := cycle - cycle/8 // The Presences of a peer are at least as far apart.
	if r.failures > 0 && !r.isSuspect {
		pause = cycle * time.Duration(min(1<<r.failures, maxAuditCycles))
	}
	return !r.audited.IsZero() && now.Before(r.audited.Add(pause))
}

// judge decides by the first checksum after an audit whether the audit has failed, and reports
// whether the failure is new. ours is the checksum of the copy. While a download is under way,
// the checksums tell nothing.
func (r *replica) judge(checksum, ours uint16) bool {
	switch {
	case r.download != nil:
	case checksum == ours:
		r.failures, r.isUnproven, r.isReported = 0, false, false
	case r.isUnproven:
		r.failures, r.isUnproven = min(r.failures+1, maxFailures), false
		isNew := !r.isReported
		r.isReported = true
		return isNew
	}
	return false
}

// reject takes note that the peer has rejected a request. A peer that starts rejects requests,
// and may be ready at its next Presence. After another rejection, there is a pause.
func (r *replica) reject(now time.Time) {
	if r.isRejected {
		r.audited = now
	}
	r.isRejected = true
}

// prove ends an audit. If elements were refused, the checksums differ until that changes.
func (r *replica) prove(now time.Time, hasRefused bool) {
	r.audited, r.isUnproven = now, true
	if hasRefused {
		r.failures = maxFailures
	}
}

// refuse ends a download because the handlespace has no room for the rest of the table. The rest
// stays missing for the longest pause.
func (r *replica) refuse(now time.Time) {
	r.download, r.isSuspect = nil, false
	r.audited, r.failures, r.isUnproven = now, maxFailures, false
}

// isPurging reports whether elements that a table lacks are being removed.
func (r *replica) isPurging() bool { return r.download != nil && r.download.isComplete }

// deadline returns the time by which the next part of the table must come, zero if no part is
// expected.
func (r *replica) deadline() time.Time {
	if r.download == nil || r.download.isComplete {
		return time.Time{}
	}
	return r.download.deadline
}

// isDue reports whether the deadline is reached.
func (r *replica) isDue(now time.Time) bool {
	d := r.deadline()
	return !d.IsZero() && !now.Before(d)
}

// begin begins a download of the elements of home.
func (r *replica) begin(home wire.ServerID, mark handlespace.Mark) {
	r.download = &download{home: home, isPartial: r.isMidTable, mark: mark}
}

// cancel gives the download up. A later Presence leads to another attempt.
func (r *replica) cancel() {
	r.download = nil
	r.isSuspect = true
}

// isRepeating reports whether the sender of a whole table goes round in circles: the table
// has brought far more elements than known, the number of elements in the handlespace.
func (d *download) isRepeating(known int) bool {
	return d.home == 0 && d.elements > 2*known+maxRepeated
}

// maxRepeated is the number of elements that a table may repeat, in addition to twice the
// known number.
const maxRepeated = 1024
