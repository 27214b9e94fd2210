package player

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/tools/internal/meaning"
	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// TestScenarios plays scripts at a registrar that the scenario plays itself. The registrar of
// the script is 0x00000001, and the live registrar 0x00000999 in all scenarios.
func TestScenarios(t *testing.T) {
	t.Parallel()
	steptest.RunScenarios(t, "testdata/*.txt", func(t *testing.T, set steptest.Settings) steptest.Subject {
		config := Config{
			Speed: 1, Patience: set.Duration("Patience"), Offset: uint32(set.Number("Offset")), ASAPOnly: set.Bool("ASAPOnly"),
			Overlap: set.Bool("Overlap"),
		}
		if set.Bool("Max") {
			config.Speed = 0
		}
		if set.Bool("Slow") {
			config.Speed = 0.001
		}
		p := New(config)
		s := new(scenario)
		return steptest.Subject{
			Machine: tested{p, set.Bool("Record")}, Event: s.event, Describe: describeAction,
			Ask: func(name string) ([]string, bool) {
				switch name {
				case "state":
					return []string{stateOf(p)}, true
				case "counts":
					return []string{fmt.Sprintf("%+v", p.Counts())}, true
				}
				return nil, false
			},
		}
	})
}

// tested is a player whose recorded session is left out, unless the scenario is about it.
type tested struct {
	*Player
	isRecorded bool
}

func (p tested) Step(now time.Time, ev step.Event) []step.Action {
	return slices.DeleteFunc(p.Player.Step(now, ev), func(a step.Action) bool {
		_, played := a.(Played)
		return played && !p.isRecorded
	})
}

func stateOf(p *Player) string {
	switch {
	case p.Err() != nil:
		return fmt.Sprint("failed: ", p.Err())
	case p.Done():
		return "done"
	case p.Ready():
		return "ready"
	}
	return "busy"
}

// scenario is the language of the scenarios.
type scenario struct {
	ppids map[uint64]uint32
}

func (s *scenario) event(_ time.Time, name string, a *steptest.Args) step.Event {
	switch name {
	case "cue":
		return Perform{s.cue(a)}
	case "end":
		return End{}
	case "stop":
		return Stop{}
	case "opened":
		ev := Opened{Actor: ActorID(a.NextNumber()), Addrs: a.Addrs()}
		if len(ev.Addrs) == 0 {
			ev.Err = errNotBound
		}
		return ev
	}
	actor := ActorID(a.NextNumber())
	var ev step.Event
	switch name {
	case "actor-up":
		ev = step.Up{Assoc: steptest.NextAssoc(a), Dial: step.DialID(a.NamedNumber("dial", 0))}
	case "actor-down":
		down := step.Down{Assoc: steptest.NextAssoc(a)}
		if a.Flag("gracefully") {
			down.Err = &transport.DownError{Cause: transport.CauseShutdown}
		}
		ev = down
	case "actor-refused":
		ev = step.DialFailed{Dial: step.DialID(a.NextNumber()), Err: errRefused}
	case "actor-recv":
		assoc := steptest.NextAssoc(a)
		ev = step.Received[script.Message]{Assoc: assoc, Message: parseMessage(a)}
	default:
		a.Fail(fmt.Errorf("unknown command"))
	}
	return Happened{Actor: actor, Event: ev}
}

// cue reads a cue: time, kind, number of the association, and the rest.
func (s *scenario) cue(a *steptest.Args) script.Cue {
	at, err := time.ParseDuration(a.Next())
	if err != nil {
		a.Fail(err)
	}
	kind := a.Next()
	c := script.Cue{At: at, Assoc: uint64(a.NextNumber()), Registrar: 1}
	switch kind {
	case "open":
		c.Kind, c.PPID = script.Open, wire.PPIDASAP
		if a.Flag("ENRP") {
			c.PPID = wire.PPIDENRP
		}
		if s.ppids == nil {
			s.ppids = make(map[uint64]uint32)
		}
		s.ppids[c.Assoc] = c.PPID
		c.ByRegistrar = a.Flag("by-registrar")
		c.Client = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(c.Assoc)}), 1000)
		if text, ok := a.Named("client"); ok {
			if c.Client, err = netip.ParseAddrPort(text); err != nil {
				a.Fail(err)
			}
		}
		return c
	case "close":
		c.Kind, c.Aborted, c.ByRegistrar = script.Close, a.Flag("aborted"), a.Flag("by-registrar")
	case "say":
		c.Kind, c.Message = script.Say, parseMessage(a)
	case "hear":
		c.Kind, c.Message = script.Hear, parseMessage(a)
	default:
		a.Fail(fmt.Errorf("unknown cue"))
	}
	c.PPID = s.ppids[c.Assoc]
	return c
}

func describeAction(action step.Action) string {
	switch a := action.(type) {
	case OpenActor:
		return fmt.Sprintf("open actor %d", a.Actor)
	case CloseActor:
		return fmt.Sprintf("close actor %d", a.Actor)
	case Do:
		return fmt.Sprintf("actor %d: %s", a.Actor, steptest.Describe(a.Action, func(m step.Message) string {
			sent, _ := m.(script.Message)
			return describeMessage(sent)
		}))
	case Mapped:
		return fmt.Sprintf("%s %s is %s", a.Kind, a.Script, a.Live)
	case Played:
		return "played " + describeCue(a.Cue)
	case Outcome:
		return describeOutcome(a)
	}
	return ""
}

func describeCue(c script.Cue) string {
	kind := [...]string{script.Open: "open", script.Say: "say", script.Hear: "hear", script.Close: "close"}[c.Kind]
	text := fmt.Sprintf("%s %d %v registrar %v", kind, c.Assoc, c.Client, c.Registrar)
	if c.Kind == script.Say || c.Kind == script.Hear {
		text += ": " + describeMessage(c.Message)
	}
	return text + steptest.WordIf(c.ByRegistrar, " by the registrar") + steptest.WordIf(c.Aborted, " aborted")
}

// describeOutcome describes an outcome by its topic and the differences of its answers.
func describeOutcome(o Outcome) string {
	text := fmt.Sprintf("outcome %d %s #%d:", o.Topic.Assoc, o.Topic.Text, o.Topic.Number)
	if o.Ended != nil {
		return fmt.Sprintf("%s ended in script %v, live %v", text, o.Ended.Script, o.Ended.Live)
	}
	differences := meaning.Compare(o.Script, o.Live)
	if len(differences) == 0 {
		text += " same"
	}
	for _, d := range differences {
		text += fmt.Sprintf(" [%s: %q, %q]", d.Field, d.A, d.B)
	}
	for _, id := range o.Strangers {
		text += fmt.Sprintf(" stranger %v", id)
	}
	return text + steptest.WordIf(o.Latency > 0, " after "+o.Latency.String())
}

func describeMessage(m script.Message) string {
	protocol := dissect.ASAP
	if m.ENRP != nil {
		protocol = dissect.ENRP
	}
	d := dissect.Decode(protocol, m.Octets)
	return strings.TrimSpace(d.Name + " " + d.Summary())
}

// parseMessage reads a message: its kind and its parts.
func parseMessage(a *steptest.Args) script.Message {
	kind := a.Next()
	if kind == "damaged" {
		return script.Message{Octets: []byte{1, 0, 0, 8, 0, 0, 0, 0}}
	}
	var m step.Message
	if parse, ok := asapMessages[kind]; ok {
		m = parse(a)
	} else if parse, ok := enrpMessages[kind]; ok {
		m = parse(a)
	} else {
		a.Fail(fmt.Errorf("unknown message %q", kind))
		return script.Message{}
	}
	out, err := message(m)
	if err != nil {
		a.Fail(err)
	}
	return out
}

func pool(a *steptest.Args) wire.PoolHandle { return wire.PoolHandle(a.Next()) }
func pe(a *steptest.Args) wire.PEID         { return wire.PEID(a.NextNumber()) }

func causes(a *steptest.Args) (out []wire.ErrorCause) {
	if code := a.NamedNumber("cause", 0); code != 0 {
		out = append(out, wire.ErrorCause{Code: wire.CauseCode(code)})
	}
	return out
}

var asapMessages = map[string]func(*steptest.Args) step.Message{
	"registration": func(a *steptest.Args) step.Message {
		return &asapmsg.Registration{PoolHandle: pool(a), PoolElement: parseElement(a, pe(a))}
	},
	"registered": func(a *steptest.Args) step.Message {
		return &asapmsg.RegistrationResponse{PoolHandle: pool(a), PEID: pe(a), Reject: a.Flag("reject"), Causes: causes(a)}
	},
	"deregistration": func(a *steptest.Args) step.Message {
		return &asapmsg.Deregistration{PoolHandle: pool(a), PEID: pe(a)}
	},
	"deregistered": func(a *steptest.Args) step.Message {
		return &asapmsg.DeregistrationResponse{PoolHandle: pool(a), PEID: pe(a)}
	},
	"resolution": func(a *steptest.Args) step.Message { return &asapmsg.HandleResolution{PoolHandle: pool(a)} },
	"resolved": func(a *steptest.Args) step.Message {
		m := &asapmsg.HandleResolutionResponse{PoolHandle: pool(a), Causes: causes(a)}
		policy := policyOf(a)
		home := wire.ServerID(a.NamedNumber("home", 0))
		if m.Causes == nil {
			m.Policy = &policy
		}
		for a.More() {
			e := parseElement(a, pe(a))
			e.Policy, e.HomeID = policy, home
			m.PoolElements = append(m.PoolElements, e)
		}
		return m
	},
	"keep-alive": func(a *steptest.Args) step.Message {
		return &asapmsg.EndpointKeepAlive{ServerID: wire.ServerID(a.NextNumber()), PoolHandle: pool(a), PEID: pe(a), Home: a.Flag("home")}
	},
	"ack": func(a *steptest.Args) step.Message {
		return &asapmsg.EndpointKeepAliveAck{PoolHandle: pool(a), PEID: pe(a)}
	},
	"unreachable": func(a *steptest.Args) step.Message {
		return &asapmsg.EndpointUnreachable{PoolHandle: pool(a), PEID: pe(a)}
	},
	"error": func(a *steptest.Args) step.Message { return &asapmsg.Error{Causes: causes(a)} },
}

func policyOf(a *steptest.Args) wire.Policy {
	text, ok := a.Named("policy")
	if !ok {
		text = "RoundRobin"
	}
	p, err := wire.ParsePolicyText(text)
	if err != nil {
		a.Fail(err)
	}
	return p
}

// parseElement returns an element with two addresses.
func parseElement(a *steptest.Args, id wire.PEID) wire.PoolElement {
	return wire.PoolElement{
		ID: id, HomeID: wire.ServerID(a.NamedNumber("home", 0)), RegistrationLife: time.Minute, Policy: policyOf(a),
		UserTransport: wire.Transport{
			Protocol: wire.SCTP, Port: 5000, Use: wire.DataAndControl,
			Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.1.0.1")},
		},
	}
}

func ids(a *steptest.Args) enrpmsg.IDs {
	return enrpmsg.IDs{Sender: wire.ServerID(a.NextNumber()), Receiver: wire.ServerID(a.NextNumber())}
}

func target(a *steptest.Args) wire.ServerID { return wire.ServerID(a.NextNumber()) }

func server(id wire.ServerID) wire.ServerInformation {
	return wire.ServerInformation{ID: id, Transport: wire.Transport{
		Protocol: wire.SCTP, Port: 9901, Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.9")},
	}}
}

var enrpMessages = map[string]func(*steptest.Args) step.Message{
	"presence": func(a *steptest.Args) step.Message {
		m := &enrpmsg.Presence{IDs: ids(a), ReplyRequired: a.Flag("reply"), Checksum: uint16(a.NamedNumber("checksum", 0xffff))}
		s := server(m.Sender)
		m.Server = &s
		return m
	},
	"list-request":  func(a *steptest.Args) step.Message { return &enrpmsg.ListRequest{IDs: ids(a)} },
	"table-request": func(a *steptest.Args) step.Message { return &enrpmsg.HandleTableRequest{IDs: ids(a)} },
	"list": func(a *steptest.Args) step.Message {
		m := &enrpmsg.ListResponse{IDs: ids(a)}
		for a.More() {
			m.Servers = append(m.Servers, server(target(a)))
		}
		return m
	},
	"table": func(a *steptest.Args) step.Message {
		m := &enrpmsg.HandleTableResponse{IDs: ids(a), MoreToSend: a.Flag("more")}
		if a.More() {
			e := enrpmsg.PoolEntry{PoolHandle: pool(a)}
			for a.More() {
				e.PoolElements = append(e.PoolElements, distant(a))
			}
			m.Entries = []enrpmsg.PoolEntry{e}
		}
		return m
	},
	"update": func(a *steptest.Args) step.Message {
		m := &enrpmsg.HandleUpdate{IDs: ids(a)}
		if a.Flag("del") {
			m.Action = enrpmsg.DelPE
		}
		m.PoolHandle, m.PoolElement = pool(a), distant(a)
		return m
	},
	"takeover": func(a *steptest.Args) step.Message {
		return &enrpmsg.InitTakeover{IDs: ids(a), TargetID: target(a)}
	},
	"takeover-ack": func(a *steptest.Args) step.Message {
		return &enrpmsg.InitTakeoverAck{IDs: ids(a), TargetID: target(a)}
	},
	"taken-over": func(a *steptest.Args) step.Message {
		return &enrpmsg.TakeoverServer{IDs: ids(a), TargetID: target(a)}
	},
}

// distant returns an element with a home and an ASAP transport.
func distant(a *steptest.Args) wire.PoolElement {
	e := parseElement(a, pe(a))
	t := e.UserTransport
	t.Port = 6000
	e.ASAPTransport = &t
	return e
}

var (
	errRefused  = errors.New("refused")
	errNotBound = errors.New("not bound")
)
