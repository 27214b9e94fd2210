package meaning

import (
	"encoding"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

func asap(m asapmsg.Message) *script.Message {
	return &script.Message{Octets: octets(m), ASAP: m}
}

func enrp(m enrpmsg.Message) *script.Message {
	return &script.Message{Octets: octets(m), ENRP: m}
}

func octets(m encoding.BinaryAppender) []byte {
	b, err := m.AppendBinary(nil)
	if err != nil {
		panic("BUG: sample cannot be encoded: " + err.Error())
	}
	return b
}

// pe returns an element, changed by change.
func pe(id wire.PEID, policy string, change ...func(*wire.PoolElement)) wire.PoolElement {
	p, err := wire.ParsePolicyText(policy)
	if err != nil {
		panic(err)
	}
	e := wire.PoolElement{
		ID: id, HomeID: 1, RegistrationLife: time.Minute, Policy: p,
		UserTransport: wire.Transport{Protocol: wire.SCTP, Port: 5000, Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.1")}},
	}
	for _, f := range change {
		f(&e)
	}
	return e
}

func resolved(elements ...wire.PoolElement) *script.Message {
	m := &asapmsg.HandleResolutionResponse{PoolHandle: "p", PoolElements: elements}
	if len(elements) > 0 {
		m.Policy = &elements[0].Policy
	}
	return asap(m)
}

func table(entries ...enrpmsg.PoolEntry) *script.Message {
	return enrp(&enrpmsg.HandleTableResponse{IDs: enrpmsg.IDs{Sender: 1}, Entries: entries})
}

func causes(code ...wire.CauseCode) (out []wire.ErrorCause) {
	for _, c := range code {
		out = append(out, wire.ErrorCause{Code: c, Info: []byte{0, 1, 0, 4}})
	}
	return out
}

func TestCompare(t *testing.T) {
	t.Parallel()
	const rr, random = "RoundRobin", "Random"
	update := func(e wire.PoolElement) *script.Message {
		return enrp(&enrpmsg.HandleUpdate{PoolHandle: "p", PoolElement: e})
	}
	list := func(ids ...wire.ServerID) *script.Message {
		m := &enrpmsg.ListResponse{}
		for _, id := range ids {
			m.Servers = append(m.Servers, wire.ServerInformation{ID: id, Transport: pe(1, rr).UserTransport})
		}
		return enrp(m)
	}
	asaptransport := func(e *wire.PoolElement) { t := e.UserTransport; e.ASAPTransport = &t }
	for name, test := range map[string]struct {
		a, b *script.Message
		want string
	}{
		"nothing":        {nil, nil, "[]"},
		"missing":        {resolved(pe(1, rr)), nil, "[{message ASAP_HANDLE_RESOLUTION_RESPONSE none}]"},
		"unexpected":     {nil, list(), "[{message none ENRP_LIST_RESPONSE}]"},
		"other type":     {asap(&asapmsg.Error{Causes: causes(3)}), list(), "[{message ASAP_ERROR ENRP_LIST_RESPONSE}]"},
		"damaged":        {&script.Message{Octets: []byte{1}}, &script.Message{Octets: []byte{2}}, "[]"},
		"reject":         {asap(&asapmsg.RegistrationResponse{PoolHandle: "p", PEID: 1, Reject: true}), asap(&asapmsg.RegistrationResponse{PoolHandle: "p", PEID: 1}), "[{reject set }]"},
		"causes":         {asap(&asapmsg.DeregistrationResponse{PoolHandle: "p", PEID: 1, Causes: causes(3, 9)}), asap(&asapmsg.DeregistrationResponse{PoolHandle: "p", PEID: 1, Causes: causes(3)}), "[{causes invalid values, unknown pool handle invalid values}]"},
		"accept":         {asap(&asapmsg.HandleResolutionResponse{PoolHandle: "p", Accept: true}), asap(&asapmsg.HandleResolutionResponse{PoolHandle: "p"}), "[{accept set }]"},
		"no such pool":   {asap(&asapmsg.HandleResolutionResponse{PoolHandle: "p", Causes: causes(9)}), resolved(pe(1, rr)), "[{causes unknown pool handle } {policy  RoundRobin} {elements  0x00000001}]"},
		"same":           {resolved(pe(1, rr), pe(2, rr)), resolved(pe(1, rr), pe(2, rr)), "[]"},
		"order":          {resolved(pe(1, rr), pe(2, rr)), resolved(pe(2, rr), pe(1, rr)), "[{elements 0x00000001 0x00000002 0x00000002 0x00000001}]"},
		"random order":   {resolved(pe(1, random), pe(2, random)), resolved(pe(2, random), pe(1, random)), "[]"},
		"random choice":  {resolved(pe(1, random)), resolved(pe(2, random)), "[]"},
		"random number":  {resolved(pe(1, random)), resolved(pe(1, random), pe(2, random)), "[{number of elements 1 2}]"},
		"policy":         {resolved(pe(1, "LeastUsed")), resolved(pe(1, rr)), "[{policy LeastUsed RoundRobin} {policy of 0x00000001 LeastUsed load=0% RoundRobin}]"},
		"pool's own":     {resolved(pe(1, "WeightedRoundRobin:1"), pe(2, "WeightedRoundRobin:3")), resolved(pe(1, "WeightedRoundRobin:1"), pe(2, "WeightedRoundRobin:3")), "[]"},
		"weight":         {resolved(pe(1, "WeightedRoundRobin:1")), resolved(pe(1, "WeightedRoundRobin:3")), "[{policy of 0x00000001 WeightedRoundRobin:1 WeightedRoundRobin:3}]"},
		"load":           {resolved(pe(1, "LeastUsed")), resolved(pe(1, "LeastUsed", func(e *wire.PoolElement) { e.Policy.Load = wire.FullLoad })), "[{policy of 0x00000001 LeastUsed load=0% LeastUsed load=100%}]"},
		"distance":       {resolved(pe(1, "LeastUsedDPF:0.5")), resolved(pe(1, "LeastUsedDPF:0.5", func(e *wire.PoolElement) { e.Policy.Distance = 50 })), "[]"},
		"port":           {resolved(pe(1, rr)), resolved(pe(1, rr, func(e *wire.PoolElement) { e.UserTransport.Port = 1 })), "[{transport of 0x00000001 SCTP port 5000, data only SCTP port 1, data only}]"},
		"address":        {resolved(pe(1, rr)), resolved(pe(1, rr, func(e *wire.PoolElement) { e.UserTransport.Addrs = []netip.Addr{netip.MustParseAddr("::1")} })), "[]"},
		"life":           {resolved(pe(1, rr)), resolved(pe(1, rr, func(e *wire.PoolElement) { e.RegistrationLife = time.Hour })), "[{life of 0x00000001 1m0s 1h0m0s}]"},
		"home":           {resolved(pe(1, rr)), resolved(pe(1, rr, func(e *wire.PoolElement) { e.HomeID = 2 })), "[{home of 0x00000001 0x00000001 0x00000002}]"},
		"new home":       {asap(&asapmsg.EndpointKeepAlive{PoolHandle: "p", PEID: 1, Home: true}), asap(&asapmsg.EndpointKeepAlive{PoolHandle: "p", PEID: 1}), "[{home set }]"},
		"error":          {asap(&asapmsg.Error{Causes: causes(2)}), asap(&asapmsg.Error{Causes: causes(3)}), "[{causes unrecognized message invalid values}]"},
		"checksum":       {enrp(&enrpmsg.Presence{Checksum: 1}), enrp(&enrpmsg.Presence{Checksum: 2, ReplyRequired: true}), "[{checksum 0x0001 0x0002}]"},
		"no checksum":    {enrp(&enrpmsg.Presence{NoChecksum: true}), enrp(&enrpmsg.Presence{Checksum: 2}), "[{no checksum set } {checksum  0x0002}]"},
		"list":           {list(3, 2), list(2, 3), "[]"},
		"shorter list":   {list(3, 2), list(3), "[{registrars 0x00000002 0x00000003 0x00000003}]"},
		"refused list":   {list(3), enrp(&enrpmsg.ListResponse{Reject: true}), "[{registrars 0x00000003 } {reject  set}]"},
		"table":          {table(enrpmsg.PoolEntry{PoolHandle: "p", PoolElements: []wire.PoolElement{pe(1, rr), pe(2, rr)}}, enrpmsg.PoolEntry{PoolHandle: "q", PoolElements: []wire.PoolElement{pe(3, rr)}}), table(enrpmsg.PoolEntry{PoolHandle: "q", PoolElements: []wire.PoolElement{pe(3, rr)}}, enrpmsg.PoolEntry{PoolHandle: "p", PoolElements: []wire.PoolElement{pe(2, rr)}}, enrpmsg.PoolEntry{PoolHandle: "p", PoolElements: []wire.PoolElement{pe(1, rr)}}), "[]"},
		"shorter table":  {table(enrpmsg.PoolEntry{PoolHandle: "p", PoolElements: []wire.PoolElement{pe(1, rr)}}), table(), "[{pool p 0x00000001 }]"},
		"table's policy": {table(enrpmsg.PoolEntry{PoolHandle: "p", PoolElements: []wire.PoolElement{pe(1, rr)}}), table(enrpmsg.PoolEntry{PoolHandle: "p", PoolElements: []wire.PoolElement{pe(1, "Priority:3")}}), "[{policy of p 0x00000001 RoundRobin Priority:3}]"},
		"refused table":  {table(), enrp(&enrpmsg.HandleTableResponse{Reject: true}), "[{reject  set}]"},
		"update":         {update(pe(1, rr, asaptransport)), update(pe(1, rr)), "[]"},
		"update's home":  {update(pe(1, rr)), update(pe(1, rr, func(e *wire.PoolElement) { e.HomeID = 7 })), "[{home of 0x00000001 0x00000001 0x00000007}]"},
		"removal":        {update(pe(1, rr)), enrp(&enrpmsg.HandleUpdate{Action: enrpmsg.DelPE, PoolHandle: "p", PoolElement: pe(1, rr)}), "[{action ADD_PE DEL_PE}]"},
		"suggestion":     {update(pe(1, rr)), enrp(&enrpmsg.HandleUpdate{TakeoverSuggested: true, PoolHandle: "p", PoolElement: pe(1, rr)}), "[{takeover suggested  set}]"},
		"takeover":       {enrp(&enrpmsg.InitTakeover{TargetID: 1}), enrp(&enrpmsg.InitTakeover{TargetID: 2}), "[{target 0x00000001 0x00000002}]"},
		"ack":            {enrp(&enrpmsg.InitTakeoverAck{TargetID: 1}), enrp(&enrpmsg.InitTakeoverAck{TargetID: 2}), "[{target 0x00000001 0x00000002}]"},
		"taken over":     {enrp(&enrpmsg.TakeoverServer{TargetID: 1}), enrp(&enrpmsg.TakeoverServer{TargetID: 2}), "[{target 0x00000001 0x00000002}]"},
		"peer's error":   {enrp(&enrpmsg.Error{Causes: causes(2)}), enrp(&enrpmsg.Error{Causes: causes(3)}), "[{causes unrecognized message invalid values}]"},
	} {
		if got := fmt.Sprint(Compare(test.a, test.b)); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, test.want)
		}
	}
}

// Each policy of which RFC 5356 or RSPLIB says that it is random is treated as such.
func TestIsRandom(t *testing.T) {
	t.Parallel()
	for _, p := range wire.PolicyTypes() {
		name := p.String()
		if want := len(name) >= 6 && (name[:6] == "Random" || name[:6] == "Weight" && name != "WeightedRoundRobin"); IsRandom(p) != want {
			t.Errorf("%s: random %v", name, IsRandom(p))
		}
	}
}
