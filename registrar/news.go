package registrar

import (
	"log/slog"

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
}

// logAction logs a report. It ignores other actions.
func (n *news) logAction(action step.Action) {
	switch a := action.(type) {
	case asapside.ElementRegistered:
		n.log.Info("element registered", "pool", a.Pool, "pe_id", a.ID, "assoc", a.Assoc)
	case asapside.ElementMoved:
		n.log.Warn("element registered again over another association", "pool", a.Pool, "pe_id", a.ID, "assoc", a.To, "before", a.From)
	case asapside.ElementContested:
		n.log.Warn("identifier in use by another process of the host", "pool", a.Pool, "pe_id", a.ID, "assoc", a.Rival, "holder", a.Holder)
	case asapside.ElementAdopted:
		n.log.Info("element adopted", "pool", a.Pool, "pe_id", a.ID)
	case asapside.ElementRemoved:
		n.log.Info("element removed", "pool", a.Pool, "pe_id", a.ID, "reason", a.Reason)
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
