package enrp

import (
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// replica is our copy of the elements of a peer, and the download that repairs the copy.
type replica struct {
	// isSuspect: the copy may differ from the peer's table, whatever the checksum. A
	// new copy is suspect, and the copy of a peer whose messages may have been lost.
	isSuspect bool

	// tolerated is the time until which the checksums may differ: the peer has
	// elements that we refuse.
	tolerated time.Time

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
	deadline   time.Time
	elements   int
}

// needsDownload reports whether a Presence with the checksum calls for a download; ours is
// the checksum of the copy.
func (r *replica) needsDownload(now time.Time, checksum, ours uint16) bool {
	return r.download == nil && (r.isSuspect || checksum != ours && !now.Before(r.tolerated))
}

// isDue reports whether the deadline of the download is reached.
func (r *replica) isDue(now time.Time) bool {
	return r.download != nil && !now.Before(r.download.deadline)
}

// deadline returns the deadline of the download, zero without a download.
func (r *replica) deadline() time.Time {
	if r.download == nil {
		return time.Time{}
	}
	return r.download.deadline
}

// begin begins a download of the elements of home.
func (r *replica) begin(home wire.ServerID) {
	r.download = &download{home: home, isPartial: r.isMidTable}
}

// cancel gives the download up. The next Presence leads to another attempt.
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
