package enrp

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// killPeer has peer idPeer with n elements end, and passes the time until its takeover begins. It
// returns the transcript of the step that begins the takeover.
func killPeer(t *testing.T, b *bed, n int) []string {
	t.Helper()
	b.addPeer(1, idPeer)
	for i := range wire.PEID(n) {
		b.addElement("p", i+1, idPeer)
	}
	b.feed(step.Down{Assoc: 1})
	for range 100 {
		b.now = b.Deadline()
		if got := describeAll(b.feed(step.Tick{})); slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "peer lost") }) {
			return got
		}
	}
	t.Fatal("no takeover")
	return nil
}

// countPrefix returns the number of actions with a prefix.
func countPrefix(transcript []string, prefix string) (n int) {
	for _, s := range transcript {
		if strings.HasPrefix(s, prefix) {
			n++
		}
	}
	return n
}

// A step takes over a slice of the elements, and the next slice is due after a short pause. The checksum and
// the other numbers are those of the finished takeover.
func TestTakeoverInSlices(t *testing.T) {
	t.Parallel()
	const n, slice = 7, 2
	b := startBed(t, Config{Slice: slice})
	b.addElement("p", 100, self)
	got := killPeer(t, b, n)
	if countPrefix(got, "taken over") != slice || countPrefix(got, "peer lost: 0x00000030, 7 elements") != 1 {
		t.Fatalf("got %q", got)
	}
	b.addPeer(2, idOther)
	for moved := slice; moved < n; moved += slice {
		if b.hs.Owned(self) != 1+moved || b.hs.Owned(idPeer) != n-moved {
			t.Fatalf("%d and %d elements after %d", b.hs.Owned(self), b.hs.Owned(idPeer), moved)
		}
		if !b.Deadline().Equal(b.now.Add(slicePause)) {
			t.Fatalf("deadline %v with %d elements left", b.Deadline(), n-moved)
		}
		all := wire.PEChecksum(0)
		for e := range b.hs.Elements() {
			all = all.Add(wire.SumPE(e.PoolHandle(), e.ID()))
		}
		if got := b.presences.compose(0, false, false).Checksum; got != all.Value() {
			t.Errorf("checksum %04x with %d elements left, want %04x", got, n-moved, all.Value())
		}
		// The table is not complete.
		expect(t, b.receive(2, &enrpmsg.HandleTableRequest{IDs: enrpmsg.IDs{Sender: idOther}, OwnChildrenOnly: true}), "send 2: table-response reject to 0x00000040")
		if got := countPrefix(describeAll(b.feed(step.Tick{})), "taken over"); got != 0 {
			t.Fatalf("%d elements within the pause", got)
		}
		if got := countPrefix(describeAll(b.pass(slicePause)), "taken over"); got != min(slice, n-moved) {
			t.Fatalf("slice of %d elements", got)
		}
	}
	if b.hs.Owned(self) != n+1 || b.Counts().ElementsTakenOver != n || b.hasWork() {
		t.Errorf("%d elements, %+v", b.hs.Owned(self), b.Counts())
	}
}

// A peer that comes back in the middle of its takeover keeps the elements that are not taken yet,
// and its table brings the others back.
func TestPeerReturnsDuringTakeover(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{Slice: 2})
	killPeer(t, b, 7)
	b.up(2, idPeer)
	got := b.receive(2, presenceOf(idPeer))
	if countPrefix(got, "send 2: table-request own") != 1 {
		t.Errorf("got %q", got)
	}
	if b.hasWork() || b.hs.Owned(idPeer) != 5 || b.hs.Owned(self) != 2 {
		t.Fatalf("work %v, %d and %d elements", b.hasWork(), b.hs.Owned(idPeer), b.hs.Owned(self))
	}
	var all []wire.PoolElement
	for i := range wire.PEID(7) {
		all = append(all, element(i+1, idPeer, time.Hour))
	}
	b.receive(2, tableOf(false, all...))
	b.pass(10 * slicePause)
	if b.hs.Owned(idPeer) != 7 || b.hs.Owned(self) != 0 {
		t.Errorf("%d and %d elements", b.hs.Owned(idPeer), b.hs.Owned(self))
	}
}

// Elements on their way to a registrar that dies go to its heir.
func TestReceiverDiesDuringTransfer(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{Slice: 2})
	b.addPeer(1, idOther)
	for i := range wire.PEID(7) {
		b.addElement("p", i+1, idPeer)
	}
	b.takeovers.concede(b.now, idPeer, idOther)
	if b.hs.Owned(idOther) != 2 || b.transfers.owned(idOther) != 7 || b.transfers.owned(idPeer) != 5 {
		t.Fatalf("%d, %d and %d elements", b.hs.Owned(idOther), b.transfers.owned(idOther), b.transfers.owned(idPeer))
	}
	b.takeovers.concede(b.now, idPeer, idLow) // Too late.
	b.takeovers.concede(b.now, idOther, self)
	b.pass(10 * slicePause)
	if b.hs.Owned(self) != 7 || b.hasWork() {
		t.Errorf("%d elements are ours", b.hs.Owned(self))
	}
}

// While elements are on their way to a peer, its checksum tells nothing.
func TestNoAuditDuringTransfer(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{Slice: 2, MaxTimeLastHeard: time.Hour})
	b.addPeer(1, idOther)
	for i := range wire.PEID(7) {
		b.addElement("p", i+1, idPeer)
	}
	b.takeovers.concede(b.now, idPeer, idOther)
	if got := b.receive(1, presenceOf(idOther)); countPrefix(got, "send 1: table-request") != 0 {
		t.Errorf("got %q while elements are on their way", got)
	}
	b.pass(10 * slicePause)
	if got := b.receive(1, presenceOf(idOther)); countPrefix(got, "send 1: table-request own") != 1 {
		t.Errorf("got %q", got)
	}
}

// startPurge returns a registrar that has asked for the table of a peer, of which it has seven
// elements. Two elements are a slice.
func startPurge(t *testing.T) (*bed, *peer) {
	t.Helper()
	b, p := startDownload(t, Config{Slice: 2, MaxTimeLastHeard: time.Hour})
	p.replica.cancel()
	for i := range wire.PEID(7) {
		b.addElement("p", i+1, idPeer)
	}
	b.receive(1, presenceOf(idPeer))
	return b, p
}

// The elements that a table lacks are removed slice by slice. An element that is announced while
// its slice waits stays.
func TestPurgeInSlices(t *testing.T) {
	t.Parallel()
	b, p := startPurge(t)
	expect(t, b.receive(1, tableOf(false, element(1, idPeer, time.Minute))))
	if b.hs.Owned(idPeer) != 6 || !b.Deadline().Equal(b.now.Add(slicePause)) {
		t.Fatalf("%d elements, deadline %v", b.hs.Owned(idPeer), b.Deadline())
	}
	// Neither a further part nor a Presence has an effect meanwhile.
	expect(t, b.receive(1, tableOf(false, element(20, idPeer, time.Minute))))
	expect(t, b.receive(1, presenceOf(idPeer)))
	b.receive(1, &enrpmsg.HandleUpdate{IDs: enrpmsg.IDs{Sender: idPeer}, PoolHandle: "p", PoolElement: element(6, idPeer, time.Minute)})
	expect(t, describeAll(b.pass(2*slicePause)))
	expect(t, describeAll(b.pass(slicePause)), "synchronized with 0x00000030: 1 elements, 5 purged")
	if b.hs.Find("p", 1) == nil || b.hs.Find("p", 6) == nil || b.hs.Owned(idPeer) != 2 || b.hasWork() || p.replica.isSuspect {
		t.Errorf("%d elements, %+v", b.hs.Owned(idPeer), p.replica)
	}
}

// The end of the association ends a purge: the table may be out of date.
func TestPurgeCancelled(t *testing.T) {
	t.Parallel()
	b, p := startPurge(t)
	b.receive(1, tableOf(false))
	b.feed(step.Down{Assoc: 1})
	if b.hasWork() || b.hs.Owned(idPeer) != 5 || !p.replica.isSuspect {
		t.Errorf("work %v, %d elements, %+v", b.hasWork(), b.hs.Owned(idPeer), p.replica)
	}
}

// A table that a takeover interrupts starts over. The peer would take the rest for the whole, and
// remove the elements of the first parts.
func TestUploadInterruptedByTakeover(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{Slice: 2, MaxTableElements: 2})
	b.addPeer(2, idOther)
	for id := range wire.PEID(5) {
		b.addElement("p", 101+id, self)
	}
	request := &enrpmsg.HandleTableRequest{IDs: enrpmsg.IDs{Sender: idOther}, OwnChildrenOnly: true}
	first := b.receive(2, request)
	for id := range wire.PEID(5) {
		b.addElement("q", 1+id, idPeer)
	}
	b.takeovers.transfer(b.now, idPeer, self)
	if got := b.receive(2, request); countPrefix(got, "send 2: table-response reject") != 1 {
		t.Fatalf("got %q in the middle of a takeover", got)
	}
	b.pass(10 * slicePause)
	if got := b.receive(2, request); !slices.Equal(got, first) {
		t.Errorf("got %q, want %q", got, first)
	}
}

// A peer may name many registrars that it has taken over. Those without elements are nothing to
// remember while another transfer is under way.
func TestTransfersWithoutElements(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{Slice: 1})
	b.addPeer(2, idOther)
	killPeer(t, b, 5)
	for id := range wire.ServerID(100) {
		b.receive(2, &enrpmsg.TakeoverServer{IDs: enrpmsg.IDs{Sender: idOther}, TargetID: 1000 + id})
	}
	if n := len(b.transfers.all); n != 1 {
		t.Errorf("%d transfers, want 1", n)
	}
}

// The new home speaks for elements on their way to it.
func TestUpdatesDuringTransfer(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{Slice: 1, MaxElementsPerPeer: 3})
	b.addPeer(2, idOther)
	for id := range wire.PEID(5) {
		b.addElement("p", 1+id, idPeer)
	}
	b.receive(2, &enrpmsg.TakeoverServer{IDs: enrpmsg.IDs{Sender: idOther}, TargetID: idPeer})
	b.now = b.now.Add(slicePause / 2)
	update := func(action enrpmsg.UpdateAction, id wire.PEID) {
		expect(t, b.receive(2, &enrpmsg.HandleUpdate{
			IDs: enrpmsg.IDs{Sender: idOther}, Action: action, PoolHandle: "p", PoolElement: element(id, idOther, time.Minute),
		}))
	}
	update(enrpmsg.AddPE, 4) // Renewed, though the peer has more elements than it may have.
	update(enrpmsg.DelPE, 5)
	if e := b.hs.Find("p", 4); e.HomeID() != idOther || b.hs.Find("p", 5) != nil {
		t.Errorf("element 4 of %v, element 5: %v", e.HomeID(), b.hs.Find("p", 5))
	}
	b.pass(10 * slicePause)
	if b.hs.Owned(idOther) != 4 || b.hs.Owned(idPeer) != 0 {
		t.Errorf("%d and %d elements", b.hs.Owned(idOther), b.hs.Owned(idPeer))
	}
}
