package enrp

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

// A heartbeat is sent every cycle, varied by an eighth. While there is no address, and while
// we leave, nothing is sent.
func TestHeartbeatCycle(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		prepare func(b *bed)
		want    bool
	}{
		{name: "started", prepare: func(*bed) {}, want: true},
		{name: "no address", prepare: func(b *bed) { b.feed(step.LocalAddrs{}) }},
		{name: "leaving", prepare: func(b *bed) { b.feed(Leave{}) }},
	} {
		b := startBed(t, Config{HeartbeatCycle: 8 * time.Second})
		tc.prepare(b)
		sent := 0
		for range 100 {
			wait := b.heartbeats.deadline().Sub(b.now)
			if wait <= 0 || wait > 9*time.Second {
				t.Fatalf("%s: heartbeat in %v", tc.name, wait)
			}
			sent += len(b.pass(wait))
			if next := b.heartbeats.deadline().Sub(b.now); next < 7*time.Second || next > 9*time.Second {
				t.Fatalf("%s: cycle of %v", tc.name, next)
			}
		}
		if sent != map[bool]int{true: 100}[tc.want] {
			t.Errorf("%s: %d heartbeats", tc.name, sent)
		}
	}
}

// A heartbeat reaches every peer: by a Presence, which needs a reply unless the peer is
// active, or by a dial. One active peer is asked for its list.
func TestHeartbeatReaches(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{HeartbeatCycle: time.Second, MaxTimeLastHeard: time.Minute})
	b.addPeer(1, idPeer)
	b.addPeer(2, idOther).liveness.probe(b.now.Add(time.Minute), 0)
	b.peers.findOrAdd(b.now, idLow, addrsOf(idLow))
	b.out.take()
	wait := b.heartbeats.deadline().Sub(b.now)
	expect(t, describeAll(b.pass(wait)),
		"multicast: presence checksum ffff at 10.0.0.1:9901 to 0x00000000",
		"send 1: presence checksum ffff at 10.0.0.1:9901 to 0x00000030",
		"send 2: presence reply checksum ffff at 10.0.0.1:9901 to 0x00000040",
		"dial 1: 10.0.0.16:9901",
		"send 1: list-request to 0x00000030")
}

// All active peers are asked for their lists in the long run.
func TestHeartbeatRequestsLists(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{HeartbeatCycle: time.Second, MaxTimeLastHeard: 24 * time.Hour})
	b.addPeer(1, idPeer)
	b.addPeer(2, idOther)
	count := make(map[string]int)
	for _, line := range describeAll(b.pass(100 * time.Second)) {
		count[line]++
	}
	first, second := count["send 1: list-request to 0x00000030"], count["send 2: list-request to 0x00000040"]
	if first < 25 || second < 25 || first+second != count["multicast: presence checksum ffff at 10.0.0.1:9901 to 0x00000000"] {
		t.Errorf("%d and %d list requests", first, second)
	}
}

// A registrar that starts looks for its mentor: it asks for replies.
func TestHeartbeatOfStartup(t *testing.T) {
	t.Parallel()
	b := newBed(t, Config{HeartbeatCycle: time.Second, MentorDiscovery: time.Minute})
	expect(t, describeAll(b.pass(1200*time.Millisecond)), "multicast: presence reply checksum ffff at 10.0.0.1:9901 to 0x00000000")
}
