package wire_test

import (
	"encoding"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// valid returns an element that can be encoded.
func valid() wire.PoolElement {
	return wire.PoolElement{
		ID:            1,
		UserTransport: wire.Transport{Protocol: wire.SCTP, Addrs: wiretest.Addresses},
		Policy:        wire.Policy{Type: wire.RoundRobin},
	}
}

// with returns a registration of an element that was changed.
func with(change func(*wire.PoolElement)) encoding.BinaryAppender {
	e := valid()
	change(&e)
	return &asapmsg.Registration{PoolHandle: "p", PoolElement: e}
}

// refusal is a message that cannot be encoded.
type refusal struct {
	name string
	m    encoding.BinaryAppender
}

// checkRefused fails unless the message is refused for a reason that says what and why.
func checkRefused(t *testing.T, test refusal, want error) {
	t.Helper()
	b, err := test.m.AppendBinary([]byte("prefix"))
	if b != nil || !errors.Is(err, want) {
		t.Errorf("%s: %d octets, %v, want %v", test.name, len(b), err, want)
	}
	if err != nil && !strings.HasPrefix(err.Error(), "wire: ") {
		t.Errorf("%s: %v does not say who says it", test.name, err)
	}
}

// causesOf is an Operation Error parameter that encodes itself.
type causesOf []wire.ErrorCause

func (c causesOf) AppendBinary(b []byte) ([]byte, error) { return wire.AppendOperationError(b, c) }

// What cannot be expressed is refused, at all levels.
func TestRange(t *testing.T) {
	t.Parallel()
	twoAddrs := wiretest.Addresses[:2]
	for _, test := range []refusal{
		{"no handle", &asapmsg.HandleResolution{}},
		{"no handle in a table", &enrpmsg.HandleTableResponse{Entries: make([]enrpmsg.PoolEntry, 1)}},
		{"pool without elements", &enrpmsg.HandleTableResponse{Entries: []enrpmsg.PoolEntry{{PoolHandle: "p"}}}},
		{"no cookie", &asapmsg.Cookie{}},
		{"no cookie echoed", &asapmsg.CookieEcho{Cookie: []byte{}}},
		{"no cause in ASAP_ERROR", &asapmsg.Error{}},
		{"no cause in ENRP_ERROR", &enrpmsg.Error{}},
		{"Operation Error without causes", causesOf(nil)},
		{"business card without elements", &asapmsg.BusinessCard{PoolHandle: "p"}},
		{"negative life", with(func(e *wire.PoolElement) { e.RegistrationLife = -1 })},
		{"endless life", with(func(e *wire.PoolElement) { e.RegistrationLife = 1000 * time.Hour * 24 * 50 })},
		{"no policy", with(func(e *wire.PoolElement) { e.Policy = wire.Policy{} })},
		{"no transport", with(func(e *wire.PoolElement) { e.UserTransport = wire.Transport{} })},
		{"no address", with(func(e *wire.PoolElement) { e.UserTransport.Addrs = nil })},
		{"invalid address", with(func(e *wire.PoolElement) { e.UserTransport.Addrs = make([]netip.Addr, 1) })},
		{"address with zone", with(func(e *wire.PoolElement) {
			e.UserTransport.Addrs = []netip.Addr{netip.MustParseAddr("fe80::1%eth0")}
		})},
		{"TCP with two addresses", with(func(e *wire.PoolElement) {
			e.UserTransport = wire.Transport{Protocol: wire.TCP, Addrs: twoAddrs}
		})},
		{"UDP with control", with(func(e *wire.PoolElement) {
			e.UserTransport = wire.Transport{Protocol: wire.UDP, Use: wire.DataAndControl, Addrs: twoAddrs[:1]}
		})},
		{"service code on SCTP", with(func(e *wire.PoolElement) { e.UserTransport.ServiceCode = 1 })},
		{"opaque with a port", with(func(e *wire.PoolElement) {
			e.UserTransport = wire.Transport{Protocol: wire.Opaque, Port: 7}
		})},
		{"opaque content on SCTP", with(func(e *wire.PoolElement) { e.UserTransport.Opaque = []byte{1} })},
		{"ASAP transport of TCP", with(func(e *wire.PoolElement) {
			e.ASAPTransport = &wire.Transport{Protocol: wire.TCP, Addrs: twoAddrs[:1]}
		})},
		{"no transport of a server", &enrpmsg.ListResponse{Servers: make([]wire.ServerInformation, 1)}},
		{"no transport in a presence", &enrpmsg.Presence{Server: &wire.ServerInformation{}}},
		{"no transport in an announce", &asapmsg.ServerAnnounce{Transports: make([]wire.Transport, 1)}},
		{"UDP in an announce", &asapmsg.ServerAnnounce{Transports: []wire.Transport{
			{Protocol: wire.UDP, Addrs: twoAddrs[:1]},
		}}},
	} {
		checkRefused(t, test, wire.ErrRange)
	}
}

// Nothing is cut because it is too long.
func TestTooLong(t *testing.T) {
	t.Parallel()
	var (
		tooLong  = []wire.RawParam{{Type: 0x8123, Value: make([]byte, 0xfffc)}}
		half     = wire.RawParam{Type: 0x8123, Value: make([]byte, 0x8000)}
		longInfo = []wire.ErrorCause{{Info: make([]byte, 0xfffc)}}
		twoAddrs = wiretest.Addresses[:2]
	)
	for _, test := range []refusal{
		{"long handle", &asapmsg.HandleResolution{PoolHandle: wire.PoolHandle(strings.Repeat("p", 0xfffc))}},
		{"long cookie", &asapmsg.Cookie{Cookie: make([]byte, 0xfffc)}},
		{"long cookie in a message", &asapmsg.Cookie{Cookie: make([]byte, 0xfffb)}},
		{"long cause", &asapmsg.Error{Causes: longInfo}},
		{"long causes", &asapmsg.Error{Causes: []wire.ErrorCause{{Info: half.Value}, {Info: half.Value}}}},
		{"long unknown parameter", &enrpmsg.ListRequest{Unknown: tooLong}},
		{"long message", &enrpmsg.ListRequest{Unknown: []wire.RawParam{half, half}}},
		{"long policy", with(func(e *wire.PoolElement) { e.Policy.Extra = strings.Repeat("x", 0xffff) })},
		{"long element", with(func(e *wire.PoolElement) { e.Unknown = []wire.RawParam{half, half} })},
		{"long transport", with(func(e *wire.PoolElement) {
			e.UserTransport.Unknown = []wire.RawParam{half, half}
		})},
		{"long opaque transport", with(func(e *wire.PoolElement) {
			e.UserTransport = wire.Transport{Protocol: wire.Opaque, Opaque: make([]byte, 0xfffc)}
		})},
		{"many addresses", with(func(e *wire.PoolElement) {
			e.UserTransport.Addrs = make([]netip.Addr, 0x2000)
			for i := range e.UserTransport.Addrs {
				e.UserTransport.Addrs[i] = twoAddrs[0]
			}
		})},
		{"long server", &enrpmsg.Presence{Server: &wire.ServerInformation{
			Transport: wire.Transport{Protocol: wire.SCTP, Addrs: twoAddrs},
			Unknown:   []wire.RawParam{half, half},
		}}},
	} {
		checkRefused(t, test, wire.ErrTooLong)
	}
}

// The limits themselves can be expressed.
func TestLimits(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]asapmsg.Message{
		"handle": &asapmsg.HandleResolution{PoolHandle: wire.PoolHandle(strings.Repeat("p", 0xfff4))},
		"cookie": &asapmsg.Cookie{Cookie: make([]byte, 0xfff4)},
		"causes": &asapmsg.Error{Causes: []wire.ErrorCause{{Info: make([]byte, 0xfff0)}}},
		"life": with(func(e *wire.PoolElement) {
			e.RegistrationLife = 0xffffffff * time.Millisecond
		}).(asapmsg.Message),
	} {
		b, err := m.AppendBinary(nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := wiretest.Check(t, b, asapmsg.Parse); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A parameter that ends with another does not count the padding of that.
func TestNestedPadding(t *testing.T) {
	t.Parallel()
	odd := []wire.RawParam{{Type: 0x8123, Value: []byte{1}}}
	asap := wire.Transport{Protocol: wire.SCTP, Addrs: wiretest.Addresses[:1], Unknown: odd}
	for name, e := range map[string]encoding.BinaryAppender{
		"policy":         with(func(e *wire.PoolElement) { e.Policy.Extra = "x" }),
		"ASAP transport": with(func(e *wire.PoolElement) { e.ASAPTransport = &asap }),
		"unknown":        with(func(e *wire.PoolElement) { e.Unknown = odd }),
	} {
		b, err := e.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		w := wire.Walk(b[wire.MessageHeaderLen:], 0)
		for w.Next() {
			if w.Param.Type == wire.ParamPoolElement && len(w.Param.Value)%4 != 1 {
				t.Errorf("%s: %d octets inside", name, len(w.Param.Value))
			}
		}
		if err := w.Err(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
