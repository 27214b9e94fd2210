package machine

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// arguments are the words behind a command: first those by position, then name=value,
// and flags, which are lower-case words behind the positions.
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

func (a *arguments) nextNumber() uint32 { return a.number(a.next()) }

func (a *arguments) flag(name string) bool {
	if len(a.words) > 0 && a.words[0] == name {
		a.words = a.words[1:]
		return true
	}
	return false
}

func (a *arguments) namedNumber(name string) uint32 {
	if s, ok := a.named[name]; ok {
		return a.number(s)
	}
	return 0
}

func (a *arguments) duration(name string, otherwise time.Duration) time.Duration {
	s, ok := a.named[name]
	if !ok {
		return otherwise
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		a.fail(err)
	}
	return d
}

func (a *arguments) policy() wire.Policy {
	s, ok := a.named["policy"]
	if !ok {
		return wire.Policy{Type: wire.RoundRobin}
	}
	p, err := wire.ParsePolicyText(s)
	if err != nil {
		a.fail(err)
	}
	p.Load = a.namedNumber("load")
	return p
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

func (a *arguments) causes() []wire.ErrorCause {
	var out []wire.ErrorCause
	if s, ok := a.named["cause"]; ok {
		for code := range strings.SplitSeq(s, ",") {
			out = append(out, wire.ErrorCause{Code: wire.CauseCode(a.number(code))})
		}
	}
	return out
}

// unknown returns parameters of types that nobody knows.
func (a *arguments) unknown(name string) []wire.RawParam {
	var out []wire.RawParam
	if s, ok := a.named[name]; ok {
		for typ := range strings.SplitSeq(s, ",") {
			out = append(out, wire.RawParam{Type: wire.ParamType(a.number(typ)), Value: []byte("?")})
		}
	}
	return out
}

// element takes an identifier and addresses, all with the port of the first.
func (a *arguments) element() wire.PoolElement {
	e := wire.PoolElement{
		ID:               wire.PEID(a.nextNumber()),
		HomeID:           wire.ServerID(a.namedNumber("home")),
		RegistrationLife: a.duration("life", 90*time.Second),
		Policy:           a.policy(),
		UserTransport:    wire.Transport{Protocol: wire.SCTP, Use: wire.DataAndControl, Unknown: a.unknown("in-transport")},
		Unknown:          a.unknown("in-element"),
	}
	for _, p := range a.addrs() {
		if len(e.UserTransport.Addrs) == 0 {
			e.UserTransport.Port = p.Port()
		}
		e.UserTransport.Addrs = append(e.UserTransport.Addrs, p.Addr())
	}
	return e
}

// elements are identifiers only.
func (a *arguments) elements() []wire.PoolElement {
	var out []wire.PoolElement
	for len(a.words) > 0 {
		out = append(out, wire.PoolElement{ID: wire.PEID(a.nextNumber())})
	}
	return out
}

func parseEvent(words []string) (Event, error) {
	a := parseArguments(words[1:])
	ev := eventOf(words[0], a)
	if a.err == nil && ev == nil {
		a.fail(fmt.Errorf("unknown command"))
	}
	if a.err == nil && len(a.words) > 0 {
		a.fail(fmt.Errorf("too many words: %v", a.words))
	}
	return ev, a.err
}

func eventOf(name string, a *arguments) Event {
	switch name {
	case "tick":
		return Tick{}
	case "up":
		return AssociationUp{Assoc: AssocID(a.nextNumber()), Dial: DialID(a.namedNumber("dial")), Peer: a.addrs()}
	case "down":
		return AssociationDown{Assoc: AssocID(a.nextNumber())}
	case "dial-failed":
		return DialFailed{Dial: DialID(a.nextNumber())}
	case "recv":
		return Received{Assoc: AssocID(a.nextNumber()), RTT: a.duration("rtt", 0), Message: parseMessage(a)}
	case "malformed":
		assoc := AssocID(a.nextNumber())
		data := []byte{byte(a.nextNumber()), 0, 0, 8, 0xff, 0xff, 0, 0}
		_, err := asapmsg.Parse(data)
		syntax, ok := err.(*wire.SyntaxError)
		if !ok {
			a.fail(fmt.Errorf("%x is not malformed: %v", data, err))
		}
		return Malformed{Assoc: assoc, Type: asapmsg.Type(data[0]), Err: syntax}
	}
	if ev := clientEvent(name, a); ev != nil {
		return ev
	}
	return sessionEvent(name, a)
}

func clientEvent(name string, a *arguments) Event {
	switch name {
	case "announced":
		return Announced{ID: wire.ServerID(a.nextNumber()), Addrs: a.addrs()}
	case "register":
		return Register{
			Ref:      Ref(a.nextNumber()),
			Pool:     wire.PoolHandle(a.next()),
			Interval: a.duration("interval", 30*time.Second),
			Element:  a.element(),
		}
	case "update":
		return Update{Ref: Ref(a.nextNumber()), Policy: a.policy()}
	case "moved":
		ev := Moved{Ref: Ref(a.nextNumber())}
		for len(a.words) > 0 {
			ev.Addrs = append(ev.Addrs, netip.MustParseAddr(a.next()))
		}
		return ev
	case "deregister":
		return Deregister{Ref: Ref(a.nextNumber())}
	case "abandon":
		return Abandon{Ref: Ref(a.nextNumber())}
	case "resolve":
		return Resolve{Token: Token(a.nextNumber()), Pool: wire.PoolHandle(a.next()), Items: a.namedNumber("items")}
	case "cancel":
		return Cancel{Token: Token(a.nextNumber())}
	case "report":
		return ReportUnreachable{Pool: wire.PoolHandle(a.next()), ID: wire.PEID(a.nextNumber())}
	}
	return nil
}

func sessionEvent(name string, a *arguments) Event {
	switch name {
	case "start":
		return Start{}
	case "candidates":
		return Candidates{Elements: a.elements()}
	case "no-candidates":
		return NoCandidates{}
	case "connected":
		return Connected{}
	case "connect-failed":
		return ConnectFailed{}
	case "lost":
		return Lost{Orderly: a.flag("orderly")}
	case "cookie":
		return CookieReceived{Cookie: []byte(a.next())}
	case "failover":
		return Failover{}
	}
	return nil
}

func parseMessage(a *arguments) asapmsg.Message {
	unknown := a.unknown("unknown")
	pool := func() wire.PoolHandle { return wire.PoolHandle(a.next()) }
	id := func() wire.PEID { return wire.PEID(a.nextNumber()) }
	switch name := a.next(); name {
	case "registration":
		return &asapmsg.Registration{PoolHandle: pool(), PoolElement: a.element(), Unknown: unknown}
	case "registration-response":
		return &asapmsg.RegistrationResponse{Reject: a.flag("reject"), PoolHandle: pool(), PEID: id(), Causes: a.causes(), Unknown: unknown}
	case "deregistration":
		return &asapmsg.Deregistration{PoolHandle: pool(), PEID: id(), Unknown: unknown}
	case "deregistration-response":
		return &asapmsg.DeregistrationResponse{PoolHandle: pool(), PEID: id(), Causes: a.causes(), Unknown: unknown}
	case "resolution":
		return &asapmsg.HandleResolution{PoolHandle: pool(), Items: a.namedNumber("items"), Subscribe: a.flag("subscribe"), Unknown: unknown}
	case "resolution-response":
		m := &asapmsg.HandleResolutionResponse{PoolHandle: pool(), Causes: a.causes(), PoolElements: a.elements(), Unknown: unknown}
		if _, ok := a.named["policy"]; ok {
			p := a.policy()
			m.Policy = &p
		}
		return m
	case "keep-alive":
		return &asapmsg.EndpointKeepAlive{
			Home: a.flag("home"), ServerID: wire.ServerID(a.nextNumber()), PoolHandle: pool(),
			PEID: wire.PEID(a.namedNumber("pe")), Unknown: unknown,
		}
	case "ack":
		return &asapmsg.EndpointKeepAliveAck{PoolHandle: pool(), PEID: id(), Unknown: unknown}
	case "unreachable":
		return &asapmsg.EndpointUnreachable{PoolHandle: pool(), PEID: id(), Unknown: unknown}
	case "cookie":
		return &asapmsg.Cookie{Cookie: []byte(a.next()), Unknown: unknown}
	case "error":
		m := &asapmsg.Error{Causes: a.causes(), Unknown: unknown}
		for _, p := range a.unknown("skipped") {
			info := []byte{byte(p.Type >> 8), byte(p.Type), 0, 4}
			m.Causes = append(m.Causes, wire.ErrorCause{Code: wire.CauseUnrecognizedParameter, Info: info})
		}
		return m
	default:
		a.fail(fmt.Errorf("unknown message %q", name))
		return nil
	}
}
