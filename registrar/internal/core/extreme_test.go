package core

import (
	"encoding"
	"encoding/binary"
	"math"
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
		_, m, _ := received(x, x.presence(host), enrpmsg.Parse)
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
	sent(x.t, actions)
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
	b, parsed, err := received(x, m, asapmsg.Parse)
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
	b, parsed, err := received(x, m, enrpmsg.Parse)
	if err != nil {
		x.tellENRP(step.Malformed{Assoc: assoc, Data: b, Err: err})
	} else if parsed != nil {
		x.tellENRP(step.Received[enrpmsg.Message]{Assoc: assoc, Message: parsed, RTT: time.Duration(x.Int64())})
	}
}

// received returns what is read of a message, which may have been damaged; nothing if it is
// too long to have been sent.
func received[M any](x *extreme, m encoding.BinaryAppender, parse func([]byte) (M, error)) (b []byte, parsed M, err error) {
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

// fill now and then makes a message about as long as can be, by another parameter.
func (x *extreme) fill(m encoding.BinaryAppender, unknown *[]wire.RawParam) encoding.BinaryAppender {
	b, err := m.AppendBinary(nil)
	if room := math.MaxUint16 - len(b) - 4 - x.IntN(80); err == nil && room >= 0 && x.IntN(4) == 0 {
		*unknown = append(*unknown, wire.RawParam{Type: [...]wire.ParamType{0x8abc, 0xcabc}[x.IntN(2)], Value: make([]byte, room)})
	}
	return m
}

// size returns a number of octets that a part of a message may have.
func (x *extreme) size() int {
	switch x.IntN(50) {
	case 0:
		return x.IntN(1 << 16)
	case 1, 2:
		return 1<<16 - x.IntN(250)
	}
	return x.IntN(10)
}

func (x *extreme) number() uint32 {
	return [...]uint32{0, 1, x.Uint32N(300), x.Uint32(), math.MaxUint32}[x.IntN(5)]
}

func (x *extreme) id(host int) wire.PEID {
	if x.IntN(20) == 0 {
		return wire.PEID(x.number())
	}
	return wire.PEID(10*host + x.IntN(10))
}

func (x *extreme) server(host int) wire.ServerID {
	if x.IntN(20) == 0 {
		return [...]wire.ServerID{0, extremeSelf, math.MaxUint32}[x.IntN(3)]
	}
	return extremeSelf + wire.ServerID(host) - extremeHosts/2
}

func (x *extreme) pool() wire.PoolHandle {
	if x.IntN(20) == 0 {
		return wire.PoolHandle(make([]byte, x.size()))
	}
	return extremePools[x.IntN(len(extremePools))]
}

var extremePools = [...]wire.PoolHandle{"p", "q", "r", "a pool handle of the most octets"}

func (x *extreme) unknown() (params []wire.RawParam) {
	for range max(0, x.IntN(12)-9) {
		typ := [...]wire.ParamType{0x8abc, 0xcabc, 0x4abc}[max(0, x.IntN(20)-17)]
		params = append(params, wire.RawParam{Type: typ, Value: make([]byte, x.size())})
	}
	return params
}

// at returns up to n of a host's addresses.
func (x *extreme) at(host, n int) []netip.AddrPort {
	addrs := make([]netip.AddrPort, 1+x.IntN(n))
	for i := range addrs {
		addrs[i] = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(host), byte(host >> 8), byte(1 + i%250)}), 9901)
	}
	return addrs
}

func (x *extreme) transport(host int, p wire.Protocol) wire.Transport {
	t := wire.Transport{Protocol: p, Port: 9901, Unknown: x.unknown()}
	most := 1
	switch p {
	case wire.SCTP:
		most = [...]int{1, 5, 64, 70, 9000}[max(0, x.IntN(20)-15)]
	case wire.Opaque:
		return wire.Transport{Protocol: p, Opaque: make([]byte, x.size())}
	}
	for _, a := range x.at(host, most) {
		t.Addrs = append(t.Addrs, a.Addr())
	}
	return t
}

// element returns an element of a host; with a home it is one as peers tell of.
func (x *extreme) element(host int, home wire.ServerID) wire.PoolElement {
	protocols := [...]wire.Protocol{wire.SCTP, wire.TCP, wire.UDP, wire.DCCP, wire.Opaque}
	policies := [...]wire.PolicyType{wire.WeightedRoundRobin, wire.WeightedRandomDPF, wire.LeastUsedDegradationDPF, 0x1234}
	pe := wire.PoolElement{
		ID: x.id(host), HomeID: home,
		RegistrationLife: time.Duration(max(x.number(), x.number())) * time.Millisecond,
		UserTransport:    x.transport(host, protocols[max(0, x.IntN(20)-15)]),
		Policy: wire.Policy{
			Type: policies[max(0, x.IntN(20)-16)], Extra: string(make([]byte, x.size())),
			Weight: x.number(), Load: x.number(), LoadDegradation: x.number(), WeightDPF: x.number(), LoadDPF: x.number(), Distance: x.number(),
		},
		Unknown: x.unknown(),
	}
	if home != 0 && x.IntN(10) > 0 {
		t := x.transport(host, wire.SCTP)
		pe.ASAPTransport = &t
	}
	return pe
}

func (x *extreme) presence(host int) *enrpmsg.Presence {
	id := x.server(host)
	return &enrpmsg.Presence{
		IDs: enrpmsg.IDs{Sender: id}, ReplyRequired: x.IntN(2) == 0, Checksum: uint16(x.number()), NoChecksum: x.IntN(5) == 0,
		Server:  &wire.ServerInformation{ID: id, Transport: x.transport(host, wire.SCTP), Unknown: x.unknown()},
		Unknown: x.unknown(),
	}
}
