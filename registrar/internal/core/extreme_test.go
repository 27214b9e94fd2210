package core

import (
	"encoding"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Whatever can be decoded, however large: all that a registrar makes of it can be sent.
func TestExtremeMessages(t *testing.T) {
	t.Parallel()
	most := 0
	var elements asapside.Counts
	var peers enrp.Counts
	for seed := range uint64(6) {
		x := &extreme{t: t, Rand: rand.New(rand.NewPCG(seed, 1)), now: time.Unix(1e9, 0)}
		x.core = New(Config{
			Elements: asapside.Config{ID: extremeSelf},
			Peers:    enrp.Config{ID: extremeSelf, SuggestTakeovers: true},
			Random:   x.Rand,
		}, x.now)
		x.tellENRP(step.LocalAddrs{Addrs: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:9901")}})
		for range 3000 {
			x.event()
			most = max(most, x.core.Handlespace().Len())
		}
		e, p := x.core.Counts()
		elements.Registrations += e.Registrations
		elements.Resolutions += e.Resolutions
		peers.TableRequests += p.TableRequests
		peers.Synchronizations += p.Synchronizations
		peers.ElementsTakenOver += p.ElementsTakenOver
	}
	if most < 30 || min(elements.Registrations, elements.Resolutions) < 100 ||
		min(peers.TableRequests, peers.Synchronizations, peers.ElementsTakenOver) < 50 {
		t.Errorf("too little happens: %d elements, %+v, %+v", most, elements, peers)
	}
}

const (
	extremeSelf  = 0xabc
	extremeHosts = 8 // each with an association of an element, or several, and one of a peer
)

// extreme makes a registrar see extremes.
type extreme struct {
	*rand.Rand
	t    *testing.T
	core *Core
	now  time.Time
}

// event lets something happen.
func (x *extreme) event() {
	host := 1 + x.IntN(extremeHosts)
	x.now = x.now.Add(time.Millisecond)
	switch x.IntN(100) {
	case 0:
		x.tellASAP(step.Down{Assoc: step.AssocID(host)})
	case 1:
		x.tellENRP(step.Down{Assoc: step.AssocID(host)})
	case 2:
		x.now = x.now.Add(time.Duration(x.Int64N(int64(20 * time.Second))))
		x.do(x.core.Tick(x.now))
	case 3:
		_, m, _ := readBack(x, x.presence(host), enrpmsg.Parse)
		if p, ok := m.(*enrpmsg.Presence); ok {
			x.tellENRP(step.Heard[enrpmsg.Message]{Source: x.at(host, 1)[0], Message: p})
		}
	default:
		if x.IntN(2) == 0 {
			x.tellASAP(step.Up{Assoc: step.AssocID(host), Peer: x.at(host, 300)})
			x.fromElement(host)
		} else {
			x.tellENRP(step.Up{Assoc: step.AssocID(host), Peer: x.at(host, 1)})
			x.fromPeer(host)
		}
	}
}

func (x *extreme) tellASAP(ev step.Event) { x.do(x.core.Step(x.now, ASAP, ev)) }

func (x *extreme) tellENRP(ev step.Event) { x.do(x.core.Step(x.now, ENRP, ev)) }

// do fails unless all can be sent. Dials come to something.
func (x *extreme) do(actions []Action) {
	encodeSent(x.t, actions)
	for _, a := range append([]Action(nil), actions...) { // They are good until the next step.
		d, ok := a.Action.(step.Dial)
		if ok && a.Side == ASAP {
			x.tellASAP(step.Up{Assoc: step.AssocID(1 + x.IntN(extremeHosts)), Dial: d.Dial, Peer: d.Addrs})
		}
		if ok && a.Side == ENRP {
			x.tellENRP(step.DialFailed{Dial: d.Dial})
		}
	}
}

func (x *extreme) fromElement(host int) {
	pool, id := x.pool(), x.id(host)
	var m encoding.BinaryAppender
	switch x.IntN(8) {
	case 0, 1, 2:
		r := &asapmsg.Registration{PoolHandle: pool, PoolElement: x.element(host, 0), Unknown: x.unknown()}
		m = x.fill(r, &r.PoolElement.Unknown)
	case 3:
		m = &asapmsg.Deregistration{PoolHandle: pool, PEID: id, Unknown: x.unknown()}
	case 4:
		m = &asapmsg.HandleResolution{PoolHandle: pool, Items: x.number(), Subscribe: x.IntN(2) == 0, Unknown: x.unknown()}
	case 5:
		m = &asapmsg.EndpointKeepAliveAck{PoolHandle: pool, PEID: id, Unknown: x.unknown()}
	case 6:
		m = &asapmsg.EndpointUnreachable{PoolHandle: pool, PEID: id, Unknown: x.unknown()}
	case 7:
		a := &asapmsg.ServerAnnounce{Unknown: x.unknown()}
		m = x.fill(a, &a.Unknown)
	}
	assoc := step.AssocID(host)
	b, parsed, err := readBack(x, m, asapmsg.Parse)
	if err != nil {
		x.tellASAP(step.Malformed{Assoc: assoc, Data: b, Err: err})
	} else if parsed != nil {
		x.tellASAP(step.Received[asapmsg.Message]{Assoc: assoc, Message: parsed, RTT: time.Duration(x.Int64())})
	}
}

func (x *extreme) fromPeer(host int) {
	ids := enrpmsg.IDs{Sender: x.server(host)}
	var m encoding.BinaryAppender
	switch x.IntN(10) {
	case 0, 1:
		m = x.presence(host)
	case 2:
		r := &enrpmsg.ListRequest{IDs: ids, Unknown: x.unknown()}
		m = x.fill(r, &r.Unknown)
	case 3:
		m = &enrpmsg.ListResponse{IDs: ids, Servers: []wire.ServerInformation{*x.presence(20 + x.IntN(900)).Server, *x.presence(host).Server}, Unknown: x.unknown()}
	case 4, 5:
		m = &enrpmsg.HandleTableRequest{IDs: ids, OwnChildrenOnly: x.IntN(2) == 0, Unknown: x.unknown()}
	case 6:
		r := &enrpmsg.HandleTableResponse{IDs: ids, MoreToSend: x.IntN(2) == 0, Unknown: x.unknown()}
		for range x.IntN(4) {
			r.Entries = append(r.Entries, enrpmsg.PoolEntry{PoolHandle: x.pool(), PoolElements: []wire.PoolElement{x.element(host, ids.Sender), x.element(host, ids.Sender)}})
		}
		m = r
	case 7, 8:
		u := &enrpmsg.HandleUpdate{
			IDs: ids, Action: enrpmsg.UpdateAction(x.IntN(6) / 4), TakeoverSuggested: x.IntN(2) == 0,
			PoolHandle: x.pool(), PoolElement: x.element(host, ids.Sender), Unknown: x.unknown(),
		}
		m = x.fill(u, &u.PoolElement.Unknown)
	case 9:
		target := x.server(1 + x.IntN(extremeHosts))
		m = [...]encoding.BinaryAppender{
			&enrpmsg.InitTakeover{IDs: ids, TargetID: target, Unknown: x.unknown()},
			&enrpmsg.InitTakeoverAck{IDs: ids, TargetID: target, Unknown: x.unknown()},
			&enrpmsg.TakeoverServer{IDs: ids, TargetID: target, Unknown: x.unknown()},
		}[x.IntN(3)]
	}
	assoc := step.AssocID(host)
	b, parsed, err := readBack(x, m, enrpmsg.Parse)
	if err != nil {
		x.tellENRP(step.Malformed{Assoc: assoc, Data: b, Err: err})
	} else if parsed != nil {
		x.tellENRP(step.Received[enrpmsg.Message]{Assoc: assoc, Message: parsed, RTT: time.Duration(x.Int64())})
	}
}

// readBack returns what is read of a message, which may have been damaged; nothing if it is
// too long to have been sent.
func readBack[M any](x *extreme, m encoding.BinaryAppender, parse func([]byte) (M, error)) (b []byte, parsed M, err error) {
	if b, err = m.AppendBinary(nil); err != nil {
		return nil, parsed, nil
	}
	switch x.IntN(20) {
	case 0:
		b[x.IntN(len(b))] ^= 1 << x.IntN(8)
	case 1:
		b = b[:len(b)-x.IntN(4)] // The last padding may be missing.
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	}
	parsed, err = parse(b)
	return b, parsed, err
}
