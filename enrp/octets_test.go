package enrp

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Elements that are too long are entered by no message of a peer. A table with such elements
// is not requested again soon.
func TestLongElements(t *testing.T) {
	t.Parallel()
	long := func(id wire.PEID, home wire.ServerID) wire.PoolElement {
		pe := element(id, home, time.Minute)
		lengthen(&pe, 60_000)
		return pe
	}
	b, p := startDownload(t, Config{})
	b.receive(1, tableOf(false, long(1, idPeer), element(2, idPeer, time.Minute), long(3, self)))
	if b.hs.Len() != 1 || b.hs.Find("p", 2) == nil || p.replica.failures != maxFailures {
		t.Errorf("%d elements, %d failed audits", b.hs.Len(), p.replica.failures)
	}
	b.receive(1, &enrpmsg.HandleUpdate{IDs: enrpmsg.IDs{Sender: idPeer}, PoolHandle: "p", PoolElement: long(4, idPeer)})
	b.receive(1, &enrpmsg.HandleUpdate{IDs: enrpmsg.IDs{Sender: idPeer}, PoolHandle: "p", PoolElement: long(2, idPeer)})
	if b.hs.Len() != 1 || b.hs.Octets() > 100 {
		t.Errorf("%d elements of %d octets", b.hs.Len(), b.hs.Octets())
	}
}

// The elements of peers do not exceed the octets of the handlespace. A takeover needs no room.
func TestFullOfOctets(t *testing.T) {
	t.Parallel()
	pe := element(1, idPeer, time.Minute)
	b := startBed(t, Config{})
	random := rand.New(rand.NewPCG(1, 2))
	b.hs = handlespace.New(handlespace.Config{
		Rand: random, MaxOctets: 2*pe.EncodedLen() + 4,
		OnChange: func(c handlespace.Change) { b.Changed(c) },
	})
	b.Machine = New(Config{ID: self, HeartbeatCycle: time.Hour}, b.hs, random, steptest.Begin)
	b.pass(2 * time.Second)
	p := b.addPeer(1, idPeer)
	update := func(action enrpmsg.UpdateAction, id wire.PEID) {
		pe.ID = id
		b.receive(1, &enrpmsg.HandleUpdate{IDs: enrpmsg.IDs{Sender: idPeer}, Action: action, PoolHandle: "p", PoolElement: pe})
	}
	for id := range wire.PEID(4) {
		update(enrpmsg.AddPE, id+1)
	}
	if b.hs.Len() != 2 || b.hs.Find("p", 3) != nil {
		t.Errorf("%d elements", b.hs.Len())
	}
	update(enrpmsg.DelPE, 1)
	update(enrpmsg.AddPE, 3)
	if b.hs.Len() != 2 || b.hs.Find("p", 3) == nil {
		t.Errorf("%d elements after a removal", b.hs.Len())
	}
	b.takeovers.transfer(b.now, p.id, self)
	if b.hs.Owned(self) != 2 || b.hs.Octets() != 2*pe.EncodedLen() {
		t.Errorf("%d elements of %d octets after a takeover", b.hs.Owned(self), b.hs.Octets())
	}
}
