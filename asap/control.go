package asap

import (
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// maxCookie is the length of the longest cookie that can be sent, with its padding.
const maxCookie = 0xffff&^3 - 2*wire.MessageHeaderLen

// receiveControl returns a message of the control channel, nil if it is malformed or not to be acted
// on. Messages of an unknown type and damaged messages are reported to the peer (RFC 5352, 2.2.14),
// as are unknown parameters, if their types ask for it (RFC 5354, 3 and 4).
func receiveControl(assoc transport.Association, data []byte) asapmsg.Message {
	m, err := asapmsg.Parse(data)
	if err != nil {
		complain(assoc, asapmsg.ReportMalformed(data, err))
		return nil
	}
	report, discard := asapmsg.ReportUnrecognized(m)
	complain(assoc, report)
	if discard {
		return nil
	}
	return m
}

// complain sends a report, if there is any. There is no report while the association has no room
// for it: then the peer does not read.
func complain(assoc transport.Association, report *asapmsg.Error) {
	if report == nil {
		return
	}
	if message, err := controlMessage(report); err == nil {
		_ = assoc.TrySend(message) // If the association has ended, Receive tells.
	}
}

// controlMessage returns a message of the control channel.
func controlMessage(m step.Message) (transport.Message, error) {
	data, err := m.AppendBinary(nil)
	return transport.Message{PPID: wire.PPIDASAP, Data: data}, err
}
