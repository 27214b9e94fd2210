package wire_test

import (
	"reflect"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// unknownEverywhere returns messages with the parameter in every place there is.
func unknownEverywhere(p wire.RawParam) map[string]interface {
	AppendBinary([]byte) ([]byte, error)
} {
	unknown := []wire.RawParam{p}
	sctp := wire.Transport{Protocol: wire.SCTP, Addrs: wiretest.Addresses}
	odd := sctp
	odd.Unknown = unknown
	in := func(change func(*wire.PoolElement)) []wire.PoolElement {
		e := valid()
		change(&e)
		return []wire.PoolElement{valid(), e}
	}
	element := in(func(e *wire.PoolElement) { e.Unknown = unknown })
	user := in(func(e *wire.PoolElement) { e.UserTransport.Unknown = unknown })
	asap := in(func(e *wire.PoolElement) { e.ASAPTransport = &odd })
	server := wire.ServerInformation{ID: 1, Transport: sctp, Unknown: unknown}
	serverTransport := wire.ServerInformation{ID: 1, Transport: odd}
	return map[string]interface {
		AppendBinary([]byte) ([]byte, error)
	}{
		"registration":             &asapmsg.Registration{PoolHandle: "p", PoolElement: valid(), Unknown: unknown},
		"registration, element":    &asapmsg.Registration{PoolHandle: "p", PoolElement: element[1]},
		"registration, transport":  &asapmsg.Registration{PoolHandle: "p", PoolElement: user[1]},
		"registration, ASAP":       &asapmsg.Registration{PoolHandle: "p", PoolElement: asap[1]},
		"resolution":               &asapmsg.HandleResolution{PoolHandle: "p", Unknown: unknown},
		"resolution response":      &asapmsg.HandleResolutionResponse{PoolHandle: "p", Unknown: unknown},
		"resolution, transport":    &asapmsg.HandleResolutionResponse{PoolHandle: "p", PoolElements: user},
		"business card, element":   &asapmsg.BusinessCard{PoolHandle: "p", PoolElements: element},
		"announce":                 &asapmsg.ServerAnnounce{Unknown: unknown},
		"announce, transport":      &asapmsg.ServerAnnounce{Transports: []wire.Transport{sctp, odd}},
		"keep-alive":               &asapmsg.EndpointKeepAlive{PoolHandle: "p", Unknown: unknown},
		"acknowledgement":          &asapmsg.EndpointKeepAliveAck{PoolHandle: "p", Unknown: unknown},
		"unreachable":              &asapmsg.EndpointUnreachable{PoolHandle: "p", Unknown: unknown},
		"deregistration":           &asapmsg.Deregistration{PoolHandle: "p", Unknown: unknown},
		"registration response":    &asapmsg.RegistrationResponse{PoolHandle: "p", Unknown: unknown},
		"deregistration response":  &asapmsg.DeregistrationResponse{PoolHandle: "p", Unknown: unknown},
		"cookie":                   &asapmsg.Cookie{Cookie: []byte{1}, Unknown: unknown},
		"cookie echo":              &asapmsg.CookieEcho{Cookie: []byte{1}, Unknown: unknown},
		"error":                    &asapmsg.Error{Causes: wiretest.SampleCauses(), Unknown: unknown},
		"presence":                 &enrpmsg.Presence{Unknown: unknown},
		"presence, server":         &enrpmsg.Presence{Server: &server},
		"presence, transport":      &enrpmsg.Presence{Server: &serverTransport},
		"list request":             &enrpmsg.ListRequest{Unknown: unknown},
		"list":                     &enrpmsg.ListResponse{Unknown: unknown},
		"list, server":             &enrpmsg.ListResponse{Servers: []wire.ServerInformation{server}},
		"list, transport":          &enrpmsg.ListResponse{Servers: []wire.ServerInformation{serverTransport}},
		"table request":            &enrpmsg.HandleTableRequest{Unknown: unknown},
		"table":                    &enrpmsg.HandleTableResponse{Unknown: unknown},
		"table, ASAP transport":    &enrpmsg.HandleTableResponse{Entries: []enrpmsg.PoolEntry{{PoolHandle: "p", PoolElements: asap}}},
		"update":                   &enrpmsg.HandleUpdate{PoolHandle: "p", PoolElement: valid(), Unknown: unknown},
		"update, element":          &enrpmsg.HandleUpdate{PoolHandle: "p", PoolElement: element[1]},
		"takeover":                 &enrpmsg.InitTakeover{Unknown: unknown},
		"takeover acknowledgement": &enrpmsg.InitTakeoverAck{Unknown: unknown},
		"takeover done":            &enrpmsg.TakeoverServer{Unknown: unknown},
		"ENRP error":               &enrpmsg.Error{Causes: wiretest.SampleCauses(), Unknown: unknown},
	}
}

// Wherever a parameter stands that is not recognized, its action bits count, and it is
// reported as it was. That goes for unknown types and for known ones out of place.
func TestUnrecognized(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		param           wire.RawParam
		discard, report bool
	}{
		{wire.RawParam{Type: 0x0123, Value: []byte{1}}, true, false},
		{wire.RawParam{Type: 0x4123, Value: []byte{1, 2}}, true, true},
		{wire.RawParam{Type: 0x8123, Value: []byte{}}, false, false},
		{wire.RawParam{Type: 0xc123, Value: []byte{1, 2, 3, 4}}, false, true},
		{wire.RawParam{Type: 0xffff, Value: []byte{}}, false, true},
		{wire.RawParam{Type: 0x8009, Value: []byte("a handle?")}, false, false},
	} {
		for name, m := range unknownEverywhere(test.param) {
			b, err := m.AppendBinary(nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var u wire.Unrecognized
			switch m.(type) {
			case asapmsg.Message:
				parsed, err := asapmsg.Parse(b)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				u = asapmsg.Unrecognized(parsed)
			default:
				parsed, err := enrpmsg.Parse(b)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				u = enrpmsg.Unrecognized(parsed)
			}
			var want []wire.RawParam
			if test.report {
				want = []wire.RawParam{test.param}
			}
			if u.Discard != test.discard || !reflect.DeepEqual(u.Report, want) {
				t.Errorf("%v in %s: %+v", test.param.Type, name, u)
			}
		}
	}
}

// Parameters that belong elsewhere are as unknown as others.
func TestOutOfPlace(t *testing.T) {
	t.Parallel()
	m, err := asapmsg.Parse(unhex(t, "0500001c"+handle+"000d0005 aa000000"+"c0010008 00000000"))
	if err != nil {
		t.Fatal(err)
	}
	u := asapmsg.Unrecognized(m)
	if !u.Discard || len(u.Report) != 1 || u.Report[0].Type != 0xc001 {
		t.Errorf("%+v", u)
	}
}

func TestUnrecognizedCauses(t *testing.T) {
	t.Parallel()
	var u wire.Unrecognized
	u.Add([]wire.RawParam{
		{Type: 0x4123, Value: []byte{1}}, {Type: 0x0123}, {Type: 0xc123, Value: []byte{}}, {Type: 0x8123},
	})
	want := []wire.ErrorCause{
		{Code: wire.CauseUnrecognizedParameter, Info: []byte{0x41, 0x23, 0, 5, 1}},
		{Code: wire.CauseUnrecognizedParameter, Info: []byte{0xc1, 0x23, 0, 4}},
	}
	if got := u.Causes(); !u.Discard || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v: %+v", u, got)
	}
}

// A message full of tiny parameters cannot be answered with all of them.
func TestUnrecognizedCausesFit(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 4, 0x7000, 0xffe4, 0xffe5, 0xfff0} {
		var u wire.Unrecognized
		for total := 0; total+4+size <= 0xfff4; total += 4 + (size+3)&^3 {
			u.Add([]wire.RawParam{{Type: 0xc123, Value: make([]byte, size)}})
		}
		causes := u.Causes()
		b, err := (&enrpmsg.Error{Causes: causes}).AppendBinary(nil)
		if err != nil {
			t.Errorf("size %d: %d causes, %d octets: %v", size, len(causes), len(b), err)
		}
		if room := 0xfffc - len(b); len(causes) < len(u.Report) && err == nil && room >= 8+(size+3)&^3 {
			t.Errorf("size %d: %d of %d causes, with room for %d octets", size, len(causes), len(u.Report), room)
		}
	}
}
