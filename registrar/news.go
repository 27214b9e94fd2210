package registrar

import (
	"log/slog"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// news logs the actions by which the core reports on elements and peers.
type news struct {
	log         *slog.Logger
	id          wire.ServerID // the registrar
	handlespace *handlespace.Handlespace

	burst   []kind    // of records in the order of their first, and their number
	burstAt time.Time // the beginning of the burst
}

// kind is a kind of records about elements.
type kind struct {
	change string                // such as "registered"
	reason asapside.RemoveReason // of removals
	number int                   // of elements in the present burst
}

const (
	// maxDetails is the number of records of a kind in a burst. A single record has the
	// number of the rest.
	maxDetails = 16
	// burstPause is the time without work of the core that ends a burst. Slices of work on many
	// elements follow each other sooner.
	burstPause = 5 * time.Millisecond
	// maxBurst is the longest time that the number of the rest may wait.
	maxBurst = time.Second
)

// isDetailed counts an element, and reports whether it has a record of its own.
func (n *news) isDetailed(change string, reason asapside.RemoveReason) bool {
	i := slices.IndexFunc(n.burst, func(k kind) bool { return k.change == change && k.reason == reason })
	if i < 0 {
		i = len(n.burst)
		n.burst = append(n.burst, kind{change: change, reason: reason})
	}
	n.burst[i].number++
	return n.burst[i].number <= maxDetails
}

// endTurn ends a burst of records if the core has no work to do soon. A turn of the loop
// calls it at its end, with the deadline of the core.
func (n *news) endTurn(deadline time.Time) {
	if len(n.burst) == 0 {
		return
	}
	now := time.Now()
	if n.burstAt.IsZero() {
		n.burstAt = now
	}
	if !deadline.IsZero() && deadline.Sub(now) < burstPause && now.Sub(n.burstAt) < maxBurst {
		return
	}
	for _, k := range n.burst {
		if k.number <= maxDetails {
			continue
		}
		log := n.log.With("number", k.number-maxDetails)
		if k.reason != "" {
			log = log.With("reason", k.reason)
		}
		log.Info("further elements " + k.change)
	}
	n.burst, n.burstAt = n.burst[:0], time.Time{}
}

// logAction logs a report. It ignores other actions.
func (n *news) logAction(action step.Action) {
	switch a := action.(type) {
	case asapside.ElementRegistered:
		if n.isDetailed("registered", "") {
			n.log.Info("element registered", "pool", a.Pool, "pe_id", a.ID, "assoc", a.Assoc)
		}
	case asapside.ElementMoved:
		n.log.Warn("element registered again over another association", "pool", a.Pool, "pe_id", a.ID, "assoc", a.To, "before", a.From)
	case asapside.ElementContested:
		n.log.Warn("identifier in use by another process of the host", "pool", a.Pool, "pe_id", a.ID, "assoc", a.Rival, "holder", a.Holder)
	case asapside.ElementAdopted:
		if n.isDetailed("adopted", "") {
			n.log.Info("element adopted", "pool", a.Pool, "pe_id", a.ID)
		}
	case asapside.ElementRemoved:
		if n.isDetailed("removed", a.Reason) {
			n.log.Info("element removed", "pool", a.Pool, "pe_id", a.ID, "reason", a.Reason)
		}
	case asapside.LimitReached:
		n.log.Warn("registration refused: limit reached", "assoc", a.Assoc, "host", a.Host, "limit", a.Limit)
	case enrp.ElementsRefused:
		n.log.Warn("elements of peer refused", "peer_id", a.ID, "reason", a.Reason)
	case enrp.Ready:
		log := n.log
		if a.Mentor != 0 {
			log = log.With("mentor", a.Mentor)
		}
		log.Info("ready", "elements", n.handlespace.Len())
	case enrp.PeerFound:
		n.log.Info("peer found", "peer_id", a.ID)
	case enrp.PeerLost:
		n.log.Warn("peer lost", "peer_id", a.ID, "taken_over", a.Elements)
	case enrp.Contested:
		n.log.Warn("element is also at another registrar", "pool", a.Pool, "pe_id", a.ID, "peer_id", a.Peer)
	case enrp.Duplicate:
		n.log.Warn("another registrar has the same identifier", "id", n.id, "peer", a.Addrs)
	case enrp.TakeoverRefused:
		n.log.Warn("takeover not believed: the target is alive", "peer_id", a.ID, "target_id", a.Target)
	case enrp.AuditFailed:
		n.log.Warn("checksum of peer does not fit its table", "peer_id", a.ID)
	case enrp.Synchronized:
		n.log.Info("synchronized", "peer_id", a.ID, "elements", a.Elements, "purged", a.Purged)
	}
}
