package enrp

import (
	"maps"
	"slices"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// checkInvariants checks the properties that a machine has after every step.
func checkInvariants(w *world) {
	w.t.Helper()
	checkPeers(w)
	checkAssociations(w)
	checkDials(w)
	checkLiveness(w)
	checkTables(w)
	checkHandlespace(w)
	checkTransfers(w)
	checkClaims(w)
}

// checkPeers checks that the list of peers is bounded, and is the list that the owner knows.
func checkPeers(w *world) {
	m := w.machine
	if len(m.peers.all) > maxPeers {
		w.t.Fatalf("%d peers", len(m.peers.all))
	}
	known := make(map[wire.ServerID]bool)
	for _, p := range m.peers.all {
		switch {
		case p.id == self || known[p.id]:
			w.t.Fatalf("peer %v twice, or us", p.id)
		case p.id == 0 && p.configured == nil:
			w.t.Fatalf("peer without an identifier: %+v", p)
		case len(p.announced) > handlespace.MaxAddrs || len(p.addrs) > handlespace.MaxAddrs:
			w.t.Fatalf("peer %v has %d addresses", p.id, len(p.announced))
		}
		if p.id != 0 {
			known[p.id] = true
		}
	}
	if !maps.Equal(known, w.peers) || m.NumPeers() != len(known) {
		w.t.Fatalf("peers %v, the owner knows %v", known, w.peers)
	}
}

// checkAssociations checks that the table of associations has those that are up, and that
// each association speaks for its peer.
func checkAssociations(w *world) {
	m := w.machine
	if len(m.assocs.byID) != len(w.up) {
		w.t.Fatalf("%d associations, %d are up", len(m.assocs.byID), len(w.up))
	}
	users := make(map[step.AssocID]*peer)
	for _, p := range m.peers.all {
		if !p.isConnected() {
			continue
		}
		a := m.assocs.find(p.assoc)
		if a == nil || !slices.Contains(w.up, p.assoc) {
			w.t.Fatalf("peer %v is on association %d, which is not up", p.id, p.assoc)
		}
		if q := users[p.assoc]; q != nil && a.speaker != 0 {
			w.t.Fatalf("peers %v and %v are on association %d", p.id, q.id, p.assoc)
		}
		if a.speaker != 0 && a.speaker != p.id {
			w.t.Fatalf("peer %v is on association %d, which speaks for %v", p.id, p.assoc, a.speaker)
		}
		users[p.assoc] = p
	}
}

// checkDials checks that the dials under way are known, and that each is for one peer at
// most.
func checkDials(w *world) {
	m := w.machine
	if len(m.contacts.dials) != len(w.dials) {
		w.t.Fatalf("%d dials, %d are under way", len(m.contacts.dials), len(w.dials))
	}
	users := make(map[step.DialID]*peer)
	for _, p := range m.peers.all {
		if p.dial == 0 {
			continue
		}
		if users[p.dial] != nil || !slices.Contains(w.dials, p.dial) {
			w.t.Fatalf("peer %v waits for dial %d", p.id, p.dial)
		}
		users[p.dial] = p
	}
	if bound := 2 * maxPeers; len(w.dials) > bound {
		w.t.Fatalf("%d dials", len(w.dials))
	}
}

// checkLiveness checks that the states of peers are consistent, and that no peer waits without
// a deadline.
func checkLiveness(w *world) {
	m := w.machine
	for _, p := range m.peers.all {
		l := &p.liveness
		if !l.isConsistent() {
			w.t.Fatalf("peer %v: %+v", p.id, l)
		}
		if l.deadline.IsZero() != (p.id == 0) {
			w.t.Fatalf("peer %v has deadline %v", p.id, l.deadline)
		}
		if l.arbitration == nil {
			continue
		}
		if l.arbitration.isWon() {
			w.t.Fatalf("takeover of %v is not completed", p.id)
		}
		for _, id := range l.arbitration.awaited {
			if m.peers.find(id) == nil || id == p.id {
				w.t.Fatalf("takeover of %v awaits %v", p.id, id)
			}
		}
	}
}

// checkTables checks that handle tables are on their way on associations only, and that the
// mentor sends the whole table.
func checkTables(w *world) {
	m := w.machine
	mentor := m.startup.mentor
	if m.Ready() != w.isReady || mentor != nil && (w.isReady || !slices.Contains(m.peers.all, mentor)) {
		w.t.Fatalf("ready %v, mentor %+v", m.Ready(), mentor)
	}
	for _, p := range m.peers.all {
		d := p.replica.download
		if (d != nil || p.upload.isRunning || p.replica.isMidTable) && !p.isConnected() {
			w.t.Fatalf("tables of peer %v, which is not connected: %+v", p.id, p)
		}
		if isWhole := d != nil && d.home == 0; isWhole != (p == mentor) {
			w.t.Fatalf("peer %v, mentor %v, download %+v", p.id, p == mentor, d)
		}
		if p.upload.isRunning && m.own.isStarting {
			w.t.Fatalf("peer %v gets a table before the start is over", p.id)
		}
	}
}

// checkHandlespace checks the checksums, and that every element has a home that is a peer,
// or this registrar.
func checkHandlespace(w *world) {
	sums := map[wire.ServerID]wire.PEChecksum{self: 0}
	for e := range w.hs.Elements() {
		sums[e.HomeID()] = sums[e.HomeID()].Add(wire.SumPE(e.PoolHandle(), e.ID()))
		if e.HomeID() != self && e.Association() != 0 {
			w.t.Fatalf("element %v/%v of %v has association %d", e.PoolHandle(), e.ID(), e.HomeID(), e.Association())
		}
	}
	for id, sum := range sums {
		if got := w.hs.Checksum(id); got.Value() != sum.Value() {
			w.t.Fatalf("checksum of %v is %04x, want %04x", id, got.Value(), sum.Value())
		}
	}
	if w.machine.editor.isApplying {
		w.t.Fatal("a change does not end")
	}
}

// checkTransfers checks that the former home of a transfer is no peer, and that there is no
// transfer to a registrar whose elements are on their way to another.
func checkTransfers(w *world) {
	for _, x := range w.machine.transfers.all {
		if w.machine.peers.find(x.from) != nil {
			w.t.Fatalf("transfer from %v to %v, %d elements", x.from, x.to, w.hs.Owned(x.from))
		}
		for _, y := range w.machine.transfers.all {
			if y.to == x.from {
				w.t.Fatalf("transfer from %v to %v, and on to %v", y.from, y.to, x.to)
			}
		}
	}
}

// checkClaims checks that claims are pending for elements of ours, by peers. A registrar that
// leaves does not mind.
func checkClaims(w *world) {
	c := w.machine.claims
	if len(c.conceded) != 0 {
		w.t.Fatalf("%d conceded claims are not settled", len(c.conceded))
	}
	for key, claim := range c.pending {
		if w.machine.own.isLeaving {
			break
		}
		if w.machine.peers.find(claim.peer) == nil {
			w.t.Fatalf("claim of %v, which is no peer", claim.peer)
		}
		if e := w.hs.Find(key.pool, key.id); e == nil || e.HomeID() != self {
			w.t.Fatalf("claim of %v to %v/%v, which is not ours", claim.peer, key.pool, key.id)
		}
	}
}
