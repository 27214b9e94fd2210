package enrp

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// addCandidates adds three peers to a registrar that starts. The first becomes the mentor.
func addCandidates(b *bed) {
	for assoc, id := range []wire.ServerID{1: idPeer, 2: idOther, 3: idLow} {
		if id != 0 {
			b.up(step.AssocID(assoc), id)
			b.receive(step.AssocID(assoc), presenceOf(id))
		}
	}
}

// The start ends without a mentor at the end of the wait for a first peer. A mentor prolongs
// the start until its table is complete.
func TestStartupDeadline(t *testing.T) {
	t.Parallel()
	b := newBed(t, Config{MentorDiscovery: 3 * time.Second})
	begin := b.now
	if got := b.startup.deadline(); !got.Equal(begin.Add(3*time.Second)) || b.Ready() {
		t.Errorf("deadline %v, ready %v", got, b.Ready())
	}
	b.pass(3*time.Second - 1)
	addCandidates(b)
	if got := b.startup.deadline(); !got.IsZero() {
		t.Errorf("deadline %v with a mentor", got)
	}
	expect(t, describeAll(b.feed(step.Tick{})))
	b.now = b.now.Add(time.Second)
	expect(t, b.receive(1, tableOf(false)), "synchronized with 0x00000030: 0 elements, 0 purged", "ready, mentor 0x00000030")
	if !b.startup.deadline().IsZero() || !b.Ready() || b.peers.find(idPeer).replica.isSuspect {
		t.Errorf("deadline %v, ready %v", b.startup.deadline(), b.Ready())
	}
}

// If the mentor fails, the next peer becomes the mentor. A registrar without further peers
// ends its start when the wait for a first peer is over.
func TestReplaceMentor(t *testing.T) {
	t.Parallel()
	reject := func(id wire.ServerID) enrpmsg.Message {
		return &enrpmsg.HandleTableResponse{IDs: enrpmsg.IDs{Sender: id}, Reject: true}
	}
	b := newBed(t, Config{MentorDiscovery: time.Minute, MaxTimeLastHeard: time.Hour})
	addCandidates(b)
	expect(t, b.receive(2, reject(idOther))) // It is not the mentor.
	expect(t, b.receive(1, reject(idPeer)), "send 2: table-request to 0x00000040")
	expect(t, b.receive(1, presenceOf(idPeer))) // It has failed.
	expect(t, describeAll(b.feed(step.Down{Assoc: 2})),
		"send 3: table-request to 0x00000010",
		"dial 1: 10.0.0.64:9901")
	expect(t, describeAll(b.pass(5*time.Second)), "peer lost: 0x00000040, 0 elements")
	if b.startup.mentor != nil || b.Ready() {
		t.Errorf("mentor %+v, ready %v", b.startup.mentor, b.Ready())
	}
	actions := b.pass(time.Minute)
	if len(actions) == 0 || !b.Ready() {
		t.Errorf("not ready after the wait: %q", describeAll(actions))
	}
}

// A peer that is removed while it is the mentor is replaced, too, and may become the mentor
// again if it is configured and comes back.
func TestMentorRemoved(t *testing.T) {
	t.Parallel()
	b := newBed(t, Config{MentorDiscovery: time.Minute})
	addCandidates(b)
	b.receive(2, &enrpmsg.TakeoverServer{IDs: enrpmsg.IDs{Sender: idOther}, TargetID: idPeer})
	b.pass(5 * time.Second) // The peer does not answer the probe.
	if m := b.startup.mentor; m == nil || m.id != idOther || b.peers.find(idPeer) != nil {
		t.Fatalf("mentor %+v", m)
	}
	b.up(4, idPeer)
	b.receive(4, presenceOf(idPeer))
	if p := b.peers.find(idPeer); p == nil || p.isUnfitMentor {
		t.Errorf("%+v after its return", p)
	}
}
