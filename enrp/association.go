package enrp

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// association is an association with a registrar.
type association struct {
	serial  uint64           // counts associations in the order of their beginning
	speaker wire.ServerID    // the registrar that identified itself; 0: none yet
	refused wire.ServerID    // the peer for which the association was not accepted; 0: none
	addrs   []netip.AddrPort // of the registrar, the primary address first

	tables, lists pace // of its requests
}

// pace is the pace of the requests of a kind over an association.
type pace struct {
	free    time.Time       // when all answers so far are paid for
	delayed enrpmsg.Message // the last request that came too early, nil if there is none
}

// associations is the table of associations that are up.
type associations struct {
	byID map[step.AssocID]*association
	last uint64 // serial
}

// find returns an association, nil if it is not up.
func (t *associations) find(id step.AssocID) *association { return t.byID[id] }

// add adds an association, unless it is up already, and returns it.
func (t *associations) add(id step.AssocID, addrs []netip.AddrPort) *association {
	a := t.byID[id]
	if a == nil {
		t.last++
		a = &association{serial: t.last, addrs: addrs}
		t.byID[id] = a
	}
	return a
}

// remove removes an association and returns it, nil if it was not up.
func (t *associations) remove(id step.AssocID) *association {
	a := t.byID[id]
	delete(t.byID, id)
	return a
}

// isLocal reports whether an association is with a registrar on this host.
func (t *associations) isLocal(id step.AssocID) bool {
	a := t.byID[id]
	return a != nil && isLoopback(a.addrs)
}

// isNewer reports whether an association is newer than another, which may be dead. An
// association that is not up is older than all others.
func (t *associations) isNewer(id, than step.AssocID) bool {
	a, b := t.byID[id], t.byID[than]
	return b == nil || a != nil && a.serial > b.serial
}

// takeRefused returns the associations that were refused for the sake of a peer, in the
// order of their identifiers, and forgets that.
func (t *associations) takeRefused(peer wire.ServerID) []step.AssocID {
	var refused []step.AssocID
	for id, a := range t.byID {
		if a.speaker == 0 && a.refused == peer && peer != 0 {
			a.refused = 0
			refused = append(refused, id)
		}
	}
	slices.Sort(refused)
	return refused
}
