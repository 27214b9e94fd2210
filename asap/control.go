package asap

import (
	"context"
	"encoding"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// maxCookie is the length of the longest cookie that fits into a message, in octets.
const maxCookie = 0xffff&^3 - 2*wire.MessageHeaderLen

// receiveControl decodes a message of the control channel. It returns nil if the message is
// malformed or must be discarded. It reports unknown parameters whose type asks for a report
// (RFC 5354, 3), and fails if a report cannot be sent.
func receiveControl(ctx context.Context, assoc transport.Association, data []byte) (asapmsg.Message, error) {
	m, err := asapmsg.Parse(data)
	if err != nil {
		return nil, nil
	}
	report, discard := asapmsg.ReportUnrecognized(m)
	if report != nil {
		if err := sendControl(ctx, assoc, report); err != nil {
			return nil, err
		}
	}
	if discard {
		return nil, nil
	}
	return m, nil
}

// sendControl sends a message on the control channel.
func sendControl(ctx context.Context, assoc transport.Association, m encoding.BinaryAppender) error {
	data, err := m.AppendBinary(nil)
	if err != nil {
		return err
	}
	// RFC 5352, 5: "ASAP messages belonging to the control channel MUST be sent using the PPID
	// registered for ASAP."
	return assoc.Send(ctx, transport.Message{PPID: wire.PPIDASAP, Data: data})
}
