package enrp

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// tableOf returns a Handle Table Response of the peer with elements of the pool p.
func tableOf(isMore bool, elements ...wire.PoolElement) *enrpmsg.HandleTableResponse {
	m := &enrpmsg.HandleTableResponse{IDs: enrpmsg.IDs{Sender: idPeer}, MoreToSend: isMore}
	if len(elements) > 0 {
		m.Entries = []enrpmsg.PoolEntry{{PoolHandle: "p", PoolElements: elements}}
	}
	return m
}

// startDownload adds a peer whose table is requested.
func startDownload(t testing.TB, config Config) (*bed, *peer) {
	b := startBed(t, config)
	b.up(1, idPeer)
	b.receive(1, presenceOf(idPeer))
	p := b.peers.find(idPeer)
	if p.replica.download == nil || p.replica.download.home != idPeer {
		t.Fatalf("no download: %+v", p)
	}
	return b, p
}

func TestAudit(t *testing.T) {
	t.Parallel()
	const request = "send 1: table-request own to 0x00000030"
	for _, tc := range []struct {
		name    string
		prepare func(p *peer, msg *enrpmsg.Presence)
		want    []string
	}{
		{name: "same checksum", prepare: func(*peer, *enrpmsg.Presence) {}},
		{name: "another checksum", prepare: func(_ *peer, m *enrpmsg.Presence) { m.Checksum = 1 }, want: []string{request}},
		{name: "no checksum", prepare: func(_ *peer, m *enrpmsg.Presence) { m.Checksum = 1; m.NoChecksum = true }},
		{name: "suspect", prepare: func(p *peer, _ *enrpmsg.Presence) { p.replica.isSuspect = true }, want: []string{request}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := startBed(t, Config{})
			p := b.addPeer(1, idPeer)
			msg := presenceOf(idPeer)
			tc.prepare(p, msg)
			expect(t, b.receive(1, msg), tc.want...)
			expect(t, b.receive(1, msg)) // A download is under way, or not needed.
		})
	}
}

// A complete table replaces our copy: elements that the table lacks are removed.
func TestDownloadPurges(t *testing.T) {
	t.Parallel()
	b, p := startDownload(t, Config{})
	for i := range wire.PEID(3) {
		b.addElement("p", i+1, idPeer)
	}
	b.addElement("p", 9, idOther)
	p.replica.cancel()
	b.receive(1, presenceOf(idPeer))
	expect(t, b.receive(1, tableOf(true, element(2, idPeer, time.Minute))), "send 1: table-request own to 0x00000030")
	if b.hs.Len() != 4 {
		t.Errorf("%d elements in the middle of the table", b.hs.Len())
	}
	expect(t, b.receive(1, tableOf(false, element(4, idPeer, time.Minute))),
		"synchronized with 0x00000030: 2 elements, 2 purged")
	if b.hs.Find("p", 2) == nil || b.hs.Find("p", 4) == nil || b.hs.Find("p", 9) == nil || b.hs.Len() != 3 {
		t.Errorf("%d elements", b.hs.Len())
	}
	if p.replica.isSuspect || p.replica.download != nil || b.Counts().Synchronizations != 1 {
		t.Errorf("%+v, %+v", p.replica, b.Counts())
	}
	// A response twice, or late, changes nothing.
	expect(t, b.receive(1, tableOf(false, element(5, idPeer, time.Minute))))
	if b.hs.Len() != 3 {
		t.Errorf("%d elements after a late response", b.hs.Len())
	}
}

// A download is cancelled by a reject, by silence, and by the end of the association. Our
// copy stays, and is suspect.
func TestDownloadCancelled(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		end  func(b *bed)
		mid  bool // the peer may go on in the middle of its table
	}{
		{name: "rejected", end: func(b *bed) {
			b.receive(1, &enrpmsg.HandleTableResponse{IDs: enrpmsg.IDs{Sender: idPeer}, Reject: true, MoreToSend: true})
		}},
		{name: "silence", end: func(b *bed) { b.pass(5 * time.Second) }, mid: true},
		{name: "down", end: func(b *bed) { b.feed(step.Down{Assoc: 1}) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b, p := startDownload(t, Config{TableTimeout: 5 * time.Second, MaxTimeLastHeard: time.Minute})
			p.replica.cancel()
			b.addElement("p", 1, idPeer)
			b.receive(1, presenceOf(idPeer))
			b.receive(1, tableOf(true, element(2, idPeer, time.Minute)))
			if b.hs.Find("p", 1).RenewedSince(p.replica.download.mark) {
				t.Error("renewed during the download")
			}
			tc.end(b)
			if p.replica.download != nil || !p.replica.isSuspect || p.replica.isMidTable != tc.mid {
				t.Errorf("%+v", p.replica)
			}
			if b.hs.Find("p", 1) == nil {
				t.Error("purged")
			}
		})
	}
}

// If the beginning of a table is missing, nothing is purged, and the next Presence starts
// another download.
func TestPartialDownload(t *testing.T) {
	t.Parallel()
	b, p := startDownload(t, Config{MaxTimeLastHeard: time.Minute})
	b.addElement("p", 1, idPeer)
	b.pass(5 * time.Second)
	b.receive(1, presenceOf(idPeer))
	if d := p.replica.download; d == nil || !d.isPartial {
		t.Fatalf("%+v", p.replica)
	}
	expect(t, b.receive(1, tableOf(false)), "synchronized with 0x00000030: 0 elements, 0 purged")
	if b.hs.Find("p", 1) == nil || !p.replica.isSuspect {
		t.Errorf("purged by a partial table: %+v", p.replica)
	}
	b.receive(1, presenceOf(idPeer))
	expect(t, b.receive(1, tableOf(false)), "synchronized with 0x00000030: 0 elements, 1 purged")
}

// Of a peer's own table, its own elements count. Elements that we refuse make us tolerate
// another checksum for a while.
func TestDownloadEnters(t *testing.T) {
	t.Parallel()
	refused := element(3, idPeer, time.Minute)
	refused.ASAPTransport = nil
	for _, tc := range []struct {
		name     string
		element  wire.PoolElement
		want     []string
		isKnown  bool
		tolerate bool
	}{
		{name: "of the peer", element: element(3, idPeer, time.Minute), isKnown: true, want: []string{"synchronized with 0x00000030: 1 elements, 0 purged"}},
		{name: "of another registrar", element: element(3, idOther, time.Minute), want: []string{"synchronized with 0x00000030: 0 elements, 0 purged"}},
		{name: "of us", element: element(3, self, time.Minute), want: []string{"synchronized with 0x00000030: 0 elements, 0 purged"}},
		{name: "refused", element: refused, tolerate: true, want: []string{"synchronized with 0x00000030: 1 elements, 0 purged"}},
		{name: "claimed", element: element(1, idPeer, time.Minute), want: []string{
			"verify p 0x00000001", "synchronized with 0x00000030: 1 elements, 0 purged",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b, p := startDownload(t, Config{HeartbeatCycle: time.Minute})
			b.addElement("p", 1, self)
			expect(t, b.receive(1, tableOf(false, tc.element)), tc.want...)
			if got := b.hs.Find("p", 3) != nil; got != tc.isKnown {
				t.Errorf("known: %v", got)
			}
			if got := p.replica.failures; got == maxFailures != tc.tolerate {
				t.Errorf("%d failures", got)
			}
		})
	}
}

// While another registrar has our identifier, a mentor's elements with this identifier are
// not ours.
func TestReclaimFromMentor(t *testing.T) {
	t.Parallel()
	for _, hasDuplicate := range []bool{false, true} {
		b := newBed(t, Config{})
		if hasDuplicate {
			b.feed(Heard{Source: endpoint("10.0.0.9:1")[0], Message: ownPresence("10.0.0.9:9901", false)})
		}
		b.up(1, idPeer)
		b.receive(1, presenceOf(idPeer))
		got := b.receive(1, tableOf(false, element(1, self, time.Minute), element(2, idPeer, time.Minute)))
		want := []string{"taken over: p 0x00000001 claimed", "synchronized with 0x00000030: 2 elements, 0 purged", "ready, mentor 0x00000030"}
		if hasDuplicate {
			want = want[1:]
		}
		expect(t, got, want...)
	}
}
