package enrp

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Whatever events come in whatever order, every action and the invariants hold. When all
// associations have ended, nothing is left of peers but the configuration, and all elements
// are ours.
func TestRandomEvents(t *testing.T) {
	var sum Counts
	steptest.RunSeeds(t, func(t *testing.T, random *rand.Rand) {
		w := newWorld(t, random)
		w.octets = mutate
		for range 400 {
			w.act()
		}
		w.end()
		m := w.machine
		for _, p := range m.peers.all {
			if p.configured == nil || p.id != 0 {
				t.Errorf("peer %+v is left", p)
			}
		}
		if len(m.assocs.byID)+len(m.contacts.dials)+len(m.claims.pending)+len(w.peers) != 0 || m.startup.mentor != nil {
			t.Errorf("%d associations, %d dials, %d claims, %d peers, mentor %v", len(m.assocs.byID), len(m.contacts.dials),
				len(m.claims.pending), len(w.peers), m.startup.mentor)
		}
		if w.hs.Owned(self) != w.hs.Len() {
			t.Errorf("%d of %d elements are ours", w.hs.Owned(self), w.hs.Len())
		}
		c := m.Counts()
		sum.TableRequests += c.TableRequests
		sum.Updates += c.Updates
		sum.Synchronizations += c.Synchronizations
		sum.ElementsTakenOver += c.ElementsTakenOver
		sum.Duplicates += c.Duplicates
		if !m.Ready() || !m.leaving.deadline().IsZero() || m.hasWork() || len(m.requests.delayed) != 0 {
			t.Errorf("ready %v, leaving %+v, transfers %+v, %d delayed requests",
				m.Ready(), m.leaving, m.transfers.all, len(m.requests.delayed))
		}
	})
	if min(sum.TableRequests, sum.Updates, sum.Synchronizations, sum.ElementsTakenOver, sum.Duplicates) < 50 {
		t.Errorf("the events do not lead far: %+v", sum)
	}
}

// A crowd of invented registrars takes no more room than the maximum number of peers, however
// they become known. Real peers find room when the crowd is silent.
func TestCrowd(t *testing.T) {
	t.Parallel()
	most := 0
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 77))
		w := newWorld(t, random)
		w.pass(2 * time.Second)
		w.bringUp(0)
		liar := w.lastAssoc
		w.feed(Received{Assoc: liar, Message: presenceOf(idOther)})
		invent := func() wire.ServerID { return wire.ServerID(0x1000 + random.IntN(5000)) }
		for range 12 {
			switch random.IntN(3) {
			case 0:
				list := &enrpmsg.ListResponse{IDs: enrpmsg.IDs{Sender: idOther}}
				for range 200 {
					list.Servers = append(list.Servers, w.chooseServer(invent()))
				}
				w.feed(Received{Assoc: liar, Message: list})
			case 1:
				for range 50 {
					w.feed(Heard{Source: w.chooseAddr(), Message: w.choosePresence(enrpmsg.IDs{Sender: invent()}, nil)})
				}
			case 2:
				for range 20 {
					w.bringUp(0)
					w.feed(Received{Assoc: w.lastAssoc, Message: presenceOf(invent())})
				}
			}
			most = max(most, len(w.machine.peers.all))
			if dials, bound := len(w.machine.contacts.dials), maxPeers+len(w.machine.own.config.Peers); dials > bound {
				t.Fatalf("%d dials", dials)
			}
		}
		for len(w.up) > 0 {
			w.takeDown(w.up[0])
		}
		w.pass(15 * time.Second)
		w.bringUp(0)
		w.feed(Received{Assoc: w.lastAssoc, Message: presenceOf(idPeer)})
		if w.machine.peers.find(idPeer) == nil {
			t.Errorf("no room for a peer among %d", len(w.machine.peers.all))
		}
	}
	if most != maxPeers {
		t.Errorf("the crowd has %d peers at most", most)
	}
}
