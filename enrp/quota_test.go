package enrp

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// elementsOf returns n elements of idPeer, from an identifier on.
func elementsOf(first wire.PEID, n int) []wire.PoolElement {
	var all []wire.PoolElement
	for i := range wire.PEID(n) {
		all = append(all, element(first+i, idPeer, time.Hour))
	}
	return all
}

// A handle table with more elements than a peer may have is not read to its end. There is one
// warning, and the next attempt comes after the longest pause.
func TestTableBeyondQuota(t *testing.T) {
	t.Parallel()
	const cycle = time.Second
	const warning = "elements of 0x00000030 refused: handlespace: no room for more pool elements of the registrar"
	b := startBed(t, Config{MaxElementsPerPeer: 3, HeartbeatCycle: cycle, MaxTimeLastHeard: time.Hour})
	b.up(1, idPeer)
	b.receive(1, presenceOf(idPeer))
	if got := b.receive(1, tableOf(true, elementsOf(1, 2)...)); countPrefix(got, "send 1: table-request own") != 1 {
		t.Fatalf("got %q", got)
	}
	expect(t, b.receive(1, tableOf(true, elementsOf(3, 5)...)), warning)
	if b.hs.Owned(idPeer) != 3 {
		t.Errorf("%d elements", b.hs.Owned(idPeer))
	}
	attempts := 0
	for range maxAuditCycles - 1 {
		got := describeAll(b.pass(cycle))
		got = append(got, b.receive(1, presenceOf(idPeer))...)
		attempts += countPrefix(got, "send 1: table-request") + countPrefix(got, "elements of") + countPrefix(got, "audit of")
	}
	if attempts != 0 {
		t.Errorf("%d requests and warnings within the pause", attempts)
	}
	b.pass(cycle)
	if got := b.receive(1, presenceOf(idPeer)); countPrefix(got, "send 1: table-request own") != 1 {
		t.Errorf("got %q after the pause", got)
	}
}

// Updates beyond the quota are refused. Renewals are not, and neither is an element that takes the
// place of a removed element.
func TestUpdatesBeyondQuota(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{MaxElementsPerPeer: 2})
	b.addPeer(1, idPeer)
	b.addPeer(2, idOther)
	update := func(action enrpmsg.UpdateAction, id wire.PEID) []string {
		return b.receive(1, &enrpmsg.HandleUpdate{IDs: enrpmsg.IDs{Sender: idPeer}, Action: action, PoolHandle: "p", PoolElement: element(id, idPeer, time.Minute)})
	}
	b.addElement("p", 10, idOther)
	for id := range wire.PEID(2) {
		expect(t, update(enrpmsg.AddPE, id+1))
	}
	const warning = "elements of 0x00000030 refused: handlespace: no room for more pool elements of the registrar"
	expect(t, update(enrpmsg.AddPE, 3), warning)
	expect(t, update(enrpmsg.AddPE, 4))
	expect(t, update(enrpmsg.AddPE, 10)) // Of another peer so far.
	b.now = b.now.Add(time.Second)
	expect(t, update(enrpmsg.AddPE, 2))
	if e := b.hs.Find("p", 2); b.hs.Owned(idPeer) != 2 || b.hs.Owned(idOther) != 1 || !b.hs.UpdatedAt(e).Equal(b.now) {
		t.Errorf("%d and %d elements, the last renewed at %v", b.hs.Owned(idPeer), b.hs.Owned(idOther), b.hs.UpdatedAt(e))
	}
	expect(t, update(enrpmsg.DelPE, 1))
	expect(t, update(enrpmsg.AddPE, 3))
	if b.hs.Owned(idPeer) != 2 || b.hs.Find("p", 3) == nil {
		t.Errorf("%d elements after a removal", b.hs.Owned(idPeer))
	}
}

// A takeover is not bounded: its elements are in the handlespace already.
func TestTakeoverBeyondQuota(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{MaxElementsPerPeer: 2})
	b.addPeer(1, idOther)
	for i := range wire.PEID(5) {
		b.addElement("p", i+1, idPeer)
	}
	b.receive(1, &enrpmsg.TakeoverServer{IDs: enrpmsg.IDs{Sender: idOther}, TargetID: idPeer})
	if b.hs.Owned(idOther) != 5 {
		t.Errorf("%d elements", b.hs.Owned(idOther))
	}
}

// The claims of a peer to our elements are bounded.
func TestClaimFlood(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.addPeer(1, idPeer)
	const n = maxClaims + 100
	for i := range wire.PEID(n) {
		b.addElement("p", i+1, self)
	}
	verified := 0
	for i := range wire.PEID(n) {
		actions := b.feed(Received{Assoc: 1, Message: &enrpmsg.HandleUpdate{IDs: enrpmsg.IDs{Sender: idPeer}, PoolHandle: "p", PoolElement: element(i+1, idPeer, time.Minute)}})
		verified += len(actions)
	}
	if verified != maxClaims || len(b.claims.pending) != maxClaims || b.hs.Owned(self) != n {
		t.Errorf("%d verified, %d claims, %d elements are ours", verified, len(b.claims.pending), b.hs.Owned(self))
	}
	b.feed(Confirmed{Pool: "p", ID: 1})
	actions := b.feed(Received{Assoc: 1, Message: &enrpmsg.HandleUpdate{IDs: enrpmsg.IDs{Sender: idPeer}, PoolHandle: "p", PoolElement: element(n, idPeer, time.Minute)}})
	if _, ok := actions[len(actions)-1].(Verify); !ok {
		t.Errorf("got %q", describeAll(actions))
	}
}
