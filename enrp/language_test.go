package enrp

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// arguments are the words behind a command: by position, flags among them, and
// name=value.
type arguments struct {
	words []string
	named map[string]string
	err   error
}

func parseArguments(words []string) *arguments {
	a := &arguments{named: make(map[string]string)}
	for _, w := range words {
		if name, value, ok := strings.Cut(w, "="); ok {
			a.named[name] = value
		} else {
			a.words = append(a.words, w)
		}
	}
	return a
}

func (a *arguments) fail(err error) {
	if a.err == nil {
		a.err = err
	}
}

// next takes the next word by position.
func (a *arguments) next() string {
	if len(a.words) == 0 {
		a.fail(fmt.Errorf("a word is missing"))
		return ""
	}
	w := a.words[0]
	a.words = a.words[1:]
	return w
}

func (a *arguments) number(s string) uint32 {
	n, err := strconv.ParseUint(s, 0, 32)
	if err != nil {
		a.fail(err)
	}
	return uint32(n)
}

func (a *arguments) nextID() wire.ServerID { return wire.ServerID(a.number(a.next())) }

func (a *arguments) flag(name string) bool {
	if len(a.words) > 0 && a.words[0] == name {
		a.words = a.words[1:]
		return true
	}
	return false
}

func (a *arguments) namedNumber(name string, otherwise uint32) uint32 {
	if s, ok := a.named[name]; ok {
		return a.number(s)
	}
	return otherwise
}

// addrs takes the rest of the words.
func (a *arguments) addrs() []netip.AddrPort {
	var out []netip.AddrPort
	for len(a.words) > 0 {
		p, err := netip.ParseAddrPort(a.next())
		if err != nil {
			a.fail(err)
		}
		out = append(out, p)
	}
	return out
}

// element takes a word like p/1@0x20.
func (a *arguments) element() (wire.PoolHandle, wire.PoolElement) {
	pool, rest, _ := strings.Cut(a.next(), "/")
	id, home, ok := strings.Cut(rest, "@")
	if !ok {
		a.fail(fmt.Errorf("no element"))
		return "", wire.PoolElement{}
	}
	life := time.Minute
	if s, ok := a.named["life"]; ok {
		var err error
		if life, err = time.ParseDuration(s); err != nil {
			a.fail(err)
		}
	}
	return wire.PoolHandle(pool), element(wire.PEID(a.number(id)), wire.ServerID(a.number(home)), life)
}

// unknown returns parameters of types that nobody knows.
func (a *arguments) unknown() []wire.RawParam {
	var out []wire.RawParam
	if s, ok := a.named["unknown"]; ok {
		for typ := range strings.SplitSeq(s, ",") {
			out = append(out, wire.RawParam{Type: wire.ParamType(a.number(typ)), Value: []byte("?")})
		}
	}
	return out
}

// event returns the event of a command, nil if the command was for the handlespace.
func (w *twin) event(now time.Time, name string, a *arguments) Event {
	assoc := func() AssocID { return AssocID(a.number(a.next())) }
	switch name {
	case "addrs":
		return LocalAddrs{Addrs: a.addrs()}
	case "up":
		return AssociationUp{Assoc: assoc(), Dial: DialID(a.namedNumber("dial", 0)), Peer: a.addrs()}
	case "down":
		return AssociationDown{Assoc: assoc()}
	case "dial-failed":
		return DialFailed{Dial: DialID(a.number(a.next()))}
	case "recv":
		return Received{Assoc: assoc(), Message: w.message(a)}
	case "heard":
		source := netip.MustParseAddrPort(a.next())
		p, ok := w.message(a).(*enrpmsg.Presence)
		if !ok {
			a.fail(fmt.Errorf("only a presence is heard"))
		}
		return Heard{Source: source, Presence: p}
	case "malformed":
		ev := Malformed{Assoc: assoc(), Type: enrpmsg.Type(a.number(a.next()))}
		_, err := enrpmsg.Parse([]byte{byte(ev.Type), 0, 0, 4})
		syntax, ok := err.(*wire.SyntaxError)
		if !ok {
			a.fail(fmt.Errorf("type %v is not malformed: %v", ev.Type, err))
		}
		ev.Err = syntax
		return ev
	case "leave":
		return Leave{}
	case "confirmed":
		pool, id, _ := strings.Cut(a.next(), "/")
		return Confirmed{Pool: wire.PoolHandle(pool), ID: wire.PEID(a.number(id))}
	}
	w.change(now, name, a)
	return nil
}

// change changes the handlespace as the ASAP side would.
func (w *twin) change(now time.Time, name string, a *arguments) {
	pool, pe := a.element()
	switch name {
	case "register":
		if _, _, err := w.hs.Register(now, pool, &pe, handlespace.Association(a.namedNumber("assoc", 1))); err != nil {
			a.fail(err)
		}
	case "remove":
		w.hs.Deregister(pool, pe.ID)
	default:
		a.fail(fmt.Errorf("unknown command"))
	}
}

// message takes the name of a message, its sender, and the rest of it.
func (w *twin) message(a *arguments) enrpmsg.Message {
	name := a.next()
	ids := enrpmsg.IDs{Sender: a.nextID(), Receiver: wire.ServerID(a.namedNumber("to", uint32(self)))}
	unknown := a.unknown()
	switch name {
	case "presence":
		return w.presence(ids, a)
	case "list-request":
		return &enrpmsg.ListRequest{IDs: ids, Unknown: unknown}
	case "list-response":
		m := &enrpmsg.ListResponse{IDs: ids, Reject: a.flag("reject")}
		for len(a.words) > 0 {
			id, addr, _ := strings.Cut(a.next(), "@")
			p := netip.MustParseAddrPort(addr)
			m.Servers = append(m.Servers, wire.ServerInformation{
				ID:        wire.ServerID(a.number(id)),
				Transport: wire.Transport{Protocol: wire.SCTP, Port: p.Port(), Addrs: []netip.Addr{p.Addr()}},
			})
		}
		return m
	case "table-request":
		return &enrpmsg.HandleTableRequest{IDs: ids, OwnChildrenOnly: a.flag("own"), Unknown: unknown}
	case "table-response":
		m := &enrpmsg.HandleTableResponse{IDs: ids, Reject: a.flag("reject"), MoreToSend: a.flag("more")}
		for len(a.words) > 0 {
			pool, pe := a.element()
			m.Entries = append(m.Entries, enrpmsg.PoolEntry{PoolHandle: pool, PoolElements: []wire.PoolElement{pe}})
		}
		return m
	case "update":
		m := &enrpmsg.HandleUpdate{IDs: ids, TakeoverSuggested: a.flag("suggested"), Unknown: unknown}
		if !a.flag("add") {
			m.Action = enrpmsg.UpdateAction(map[bool]uint16{true: 1, false: 7}[a.flag("del")])
		}
		m.PoolHandle, m.PoolElement = a.element()
		return m
	case "init-takeover":
		return &enrpmsg.InitTakeover{IDs: ids, TargetID: a.nextID()}
	case "init-takeover-ack":
		return &enrpmsg.InitTakeoverAck{IDs: ids, TargetID: a.nextID()}
	case "takeover-server":
		return &enrpmsg.TakeoverServer{IDs: ids, TargetID: a.nextID()}
	case "error":
		return &enrpmsg.Error{IDs: ids, Causes: []wire.ErrorCause{{Code: wire.CauseUnrecognizedMessage}}, Unknown: unknown}
	}
	a.fail(fmt.Errorf("unknown message %q", name))
	return nil
}

// presence takes the address of the sender; "of" are the elements that its checksum is
// about, and without it is what we expect.
func (w *twin) presence(ids enrpmsg.IDs, a *arguments) *enrpmsg.Presence {
	sum := w.hs.Checksum(ids.Sender)
	if s, ok := a.named["of"]; ok {
		sum = 0
		for e := range strings.SplitSeq(s, ",") {
			if pool, id, ok := strings.Cut(e, "/"); ok {
				sum = sum.Add(wire.SumPE(wire.PoolHandle(pool), wire.PEID(a.number(id))))
			}
		}
	}
	p := &enrpmsg.Presence{IDs: ids, ReplyRequired: a.flag("reply"), Checksum: sum.Value(), Unknown: a.unknown()}
	if addrs := a.addrs(); len(addrs) > 0 {
		p.Server = &wire.ServerInformation{
			ID:        wire.ServerID(a.namedNumber("server", uint32(ids.Sender))),
			Transport: wire.Transport{Protocol: wire.SCTP, Port: addrs[0].Port()},
		}
		for _, at := range addrs {
			p.Server.Transport.Addrs = append(p.Server.Transport.Addrs, at.Addr())
		}
	}
	return p
}
