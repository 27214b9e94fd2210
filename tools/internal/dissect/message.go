package dissect

import (
	"errors"
	"fmt"

	"github.com/rserpool-go/rserpool/apps/appmsg"
	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/apps/scripting"
	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Message is a message of a protocol.
type Message struct {
	Protocol Protocol
	// Name is the name that the RFC gives the message, or one made alike.
	Name string
	// Octets are the message as it was received.
	Octets []byte
	// Err tells why the message does not decode; nil if it does.
	Err error

	parsed any // what the codec returned, if Err is nil
}

// Decode decodes a message, which is all of b and stays a part of the result.
func Decode(p Protocol, b []byte) Message {
	m := Message{Protocol: p, Octets: b}
	var typ uint8
	if len(b) > 0 {
		typ = b[0]
	}
	switch p {
	case ASAP:
		m.Name = asapmsg.Type(typ).String()
		m.parsed, m.Err = asapmsg.Parse(b)
	case ENRP:
		m.Name = enrpmsg.Type(typ).String()
		m.parsed, m.Err = enrpmsg.Parse(b)
	case CSP:
		m.Name = "CSP_REPORT"
		m.parsed, m.Err = csp.Parse(b)
	case FGP:
		m.Name = fractal.Type(typ).String()
		m.parsed, m.Err = fractal.Parse(b)
	case PingPong:
		m.Name = pingpong.Type(typ).String()
		m.parsed, m.Err = pingpong.Parse(b)
	case CalcApp:
		m.Name = calcapp.Type(typ).String()
		m.parsed, m.Err = calcapp.Parse(b)
	case SSP:
		m.Name = scripting.Type(typ).String()
		m.parsed, m.Err = scripting.Parse(b)
	default:
		m.Name = dataNames[p]
	}
	return m
}

// Damaged returns an SCTP packet that cannot be read on.
func Damaged(packet []byte, err error) Message {
	return Message{Protocol: SCTP, Name: "SCTP_PACKET", Octets: packet, Err: err}
}

// dataNames are the names of messages that are data and nothing else.
var dataNames = map[Protocol]string{
	Echo: "ECHO_DATA", Discard: "DISCARD_DATA", Daytime: "DAYTIME_DATA", CharGen: "CHARGEN_DATA", Data: "DATA",
}

// Fields returns the fields of the message. Of a damaged one it returns those in front
// of the damage, and perhaps some behind it.
func (m *Message) Fields() Tree {
	switch m.Protocol {
	case ASAP:
		return asapTree(m)
	case ENRP:
		return enrpTree(m)
	case CSP:
		return cspTree(m)
	case FGP, PingPong, CalcApp, SSP:
		return appTree(m)
	case SCTP:
		return nil
	}
	var t Tree
	t.add("data", text(m.Octets), 0, len(m.Octets))
	return t
}

// ErrorOffset returns where the message is damaged, in octets from its start.
func (m *Message) ErrorOffset() int {
	if e, ok := errors.AsType[*wire.SyntaxError](m.Err); ok {
		return e.Offset
	}
	if e, ok := errors.AsType[*csp.SyntaxError](m.Err); ok {
		return e.Offset
	}
	if e, ok := errors.AsType[*appmsg.SyntaxError](m.Err); ok {
		return e.Offset
	}
	if e, ok := errors.AsType[*sctpchunk.SyntaxError](m.Err); ok {
		return e.Offset
	}
	return 0
}

// ErrorText returns what is wrong with the message, without the offset.
func (m *Message) ErrorText() string {
	if e, ok := errors.AsType[*wire.SyntaxError](m.Err); ok && e.Param != 0 {
		return fmt.Sprintf("%v: %v", e.Param, e.Err)
	}
	if e, ok := errors.AsType[*sctpchunk.SyntaxError](m.Err); ok && e.InChunk {
		return fmt.Sprintf("%v: %v", e.Chunk, e.Err)
	}
	err := m.Err
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err.Error()
}

// Pools returns the pools that the message names.
func (m *Message) Pools() []wire.PoolHandle {
	switch p := m.parsed.(type) {
	case *asapmsg.Registration:
		return []wire.PoolHandle{p.PoolHandle}
	case *asapmsg.RegistrationResponse:
		return []wire.PoolHandle{p.PoolHandle}
	case *asapmsg.Deregistration:
		return []wire.PoolHandle{p.PoolHandle}
	case *asapmsg.DeregistrationResponse:
		return []wire.PoolHandle{p.PoolHandle}
	case *asapmsg.HandleResolution:
		return []wire.PoolHandle{p.PoolHandle}
	case *asapmsg.HandleResolutionResponse:
		return []wire.PoolHandle{p.PoolHandle}
	case *asapmsg.EndpointKeepAlive:
		return []wire.PoolHandle{p.PoolHandle}
	case *asapmsg.EndpointKeepAliveAck:
		return []wire.PoolHandle{p.PoolHandle}
	case *asapmsg.EndpointUnreachable:
		return []wire.PoolHandle{p.PoolHandle}
	case *asapmsg.BusinessCard:
		return []wire.PoolHandle{p.PoolHandle}
	case *enrpmsg.HandleUpdate:
		return []wire.PoolHandle{p.PoolHandle}
	case *enrpmsg.HandleTableResponse:
		var out []wire.PoolHandle
		for i := range p.Entries {
			out = append(out, p.Entries[i].PoolHandle)
		}
		return out
	}
	return nil
}
