package enrp

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// lost stands for a peer that is no longer in the list.
const lost livenessState = 99

// enterState returns a machine with idPeer in a state, and with the active peer idOther on
// association 2. idPeer is the home of an element. Except for an active peer, it has no
// association.
func enterState(t testing.TB, state livenessState, config Config) *bed {
	b := startBed(t, config)
	b.addPeer(2, idOther)
	if state == stateUnheard {
		b.peers.findOrAdd(b.now, idPeer, addrsOf(idPeer))
	} else {
		b.addPeer(1, idPeer)
	}
	b.addElement("p", 1, idPeer)
	if state == stateUnheard || state == stateActive {
		return b
	}
	b.feed(step.Down{Assoc: 1})
	switch state {
	case stateProbed:
	case stateInactive:
		b.receive(2, &enrpmsg.InitTakeover{IDs: enrpmsg.IDs{Sender: idOther}, TargetID: idPeer})
	default:
		b.passHearing(5 * time.Second)
	}
	if state == stateRelayed {
		b.passHearing(5 * time.Second)
		b.receive(2, listOf(idOther, idPeer))
	}
	return b
}

// passHearing lets time pass in which idOther stays active.
func (b *bed) passHearing(d time.Duration) {
	for d > 0 {
		part := min(d, time.Second)
		b.receive(2, &enrpmsg.ListRequest{IDs: enrpmsg.IDs{Sender: idOther}})
		b.pass(part)
		d -= part
	}
}

// listOf returns a List Response with a registrar.
func listOf(from, listed wire.ServerID) enrpmsg.Message {
	return &enrpmsg.ListResponse{IDs: enrpmsg.IDs{Sender: from}, Servers: []wire.ServerInformation{serverOf(listed)}}
}

// stateOf returns the state of idPeer.
func (b *bed) stateOf() livenessState {
	p := b.peers.find(idPeer)
	if p == nil {
		return lost
	}
	if !p.liveness.isConsistent() {
		b.t.Errorf("inconsistent: %+v", p.liveness)
	}
	return p.liveness.state
}

func TestEnterState(t *testing.T) {
	t.Parallel()
	for state, name := range livenessStates {
		b := enterState(t, livenessState(state), Config{})
		if got := b.stateOf(); got != livenessState(state) {
			t.Errorf("state %d, want %s", got, name)
		}
	}
}

// Every event leads from every state of a peer to the state of RFC 5353, 3.4 and 3.5.
func TestStates(t *testing.T) {
	t.Parallel()
	ids := func(id wire.ServerID) enrpmsg.IDs { return enrpmsg.IDs{Sender: id} }
	// fromPeer and fromOther make the machine take a message of idPeer, or of idOther.
	fromPeer := func(msg enrpmsg.Message) func(*bed) {
		return func(b *bed) { b.up(1, idPeer); b.receive(1, msg) }
	}
	fromOther := func(msg enrpmsg.Message) func(*bed) { return func(b *bed) { b.receive(2, msg) } }
	fromLow := func(msg enrpmsg.Message) func(*bed) {
		return func(b *bed) { b.addPeer(3, idLow); b.receive(3, msg) }
	}
	for _, tc := range []struct {
		name string
		// want has the states after the event in the states unheard, active, probed,
		// inactive, target and relayed, by their first letters; l is a peer that is lost.
		want string
		do   func(b *bed)
	}{
		{"presence", "aaaaaa", fromPeer(presenceOf(idPeer))},
		{"list request", "aaaita", fromPeer(&enrpmsg.ListRequest{IDs: ids(idPeer)})},
		{"list response", "aaaita", fromPeer(&enrpmsg.ListResponse{IDs: ids(idPeer)})},
		{"table request", "aaaita", fromPeer(&enrpmsg.HandleTableRequest{IDs: ids(idPeer)})},
		{"table response", "aaaita", fromPeer(&enrpmsg.HandleTableResponse{IDs: ids(idPeer)})},
		{"update", "aaaita", fromPeer(&enrpmsg.HandleUpdate{IDs: ids(idPeer), PoolHandle: "p", PoolElement: element(2, idPeer, 0)})},
		{"error", "aaaita", fromPeer(&enrpmsg.Error{IDs: ids(idPeer)})},
		{"multicast presence", "uapitr", func(b *bed) { b.feed(Heard{Source: addrsOf(idPeer)[0], Message: presenceOf(idPeer)}) }},
		{"association only", "uapitr", func(b *bed) { b.up(1, idPeer) }},
		{"down", "uppitr", func(b *bed) { b.feed(step.Down{Assoc: 1}) }},
		{"takeover by a higher registrar", "ipiiti", fromOther(&enrpmsg.InitTakeover{IDs: ids(idOther), TargetID: idPeer})},
		{"takeover by a lower registrar", "ipiiii", fromLow(&enrpmsg.InitTakeover{IDs: ids(idLow), TargetID: idPeer})},
		{"takeover of itself", "aaaita", fromPeer(&enrpmsg.InitTakeover{IDs: ids(idPeer), TargetID: idPeer})},
		{"acknowledgement", "uapilr", fromOther(&enrpmsg.InitTakeoverAck{IDs: ids(idOther), TargetID: idPeer})},
		{"acknowledgement of another takeover", "uapitr", fromOther(&enrpmsg.InitTakeoverAck{IDs: ids(idOther), TargetID: 0x99})},
		{"acknowledgement of a registrar that is not awaited", "uapitr", fromLow(&enrpmsg.InitTakeoverAck{IDs: ids(idLow), TargetID: idPeer})},
		{"taken over", "llllll", fromOther(&enrpmsg.TakeoverServer{IDs: ids(idOther), TargetID: idPeer})},
		{"taken over by itself", "aaaita", fromPeer(&enrpmsg.TakeoverServer{IDs: ids(idPeer), TargetID: idPeer})},
		{"listed by the initiator", "uapitr", fromOther(listOf(idOther, idPeer))},
		{"listed by another registrar", "uaprtr", fromLow(listOf(idLow, idPeer))},
		{"leave", "uapitr", func(b *bed) { b.feed(Leave{}) }},
	} {
		for state, from := range livenessStates {
			b := enterState(t, livenessState(state), Config{})
			tc.do(b)
			if got := letterOf(b.stateOf()); got != tc.want[state] {
				t.Errorf("%s in state %s: state %c, want %c", tc.name, from, got, tc.want[state])
			}
		}
	}
}

// letterOf returns the first letter of a state.
func letterOf(state livenessState) byte {
	if state == lost {
		return 'l'
	}
	return livenessStates[state][0]
}

// At its deadline, a silent peer is probed, and then taken over, or lost if it has no
// elements. The other peer stays active, and answers no Init Takeover.
func TestStateDeadlines(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		state        livenessState
		hasElements  bool
		first, after livenessState // after the deadline and after the next
	}{
		{state: stateUnheard, hasElements: true, first: stateProbed, after: stateTarget},
		{state: stateActive, hasElements: true, first: stateProbed, after: stateTarget},
		{state: stateProbed, hasElements: true, first: stateTarget, after: stateTarget},
		{state: stateInactive, hasElements: true, first: stateTarget, after: stateTarget},
		{state: stateRelayed, hasElements: true, first: stateTarget, after: stateTarget},
		{state: stateTarget, hasElements: true, first: stateTarget, after: lost},
		{state: stateUnheard, first: stateProbed, after: lost},
		{state: stateActive, first: stateProbed, after: lost},
		{state: stateProbed, first: lost, after: lost},
		{state: stateInactive, first: lost, after: lost},
		{state: stateRelayed, first: lost, after: lost},
	} {
		b := enterState(t, tc.state, Config{})
		if !tc.hasElements {
			b.elements.takeOver(b.now, idPeer, idOther)
		}
		for i, want := range []livenessState{tc.first, tc.after} {
			p := b.peers.find(idPeer)
			if p == nil {
				break
			}
			b.passHearing(p.liveness.deadline.Sub(b.now) - 1)
			before := b.stateOf()
			b.pass(1)
			if got := b.stateOf(); got != want {
				t.Errorf("%+v: state %d before and %d after deadline %d", tc, before, got, i)
			}
		}
	}
}

// A takeover is acknowledged unless we object to it: by the words of RFC 5353, 3.5.1, and
// because we hear the target.
func TestTakeoverAnswers(t *testing.T) {
	t.Parallel()
	const ack = "send 2: init-takeover-ack 0x00000030 to 0x00000040"
	const probe = "send 1: presence reply checksum ffff at 10.0.0.1:9901 to 0x00000030"
	for state, want := range [][]string{
		stateUnheard: {ack}, stateActive: {probe}, stateProbed: {ack}, stateInactive: {ack}, stateTarget: nil, stateRelayed: {ack},
	} {
		b := enterState(t, livenessState(state), Config{})
		init := &enrpmsg.InitTakeover{IDs: enrpmsg.IDs{Sender: idOther}, TargetID: idPeer}
		expect(t, b.receive(2, init), want...)
		// The second message of the initiator is a repetition.
		if state == int(stateActive) {
			want = nil
		}
		expect(t, b.receive(2, init), want...)
	}
	b := enterState(t, stateTarget, Config{HigherWins: true})
	init := &enrpmsg.InitTakeover{IDs: enrpmsg.IDs{Sender: idOther}, TargetID: idPeer}
	expect(t, b.receive(2, init), ack)
	// A registrar that we do not know may be taken over.
	init.TargetID = 0x99
	expect(t, b.receive(2, init), "send 2: init-takeover-ack 0x00000099 to 0x00000040")
	if b.peers.find(0x99) != nil {
		t.Error("an unknown target became a peer")
	}
}
