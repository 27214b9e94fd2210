package enrp

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// parseElement takes a word like p/1@0x20.
func parseElement(a *steptest.Args) (wire.PoolHandle, wire.PoolElement) {
	pool, rest, _ := strings.Cut(a.Next(), "/")
	id, home, ok := strings.Cut(rest, "@")
	if !ok {
		a.Fail(fmt.Errorf("no element"))
		return "", wire.PoolElement{}
	}
	life := a.Duration("life", time.Minute)
	return wire.PoolHandle(pool), element(wire.PEID(a.Number(id)), wire.ServerID(a.Number(home)), life)
}

// parseUnknown returns parameters of the unknown types in a word like unknown=0xcabc.
func parseUnknown(a *steptest.Args) []wire.RawParam {
	var out []wire.RawParam
	for _, typ := range a.List("unknown") {
		out = append(out, wire.RawParam{Type: wire.ParamType(a.Number(typ)), Value: []byte("?")})
	}
	return out
}

// parseEvent returns the event of a command, nil if the command changed the handlespace.
func (w *registrarScenario) parseEvent(now time.Time, name string, a *steptest.Args) step.Event {
	switch name {
	case "recv":
		return Received{Assoc: steptest.NextAssoc(a), Message: w.message(a)}
	case "heard":
		source := netip.MustParseAddrPort(a.Next())
		return Heard{Source: source, Message: w.message(a)}
	case "malformed":
		assoc, data := steptest.NextAssoc(a), []byte{byte(a.NextNumber()), 0, 0, 4}
		_, err := enrpmsg.Parse(data)
		if err == nil {
			a.Fail(fmt.Errorf("%x is not malformed", data))
		}
		return step.Malformed{Assoc: assoc, Data: data, Err: err}
	case "leave":
		return Leave{}
	case "confirmed":
		pool, id, _ := strings.Cut(a.Next(), "/")
		return Confirmed{Pool: wire.PoolHandle(pool), ID: wire.PEID(a.Number(id))}
	}
	w.change(now, name, a)
	return nil
}

// change changes the handlespace as an ASAP side would.
func (w *registrarScenario) change(now time.Time, name string, a *steptest.Args) {
	pool, pe := parseElement(a)
	switch name {
	case "register":
		if _, _, err := w.hs.Register(now, pool, &pe, handlespace.Association(a.NamedNumber("assoc", 1))); err != nil {
			a.Fail(err)
		}
	case "remove":
		if e := w.hs.Find(pool, pe.ID); e != nil {
			w.hs.Remove(e)
		}
	default:
		a.Fail(fmt.Errorf("unknown command"))
	}
}

// message takes the name of a message, its sender, and its fields.
func (w *registrarScenario) message(a *steptest.Args) enrpmsg.Message {
	name := a.Next()
	ids := enrpmsg.IDs{Sender: wire.ServerID(a.NextNumber()), Receiver: wire.ServerID(a.NamedNumber("to", uint32(self)))}
	unknown := parseUnknown(a)
	switch name {
	case "presence":
		return w.presence(ids, a)
	case "list-request":
		return &enrpmsg.ListRequest{IDs: ids, Unknown: unknown}
	case "list-response":
		m := &enrpmsg.ListResponse{IDs: ids, Reject: a.Flag("reject")}
		for a.More() {
			id, addr, _ := strings.Cut(a.Next(), "@")
			p := netip.MustParseAddrPort(addr)
			m.Servers = append(m.Servers, wire.ServerInformation{
				ID:        wire.ServerID(a.Number(id)),
				Transport: wire.Transport{Protocol: wire.SCTP, Port: p.Port(), Addrs: []netip.Addr{p.Addr()}},
			})
		}
		return m
	case "table-request":
		return &enrpmsg.HandleTableRequest{IDs: ids, OwnChildrenOnly: a.Flag("own"), Unknown: unknown}
	case "table-response":
		m := &enrpmsg.HandleTableResponse{IDs: ids, Reject: a.Flag("reject"), MoreToSend: a.Flag("more")}
		for a.More() {
			pool, pe := parseElement(a)
			m.Entries = append(m.Entries, enrpmsg.PoolEntry{PoolHandle: pool, PoolElements: []wire.PoolElement{pe}})
		}
		return m
	case "update":
		m := &enrpmsg.HandleUpdate{IDs: ids, TakeoverSuggested: a.Flag("suggested"), Unknown: unknown}
		if !a.Flag("add") {
			m.Action = enrpmsg.UpdateAction(map[bool]uint16{true: 1, false: 7}[a.Flag("del")])
		}
		m.PoolHandle, m.PoolElement = parseElement(a)
		return m
	case "init-takeover":
		return &enrpmsg.InitTakeover{IDs: ids, TargetID: wire.ServerID(a.NextNumber())}
	case "init-takeover-ack":
		return &enrpmsg.InitTakeoverAck{IDs: ids, TargetID: wire.ServerID(a.NextNumber())}
	case "takeover-server":
		return &enrpmsg.TakeoverServer{IDs: ids, TargetID: wire.ServerID(a.NextNumber())}
	case "error":
		return &enrpmsg.Error{IDs: ids, Causes: []wire.ErrorCause{{Code: wire.CauseUnrecognizedMessage}}, Unknown: unknown}
	}
	a.Fail(fmt.Errorf("unknown message %q", name))
	return nil
}

// presence takes the addresses of the sender. The word of=p/1,p/2 names the elements of the
// checksum; without the word, the checksum matches our copy.
func (w *registrarScenario) presence(ids enrpmsg.IDs, a *steptest.Args) *enrpmsg.Presence {
	sum := w.hs.Checksum(ids.Sender)
	if s, ok := a.Named("of"); ok {
		sum = 0
		for e := range strings.SplitSeq(s, ",") {
			if pool, id, ok := strings.Cut(e, "/"); ok {
				sum = sum.Add(wire.SumPE(wire.PoolHandle(pool), wire.PEID(a.Number(id))))
			}
		}
	}
	p := &enrpmsg.Presence{IDs: ids, ReplyRequired: a.Flag("reply"), Checksum: sum.Value(), Unknown: parseUnknown(a)}
	if addrs := a.Addrs(); len(addrs) > 0 {
		p.Server = &wire.ServerInformation{
			ID:        wire.ServerID(a.NamedNumber("server", uint32(ids.Sender))),
			Transport: wire.Transport{Protocol: wire.SCTP, Port: addrs[0].Port()},
		}
		for _, at := range addrs {
			p.Server.Transport.Addrs = append(p.Server.Transport.Addrs, at.Addr())
		}
	}
	return p
}
