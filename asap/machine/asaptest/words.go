package asaptest

import (
	"fmt"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// ParseEvent returns the event of a command that brings a message, nil for other commands.
func ParseEvent(name string, a *steptest.Args) step.Event {
	switch name {
	case "recv":
		return step.Received[asapmsg.Message]{
			Assoc: steptest.NextAssoc(a), RTT: a.Duration("rtt", 0), Message: parseMessage(a),
		}
	case "malformed":
		assoc := steptest.NextAssoc(a)
		data := []byte{byte(a.NextNumber()), 0, 0, 8, 0xff, 0xff, 0, 0}
		_, err := asapmsg.Parse(data)
		if err == nil {
			a.Fail(fmt.Errorf("%x is not malformed", data))
		}
		return step.Malformed{Assoc: assoc, Data: data, Err: err}
	}
	return nil
}

// ParsePolicy returns the policy of a command.
func ParsePolicy(a *steptest.Args) wire.Policy {
	s, ok := a.Named("policy")
	if !ok {
		return wire.Policy{Type: wire.RoundRobin}
	}
	p, err := wire.ParsePolicyText(s)
	if err != nil {
		a.Fail(err)
	}
	p.Load = a.NamedNumber("load", 0)
	return p
}

// ParseElement takes an identifier and addresses, all with the port of the first.
func ParseElement(a *steptest.Args) wire.PoolElement {
	e := wire.PoolElement{
		ID:               wire.PEID(a.NextNumber()),
		HomeID:           wire.ServerID(a.NamedNumber("home", 0)),
		RegistrationLife: a.Duration("life", 90*time.Second),
		Policy:           ParsePolicy(a),
		UserTransport:    wire.Transport{Protocol: wire.SCTP, Use: wire.DataAndControl, Unknown: parseUnknown(a, "in-transport")},
		Unknown:          parseUnknown(a, "in-element"),
	}
	for _, p := range a.Addrs() {
		if len(e.UserTransport.Addrs) == 0 {
			e.UserTransport.Port = p.Port()
		}
		e.UserTransport.Addrs = append(e.UserTransport.Addrs, p.Addr())
	}
	return e
}

// ParseElements takes the rest of the words as identifiers of elements without further values.
func ParseElements(a *steptest.Args) []wire.PoolElement {
	var out []wire.PoolElement
	for a.More() {
		out = append(out, wire.PoolElement{ID: wire.PEID(a.NextNumber())})
	}
	return out
}

func parseCauses(a *steptest.Args) []wire.ErrorCause {
	var out []wire.ErrorCause
	for _, code := range a.List("cause") {
		out = append(out, wire.ErrorCause{Code: wire.CauseCode(a.Number(code))})
	}
	return out
}

// parseUnknown returns parameters of types that nobody knows.
func parseUnknown(a *steptest.Args, name string) []wire.RawParam {
	var out []wire.RawParam
	for _, typ := range a.List(name) {
		out = append(out, wire.RawParam{Type: wire.ParamType(a.Number(typ)), Value: []byte("?")})
	}
	return out
}

func parseMessage(a *steptest.Args) asapmsg.Message {
	unknown := parseUnknown(a, "unknown")
	pool := func() wire.PoolHandle { return wire.PoolHandle(a.Next()) }
	id := func() wire.PEID { return wire.PEID(a.NextNumber()) }
	switch name := a.Next(); name {
	case "registration":
		return &asapmsg.Registration{PoolHandle: pool(), PoolElement: ParseElement(a), Unknown: unknown}
	case "registration-response":
		return &asapmsg.RegistrationResponse{Reject: a.Flag("reject"), PoolHandle: pool(), PEID: id(), Causes: parseCauses(a), Unknown: unknown}
	case "deregistration":
		return &asapmsg.Deregistration{PoolHandle: pool(), PEID: id(), Unknown: unknown}
	case "deregistration-response":
		return &asapmsg.DeregistrationResponse{PoolHandle: pool(), PEID: id(), Causes: parseCauses(a), Unknown: unknown}
	case "resolution":
		return &asapmsg.HandleResolution{PoolHandle: pool(), Items: a.NamedNumber("items", 0), Subscribe: a.Flag("subscribe"), Unknown: unknown}
	case "resolution-response":
		m := &asapmsg.HandleResolutionResponse{PoolHandle: pool(), Causes: parseCauses(a), PoolElements: ParseElements(a), Unknown: unknown}
		if _, ok := a.Named("policy"); ok {
			p := ParsePolicy(a)
			m.Policy = &p
		}
		return m
	case "keep-alive":
		return &asapmsg.EndpointKeepAlive{
			Home: a.Flag("home"), Contested: a.Flag("contested"), ServerID: wire.ServerID(a.NextNumber()), PoolHandle: pool(),
			PEID: wire.PEID(a.NamedNumber("pe", 0)), Unknown: unknown,
		}
	case "ack":
		return &asapmsg.EndpointKeepAliveAck{PoolHandle: pool(), PEID: id(), Unknown: unknown}
	case "unreachable":
		return &asapmsg.EndpointUnreachable{PoolHandle: pool(), PEID: id(), Unknown: unknown}
	case "cookie":
		return &asapmsg.Cookie{Cookie: []byte(a.Next()), Unknown: unknown}
	case "error":
		m := &asapmsg.Error{Causes: parseCauses(a), Unknown: unknown}
		for _, p := range parseUnknown(a, "skipped") {
			info := []byte{byte(p.Type >> 8), byte(p.Type), 0, 4}
			m.Causes = append(m.Causes, wire.ErrorCause{Code: wire.CauseUnrecognizedParameter, Info: info})
		}
		return m
	default:
		a.Fail(fmt.Errorf("unknown message %q", name))
		return nil
	}
}

// DescribeMessage describes a message for a transcript.
func DescribeMessage(m step.Message) string {
	return steptest.DescribeMessage(m, asapmsg.Parse, describe)
}

func describe(m asapmsg.Message) string {
	switch m := m.(type) {
	case *asapmsg.Registration:
		e := &m.PoolElement
		return fmt.Sprintf("registration %v %v %v %v life %v home %v", m.PoolHandle, e.ID, steptest.JoinAddrs(e.UserTransport.AddrPorts()), e.Policy, e.RegistrationLife, e.HomeID)
	case *asapmsg.RegistrationResponse:
		return fmt.Sprintf("registration-response %v %v%s%s", m.PoolHandle, m.PEID, steptest.WordIf(m.Reject, " reject"), DescribeCauses(m.Causes))
	case *asapmsg.Deregistration:
		return fmt.Sprintf("deregistration %v %v", m.PoolHandle, m.PEID)
	case *asapmsg.DeregistrationResponse:
		return fmt.Sprintf("deregistration-response %v %v%s", m.PoolHandle, m.PEID, DescribeCauses(m.Causes))
	case *asapmsg.HandleResolution:
		return fmt.Sprintf("resolution %v items %d", m.PoolHandle, m.Items)
	case *asapmsg.HandleResolutionResponse:
		policy := ""
		if m.Policy != nil {
			policy = " " + m.Policy.String()
		}
		return fmt.Sprintf("resolution-response %v%s%s%s%s", m.PoolHandle, policy, DescribeIDs(m.PoolElements), steptest.WordIf(m.Accept, " accept"), DescribeCauses(m.Causes))
	case *asapmsg.EndpointKeepAlive:
		return fmt.Sprintf("keep-alive %v %v %v%s%s", m.ServerID, m.PoolHandle, m.PEID, steptest.WordIf(m.Home, " home"), steptest.WordIf(m.Contested, " contested"))
	case *asapmsg.EndpointKeepAliveAck:
		return fmt.Sprintf("ack %v %v", m.PoolHandle, m.PEID)
	case *asapmsg.EndpointUnreachable:
		return fmt.Sprintf("unreachable %v %v", m.PoolHandle, m.PEID)
	case *asapmsg.Error:
		return "error" + DescribeCauses(m.Causes)
	}
	return m.Type().String()
}

// DescribeCauses lists error causes with their information.
func DescribeCauses(causes []wire.ErrorCause) string {
	var b strings.Builder
	for _, c := range causes {
		fmt.Fprintf(&b, ", cause: %v", c.Code)
		if len(c.Info) > 0 {
			fmt.Fprintf(&b, " (%x)", c.Info)
		}
	}
	return b.String()
}

// DescribeIDs lists elements, or tells their number if there are many.
func DescribeIDs(elements []wire.PoolElement) string {
	if len(elements) > 8 {
		return fmt.Sprintf(" and %d elements", len(elements))
	}
	var b strings.Builder
	for i := range elements {
		fmt.Fprintf(&b, " %v", elements[i].ID)
	}
	return b.String()
}
