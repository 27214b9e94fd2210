package registrar_test

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// mutants makes damaged messages of sound ones.
type mutants struct {
	random  *rand.Rand
	samples [][]byte
}

// next returns a message: now and then a sound one, else one with some damage.
func (m *mutants) next() []byte {
	b := append([]byte(nil), m.samples[m.random.IntN(len(m.samples))]...)
	for range m.random.IntN(4) {
		b = m.damage(b)
	}
	if m.random.IntN(2) == 0 && len(b) >= 4 && len(b) <= 0xffff {
		binary.BigEndian.PutUint16(b[2:], uint16(len(b))) // Else most would be refused for that alone.
	}
	if len(b) == 0 {
		return []byte{0}
	}
	return b
}

func (m *mutants) damage(b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	at := m.random.IntN(len(b))
	switch m.random.IntN(9) {
	case 0: // A flipped bit.
		b[at] ^= 1 << m.random.IntN(8)
	case 1: // Another octet.
		b[at] = byte(m.random.Uint32())
	case 2: // Cut off.
		b = b[:at]
	case 3: // Something behind.
		for range 1 + m.random.IntN(40) {
			b = append(b, byte(m.random.Uint32()))
		}
	case 4: // A part left out.
		b = append(b[:at], b[min(len(b), at+1+m.random.IntN(16)):]...)
	case 5: // A part twice.
		part := append([]byte(nil), b[at:min(len(b), at+4*(1+m.random.IntN(16)))]...)
		b = append(b[:at:at], append(part, b[at:]...)...)
	case 6: // A length or type, wherever it is.
		at &^= 1
		if at+2 <= len(b) {
			values := [...]uint16{0, 1, 3, 4, 5, 8, 0x7fff, 0x8000, 0xffff, uint16(len(b)), uint16(m.random.Uint32())}
			binary.BigEndian.PutUint16(b[at:], values[m.random.IntN(len(values))])
		}
	case 7: // Another type of message.
		b[0] = byte(m.random.IntN(20))
	case 8: // A part of another message.
		other := m.samples[m.random.IntN(len(m.samples))]
		b = append(b[:at:at], other[m.random.IntN(len(other)):]...)
	}
	return b
}

// asapSamples returns messages of all types, about an element that exists and one that
// does not, which is the sender's.
func asapSamples(t *testing.T, home wire.ServerID, pool wire.PoolHandle, id wire.PEID, from netip.Addr) [][]byte {
	var samples [][]byte
	add := func(m encoder) { samples = append(samples, encode(t, m)) }
	policies := []wire.Policy{
		{Type: wire.RoundRobin},
		{Type: wire.WeightedRoundRobin, Weight: 7},
		{Type: wire.LeastUsedDegradation, Load: 5, LoadDegradation: 9},
	}
	for i, policy := range policies {
		pe := wire.PoolElement{
			ID:               0xbad0 + wire.PEID(i),
			HomeID:           home,
			RegistrationLife: time.Hour,
			UserTransport:    wire.Transport{Protocol: wire.TCP, Port: 7, Addrs: []netip.Addr{from}},
			Policy:           policy,
			ASAPTransport:    &wire.Transport{Protocol: wire.SCTP, Port: 9, Addrs: []netip.Addr{from}},
		}
		add(&asapmsg.Registration{PoolHandle: "bad pool", PoolElement: pe})
		pe.ID = id
		add(&asapmsg.Registration{PoolHandle: pool, PoolElement: pe})
	}
	for _, id := range []wire.PEID{id, 0xbad0} {
		add(&asapmsg.Deregistration{PoolHandle: pool, PEID: id})
		add(&asapmsg.RegistrationResponse{PoolHandle: pool, PEID: id})
		add(&asapmsg.DeregistrationResponse{PoolHandle: pool, PEID: id})
		add(&asapmsg.EndpointUnreachable{PoolHandle: pool, PEID: id})
		add(&asapmsg.EndpointKeepAliveAck{PoolHandle: pool, PEID: id})
		add(&asapmsg.EndpointKeepAlive{Home: true, ServerID: home, PoolHandle: pool, PEID: id})
	}
	add(&asapmsg.HandleResolution{PoolHandle: pool, Items: asapmsg.AllItems})
	add(&asapmsg.HandleResolution{PoolHandle: pool, Subscribe: true})
	add(&asapmsg.HandleResolutionResponse{PoolHandle: pool})
	add(&asapmsg.ServerAnnounce{ServerID: home})
	add(&asapmsg.Cookie{Cookie: []byte("cookie")})
	add(&asapmsg.CookieEcho{Cookie: []byte("cookie")})
	add(&asapmsg.Error{Causes: []wire.ErrorCause{{Code: wire.CauseUnrecognizedMessage}}})
	return samples
}

// enrpSamples returns messages of all types from a registrar to a server, about an
// element of the server's and one of the sender's.
func enrpSamples(t *testing.T, from wire.ServerID, at netip.AddrPort, to *registrar.Server, other wire.ServerID, pool wire.PoolHandle, id wire.PEID) [][]byte {
	var samples [][]byte
	add := func(m encoder) { samples = append(samples, encode(t, m)) }
	ids := ids(from, to)
	self := &wire.ServerInformation{ID: from, Transport: wire.Transport{Protocol: wire.SCTP, Port: at.Port(), Addrs: []netip.Addr{at.Addr()}}}
	add(&enrpmsg.Presence{IDs: ids, Checksum: 0x1234, ReplyRequired: true, Server: self})
	add(&enrpmsg.Presence{IDs: ids, NoChecksum: true})
	add(&enrpmsg.ListRequest{IDs: ids})
	add(&enrpmsg.ListResponse{IDs: ids, Servers: []wire.ServerInformation{*self}})
	for _, own := range []bool{true, false} {
		add(&enrpmsg.HandleTableRequest{IDs: ids, OwnChildrenOnly: own})
	}
	transport := wire.Transport{Protocol: wire.SCTP, Port: 9, Addrs: []netip.Addr{at.Addr()}}
	element := func(id wire.PEID, home wire.ServerID) wire.PoolElement {
		return wire.PoolElement{
			ID:               id,
			HomeID:           home,
			RegistrationLife: time.Hour,
			UserTransport:    wire.Transport{Protocol: wire.TCP, Port: 7, Addrs: []netip.Addr{at.Addr()}},
			Policy:           wire.Policy{Type: wire.RoundRobin},
			ASAPTransport:    &transport,
		}
	}
	for _, pe := range []wire.PoolElement{
		element(id, to.ID()), element(id, from), element(id, other), element(0xbad1, from), element(0xbad2, to.ID()), element(0xbad3, other),
	} {
		for _, action := range []enrpmsg.UpdateAction{enrpmsg.AddPE, enrpmsg.DelPE} {
			add(&enrpmsg.HandleUpdate{IDs: ids, Action: action, PoolHandle: pool, PoolElement: pe})
			add(&enrpmsg.HandleUpdate{IDs: ids, Action: action, PoolHandle: pool, PoolElement: pe, TakeoverSuggested: true})
		}
		add(&enrpmsg.HandleTableResponse{IDs: ids, Entries: []enrpmsg.PoolEntry{{PoolHandle: pool, PoolElements: []wire.PoolElement{pe}}}})
	}
	for _, target := range []wire.ServerID{to.ID(), other, from, 0xbad} {
		add(&enrpmsg.InitTakeover{IDs: ids, TargetID: target})
		add(&enrpmsg.InitTakeoverAck{IDs: ids, TargetID: target})
		add(&enrpmsg.TakeoverServer{IDs: ids, TargetID: target})
	}
	add(&enrpmsg.Error{IDs: ids, Causes: []wire.ErrorCause{{Code: wire.CauseUnrecognizedMessage}}})
	return samples
}
