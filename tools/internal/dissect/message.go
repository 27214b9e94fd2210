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
	// Name is the name of the message in its RFC, or a name of the same form.
	Name string
	// Octets are the message as it was received.
	Octets []byte
	// Err is the error of a damaged message.
	Err error

	parsed any // the message of the codec, if Err is nil
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

// Damaged returns the message for a damaged SCTP packet.
func Damaged(packet []byte, err error) Message {
	return Message{Protocol: SCTP, Name: "SCTP_PACKET", Octets: packet, Err: err}
}

// dataNames are the names of messages that consist of user data.
var dataNames = map[Protocol]string{
	Echo: "ECHO_DATA", Discard: "DISCARD_DATA", Daytime: "DAYTIME_DATA", CharGen: "CHARGEN_DATA", Data: "DATA",
}

// Fields returns the fields of the message. The fields of a damaged message end near the
// damage.
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

// ErrorText returns the error of the message, without the offset.
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
