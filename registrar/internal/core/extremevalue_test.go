package core

import (
	"encoding"
	"math"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

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
