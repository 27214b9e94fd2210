package asap

import (
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// maxCookie is the length of the longest cookie that can be sent, with its padding.
const maxCookie = 0xffff&^3 - 2*wire.MessageHeaderLen

// receiveControl returns a message of the control channel, nil if it is malformed or not
// to be acted on. Unknown parameters in it are reported if their sender asks for it (RFC
// 5354, 3), unless there is no room for the report now: then the peer does not read.
func receiveControl(assoc transport.Association, data []byte) asapmsg.Message {
	m, err := asapmsg.Parse(data)
	if err != nil {
		return nil
	}
	report, discard := asapmsg.ReportUnrecognized(m)
	if report != nil {
		if message, err := controlMessage(report); err == nil {
			_ = assoc.TrySend(message) // If the association has ended, Receive tells.
		}
	}
	if discard {
		return nil
	}
	return m
}

// controlMessage returns a message of the control channel.
func controlMessage(m step.Message) (transport.Message, error) {
	data, err := m.AppendBinary(nil)
	return transport.Message{PPID: wire.PPIDASAP, Data: data}, err
}
