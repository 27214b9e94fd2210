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

// stateEvent is an event with its effect on idPeer.
type stateEvent struct {
	name string
	do   func(b *bed)
	// want has the states after the event in the states unheard, active, probed, inactive,
	// target and relayed.
	want [6]livenessState
}

const (
	unheard  = stateUnheard
	active   = stateActive
	probed   = stateProbed
	inactive = stateInactive
	target   = stateTarget
	relayed  = stateRelayed
)

// from returns a function that makes the machine take a message of a registrar. idPeer gets
// an association for that, and idLow becomes a peer.
func from(id wire.ServerID, msg enrpmsg.Message) func(*bed) {
	return func(b *bed) {
		switch id {
		case idPeer:
			b.up(1, idPeer)
			b.receive(1, msg)
		case idOther:
			b.receive(2, msg)
		case idLow:
			b.addPeer(3, idLow)
			b.receive(3, msg)
		}
	}
}

// eventsOfPeer are signs of life of idPeer, or the opposite.
func eventsOfPeer() []stateEvent {
	ids := enrpmsg.IDs{Sender: idPeer}
	events := []stateEvent{
		{"presence", from(idPeer, presenceOf(idPeer)), [6]livenessState{active, active, active, active, active, active}},
		{
			"multicast presence", func(b *bed) { b.feed(Heard{Source: addrsOf(idPeer)[0], Message: presenceOf(idPeer)}) },
			[6]livenessState{unheard, active, probed, inactive, target, relayed},
		},
		{"association only", func(b *bed) { b.up(1, idPeer) }, [6]livenessState{unheard, active, probed, inactive, target, relayed}},
		{"down", func(b *bed) { b.feed(step.Down{Assoc: 1}) }, [6]livenessState{unheard, probed, probed, inactive, target, relayed}},
	}
	for _, msg := range []enrpmsg.Message{
		&enrpmsg.ListRequest{IDs: ids},
		&enrpmsg.ListResponse{IDs: ids},
		&enrpmsg.HandleTableRequest{IDs: ids},
		&enrpmsg.HandleTableResponse{IDs: ids},
		&enrpmsg.HandleUpdate{IDs: ids, PoolHandle: "p", PoolElement: element(2, idPeer, 0)},
		&enrpmsg.InitTakeover{IDs: ids, TargetID: idPeer},
		&enrpmsg.InitTakeoverAck{IDs: ids, TargetID: idPeer},
		&enrpmsg.TakeoverServer{IDs: ids, TargetID: idPeer},
		&enrpmsg.Error{IDs: ids},
	} {
		events = append(events, stateEvent{
			msg.Type().String(), from(idPeer, msg), [6]livenessState{active, active, active, inactive, target, active},
		})
	}
	return events
}

// eventsAboutPeer are messages of other registrars about idPeer.
func eventsAboutPeer() []stateEvent {
	start := func(id wire.ServerID) func(*bed) {
		return from(id, &enrpmsg.InitTakeover{IDs: enrpmsg.IDs{Sender: id}, TargetID: idPeer})
	}
	acknowledge := func(id, target wire.ServerID) func(*bed) {
		return from(id, &enrpmsg.InitTakeoverAck{IDs: enrpmsg.IDs{Sender: id}, TargetID: target})
	}
	takenOver := from(idOther, &enrpmsg.TakeoverServer{IDs: enrpmsg.IDs{Sender: idOther}, TargetID: idPeer})
	none := [6]livenessState{unheard, active, probed, inactive, target, relayed}
	return []stateEvent{
		{"takeover by a higher registrar", start(idOther), [6]livenessState{inactive, probed, inactive, inactive, target, inactive}},
		{"takeover by a lower registrar", start(idLow), [6]livenessState{inactive, probed, inactive, inactive, inactive, inactive}},
		{"acknowledgement", acknowledge(idOther, idPeer), [6]livenessState{unheard, active, probed, inactive, lost, relayed}},
		{"acknowledgement of another takeover", acknowledge(idOther, 0x99), none},
		{"acknowledgement of a registrar that is not awaited", acknowledge(idLow, idPeer), none},
		{"taken over", takenOver, [6]livenessState{lost, probed, lost, lost, lost, lost}},
		{"listed by the initiator", from(idOther, listOf(idOther, idPeer)), none},
		{
			"listed by another registrar", from(idLow, listOf(idLow, idPeer)),
			[6]livenessState{unheard, active, probed, relayed, target, relayed},
		},
		{"leave", func(b *bed) { b.feed(Leave{}) }, none},
	}
}

// Every event leads from every state of a peer to the state of RFC 5353, 3.4 and 3.5.
func TestStates(t *testing.T) {
	t.Parallel()
	for _, tc := range append(eventsOfPeer(), eventsAboutPeer()...) {
		for state, name := range livenessStates {
			b := enterState(t, livenessState(state), Config{})
			tc.do(b)
			if got := b.stateOf(); got != tc.want[state] {
				t.Errorf("%s in state %s: state %d, want %d", tc.name, name, got, tc.want[state])
			}
		}
	}
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
			b.takeovers.transfer(b.now, idPeer, idOther)
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
