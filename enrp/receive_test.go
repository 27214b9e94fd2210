package enrp

import (
	"slices"
	"testing"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// messagesOf returns a message of each type, with an unknown parameter of the given type.
func messagesOf(id wire.ServerID, typ wire.ParamType) []enrpmsg.Message {
	ids := enrpmsg.IDs{Sender: id}
	unknown := []wire.RawParam{{Type: typ, Value: []byte("?")}}
	presence := presenceOf(id)
	presence.Unknown = unknown
	return []enrpmsg.Message{
		presence,
		&enrpmsg.ListRequest{IDs: ids, Unknown: unknown},
		&enrpmsg.ListResponse{IDs: ids, Servers: []wire.ServerInformation{serverOf(0x99)}, Unknown: unknown},
		&enrpmsg.HandleTableRequest{IDs: ids, Unknown: unknown},
		&enrpmsg.HandleTableResponse{IDs: ids, Unknown: unknown},
		&enrpmsg.HandleUpdate{IDs: ids, PoolHandle: "p", PoolElement: element(1, id, 0), Unknown: unknown},
		&enrpmsg.InitTakeover{IDs: ids, TargetID: idOther, Unknown: unknown},
		&enrpmsg.InitTakeoverAck{IDs: ids, TargetID: idOther, Unknown: unknown},
		&enrpmsg.TakeoverServer{IDs: ids, TargetID: idOther, Unknown: unknown},
		&enrpmsg.Error{IDs: ids, Causes: []wire.ErrorCause{{Code: wire.CauseInvalidValues}}, Unknown: unknown},
	}
}

// Strangers get answers to some messages, but no message of a stranger except for a Presence
// with its address changes the state.
func TestStrangers(t *testing.T) {
	t.Parallel()
	for _, msg := range messagesOf(idPeer, 0xbabc) {
		b := startBed(t, Config{})
		b.addPeer(2, idOther)
		b.addElement("p", 7, idOther)
		b.up(1, idPeer)
		got := b.receive(1, msg)
		var want []string
		switch msg.Type() {
		case enrpmsg.TypeListRequest:
			want = []string{"send 1: list-response 0x00000040@10.0.0.64:9901 to 0x00000030"}
		case enrpmsg.TypeHandleTableRequest:
			want = []string{"send 1: table-response reject to 0x00000030"}
		case enrpmsg.TypePresence:
			if b.NumPeers() != 2 {
				t.Errorf("%v: peers %v", msg.Type(), b.Peers())
			}
			continue
		}
		expect(t, got, want...)
		if b.NumPeers() != 1 || b.hs.Owned(idOther) != 1 || b.hs.Len() != 1 || b.stateOf() != lost {
			t.Errorf("%v: peers %v, %d elements", msg.Type(), b.Peers(), b.hs.Len())
		}
		if c := b.Counts(); c != (Counts{Synchronizations: 1}) {
			t.Errorf("%v: %+v", msg.Type(), c)
		}
	}
}

// The two high bits of an unknown parameter decide whether it is reported, and whether the
// message is ignored (RFC 5354, 3). Error messages are never reported.
func TestUnrecognized(t *testing.T) {
	t.Parallel()
	for typ, action := range map[wire.ParamType]struct{ isReported, isDiscarded bool }{
		0x0abc: {isDiscarded: true},
		0x4abc: {isDiscarded: true, isReported: true},
		0x8abc: {},
		0xcabc: {isReported: true},
	} {
		for _, msg := range messagesOf(idPeer, typ) {
			b := startBed(t, Config{})
			b.up(1, idPeer)
			b.receive(1, presenceOf(idPeer))
			p := b.peers.find(idPeer)
			p.liveness.probe(b.now, 0)
			got := b.feed(Received{Assoc: 1, Message: msg})
			reports := 0
			for _, a := range got {
				if s, ok := a.(step.Send); ok && s.Message.(interface{ Type() enrpmsg.Type }).Type() == enrpmsg.TypeError {
					reports++
				}
			}
			if want := action.isReported && msg.Type() != enrpmsg.TypeError; reports != map[bool]int{true: 1}[want] {
				t.Errorf("%#x in %v: %d reports", uint16(typ), msg.Type(), reports)
			}
			if p.liveness.isActive() == action.isDiscarded {
				t.Errorf("%#x in %v: heard %v", uint16(typ), msg.Type(), p.liveness.isActive())
			}
		}
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	damaged := &wire.SyntaxError{TLV: []byte{1, 2, 0, 4}, Err: wire.ErrBadLength}
	unknown := func(typ byte) error { return &wire.SyntaxError{TLV: []byte{typ, 0, 0, 4}, Err: wire.ErrUnknownMessage} }
	for _, tc := range []struct {
		name  string
		assoc step.AssocID
		data  []byte
		err   error
		want  []string
	}{
		{
			name: "damaged", assoc: 1, data: []byte{byte(enrpmsg.TypePresence)}, err: damaged,
			want: []string{"send 1: error, cause: invalid values (01020004) to 0x00000030"},
		},
		{name: "damaged error message", assoc: 1, data: []byte{byte(enrpmsg.TypeError)}, err: damaged},
		{name: "empty", assoc: 1, err: damaged},
		{name: "not up", assoc: 9, data: []byte{byte(enrpmsg.TypePresence)}, err: damaged},
		{name: "another error", assoc: 1, data: []byte{byte(enrpmsg.TypePresence)}, err: wire.ErrBadLength},
		{name: "unknown type, skipped", assoc: 1, data: []byte{0x33}, err: unknown(0x33)},
		{
			name: "unknown type, reported", assoc: 1, data: []byte{0x73}, err: unknown(0x73),
			want: []string{"send 1: error, cause: unrecognized message (73000004) to 0x00000030"},
		},
	} {
		b := startBed(t, Config{})
		b.addPeer(1, idPeer)
		got := describeAll(b.feed(step.Malformed{Assoc: tc.assoc, Data: tc.data, Err: tc.err}))
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q", tc.name, got)
		}
	}
}

// A multicast message is a sign of life, and nothing else.
func TestHeard(t *testing.T) {
	t.Parallel()
	source := addrsOf(idPeer)[0]
	discarded := presenceOf(idPeer)
	discarded.Unknown = []wire.RawParam{{Type: 0x0abc}}
	another := presenceOf(idPeer)
	another.Server.ID = idOther
	anonymous := presenceOf(idPeer)
	anonymous.Sender, anonymous.Server.ID = 0, 0
	for _, tc := range []struct {
		name string
		msg  enrpmsg.Message
		want []string
	}{
		{name: "presence", msg: presenceOf(idPeer), want: []string{"peer found: 0x00000030", "dial 1: 10.0.0.48:9901"}},
		{name: "no presence", msg: &enrpmsg.ListRequest{IDs: enrpmsg.IDs{Sender: idPeer}}},
		{name: "unknown parameter", msg: discarded},
		{name: "two identifiers", msg: another},
		{name: "no identifier", msg: anonymous},
		{name: "no address", msg: &enrpmsg.Presence{IDs: enrpmsg.IDs{Sender: idPeer}}},
	} {
		b := startBed(t, Config{})
		got := describeAll(b.feed(Heard{Source: source, Message: tc.msg}))
		if len(tc.want) != len(got) || len(got) > 0 && (got[0] != tc.want[0] || got[1] != tc.want[1]) {
			t.Errorf("%s: %q", tc.name, got)
		}
	}
}

// A multicast Presence of a connected peer is answered if it asks for a reply, and does not
// change the checksum that we expect.
func TestHeardPeer(t *testing.T) {
	t.Parallel()
	for _, replyRequired := range []bool{false, true} {
		b := startBed(t, Config{})
		p := b.addPeer(1, idPeer)
		b.now = b.now.Add(1)
		msg := presenceOf(idPeer)
		msg.ReplyRequired, msg.Checksum = replyRequired, 1
		msg.Server.Transport.Port = 1
		got := describeAll(b.feed(Heard{Source: endpoint("10.9.9.9:1")[0], Message: msg}))
		if replyRequired {
			expect(t, got, "send 1: presence checksum ffff at 10.0.0.1:9901 to 0x00000030")
		} else {
			expect(t, got)
		}
		if !p.liveness.deadline.Equal(b.now.Add(b.own.config.MaxTimeLastHeard)) || p.addrs[0] != addrsOf(idPeer)[0] {
			t.Errorf("%+v", p)
		}
	}
	// A peer that has no association may have moved.
	b := enterState(t, stateRelayed, Config{})
	p := b.peers.find(idPeer)
	p.dial = 0
	got := describeAll(b.feed(Heard{Source: endpoint("10.9.9.9:1")[0], Message: presenceOf(idPeer)}))
	expect(t, got, "dial 2: 10.9.9.9:9901")
}

// Events that the machine does not know change nothing.
func TestUnknownEvent(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	expect(t, describeAll(b.feed(nil)))
	expect(t, describeAll(b.feed(Confirmed{Pool: "p", ID: 1})))
	expect(t, describeAll(b.feed(step.DialFailed{Dial: 9})))
	expect(t, describeAll(b.feed(step.Down{Assoc: 9})))
}
