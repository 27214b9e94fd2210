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

// What cannot be expressed is refused, at all levels; nothing is cut.
func TestRange(t *testing.T) {
	t.Parallel()
	var (
		tooLong  = []wire.RawParam{{Type: 0x8123, Value: make([]byte, 0xfffc)}}
		half     = wire.RawParam{Type: 0x8123, Value: make([]byte, 0x8000)}
		longInfo = []wire.ErrorCause{{Info: make([]byte, 0xfffc)}}
		twoAddrs = wiretest.Addresses[:2]
	)
	for _, test := range []struct {
		name string
		m    encoding.BinaryAppender
		want error
	}{
		{"no handle", &asapmsg.HandleResolution{}, wire.ErrRange},
		{"no handle in a table", &enrpmsg.HandleTableResponse{Entries: make([]enrpmsg.PoolEntry, 1)}, wire.ErrRange},
		{"pool without elements", &enrpmsg.HandleTableResponse{Entries: []enrpmsg.PoolEntry{{PoolHandle: "p"}}}, wire.ErrRange},
		{"no cookie", &asapmsg.Cookie{}, wire.ErrRange},
		{"no cookie echoed", &asapmsg.CookieEcho{Cookie: []byte{}}, wire.ErrRange},
		{"no cause in ASAP_ERROR", &asapmsg.Error{}, wire.ErrRange},
		{"no cause in ENRP_ERROR", &enrpmsg.Error{}, wire.ErrRange},
		{"business card without elements", &asapmsg.BusinessCard{PoolHandle: "p"}, wire.ErrRange},
		{"negative life", with(func(e *wire.PoolElement) { e.RegistrationLife = -1 }), wire.ErrRange},
		{"endless life", with(func(e *wire.PoolElement) { e.RegistrationLife = 1000 * time.Hour * 24 * 50 }), wire.ErrRange},
		{"no policy", with(func(e *wire.PoolElement) { e.Policy = wire.Policy{} }), wire.ErrRange},
		{"no transport", with(func(e *wire.PoolElement) { e.UserTransport = wire.Transport{} }), wire.ErrRange},
		{"no address", with(func(e *wire.PoolElement) { e.UserTransport.Addrs = nil }), wire.ErrRange},
		{"invalid address", with(func(e *wire.PoolElement) { e.UserTransport.Addrs = make([]netip.Addr, 1) }), wire.ErrRange},
		{"address with zone", with(func(e *wire.PoolElement) {
			e.UserTransport.Addrs = []netip.Addr{netip.MustParseAddr("fe80::1%eth0")}
		}), wire.ErrRange},
		{"TCP with two addresses", with(func(e *wire.PoolElement) {
			e.UserTransport = wire.Transport{Protocol: wire.TCP, Addrs: twoAddrs}
		}), wire.ErrRange},
		{"UDP with control", with(func(e *wire.PoolElement) {
			e.UserTransport = wire.Transport{Protocol: wire.UDP, Use: wire.DataAndControl, Addrs: twoAddrs[:1]}
		}), wire.ErrRange},
		{"service code on SCTP", with(func(e *wire.PoolElement) { e.UserTransport.ServiceCode = 1 }), wire.ErrRange},
		{"opaque with a port", with(func(e *wire.PoolElement) {
			e.UserTransport = wire.Transport{Protocol: wire.Opaque, Port: 7}
		}), wire.ErrRange},
		{"opaque content on SCTP", with(func(e *wire.PoolElement) { e.UserTransport.Opaque = []byte{1} }), wire.ErrRange},
		{"ASAP transport of TCP", with(func(e *wire.PoolElement) {
			e.ASAPTransport = &wire.Transport{Protocol: wire.TCP, Addrs: twoAddrs[:1]}
		}), wire.ErrRange},
		{"no transport of a server", &enrpmsg.ListResponse{Servers: make([]wire.ServerInformation, 1)}, wire.ErrRange},
		{"no transport in a presence", &enrpmsg.Presence{Server: &wire.ServerInformation{}}, wire.ErrRange},
		{"no transport in an announce", &asapmsg.ServerAnnounce{Transports: make([]wire.Transport, 1)}, wire.ErrRange},
		{"UDP in an announce", &asapmsg.ServerAnnounce{Transports: []wire.Transport{
			{Protocol: wire.UDP, Addrs: twoAddrs[:1]},
		}}, wire.ErrRange},

		{"long handle", &asapmsg.HandleResolution{PoolHandle: wire.PoolHandle(strings.Repeat("p", 0xfffc))}, wire.ErrTooLong},
		{"long cookie", &asapmsg.Cookie{Cookie: make([]byte, 0xfffc)}, wire.ErrTooLong},
		{"long cookie in a message", &asapmsg.Cookie{Cookie: make([]byte, 0xfffb)}, wire.ErrTooLong},
		{"long cause", &asapmsg.Error{Causes: longInfo}, wire.ErrTooLong},
		{"long causes", &asapmsg.Error{Causes: []wire.ErrorCause{{Info: half.Value}, {Info: half.Value}}}, wire.ErrTooLong},
		{"long unknown parameter", &enrpmsg.ListRequest{Unknown: tooLong}, wire.ErrTooLong},
		{"long message", &enrpmsg.ListRequest{Unknown: []wire.RawParam{half, half}}, wire.ErrTooLong},
		{"long policy", with(func(e *wire.PoolElement) { e.Policy.Extra = strings.Repeat("x", 0xffff) }), wire.ErrTooLong},
		{"long element", with(func(e *wire.PoolElement) { e.Unknown = []wire.RawParam{half, half} }), wire.ErrTooLong},
		{"long transport", with(func(e *wire.PoolElement) {
			e.UserTransport.Unknown = []wire.RawParam{half, half}
		}), wire.ErrTooLong},
		{"long opaque transport", with(func(e *wire.PoolElement) {
			e.UserTransport = wire.Transport{Protocol: wire.Opaque, Opaque: make([]byte, 0xfffc)}
		}), wire.ErrTooLong},
		{"many addresses", with(func(e *wire.PoolElement) {
			e.UserTransport.Addrs = make([]netip.Addr, 0x2000)
			for i := range e.UserTransport.Addrs {
				e.UserTransport.Addrs[i] = twoAddrs[0]
			}
		}), wire.ErrTooLong},
		{"long server", &enrpmsg.Presence{Server: &wire.ServerInformation{
			Transport: wire.Transport{Protocol: wire.SCTP, Addrs: twoAddrs},
			Unknown:   []wire.RawParam{half, half},
		}}, wire.ErrTooLong},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b, err := test.m.AppendBinary([]byte("prefix"))
			if b != nil || !errors.Is(err, test.want) {
				t.Errorf("%d octets, %v, want %v", len(b), err, test.want)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "wire: ") {
				t.Errorf("%v does not say who says it", err)
			}
		})
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
