package asap

import (
	"context"
	"encoding"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// A ServerSession is a pool element's side of a session. Its methods may be called
// by several goroutines.
type ServerSession struct {
	assoc transport.Association
}

// Association returns the association under the session.
func (s *ServerSession) Association() transport.Association { return s.assoc }

// Receive returns the next item, a [Data] or a [CookieEcho]. When the session has
// ended it returns a *[transport.DownError].
func (s *ServerSession) Receive(ctx context.Context) (Item, error) {
	for {
		m, err := s.assoc.Receive(ctx)
		if err != nil {
			return nil, err
		}
		if m.PPID != wire.PPIDASAP {
			return Data(m), nil
		}
		// What is malformed, or is no business of an element's, is ignored.
		control, err := receiveControl(ctx, s.assoc, m.Data)
		if err != nil {
			return nil, err
		}
		if echo, ok := control.(*asapmsg.CookieEcho); ok {
			return CookieEcho{Cookie: echo.Cookie}, nil
		}
	}
}

// Send sends a message. It waits while the user does not take what was sent before.
func (s *ServerSession) Send(ctx context.Context, d Data) error {
	return s.assoc.Send(ctx, transport.Message(d))
}

// SendCookie hands the state of the session to its user, who shows it to the next
// element if this one dies (RFC 5352, 3.7). Only the newest counts. It has 1 to 65524
// octets.
func (s *ServerSession) SendCookie(ctx context.Context, cookie []byte) error {
	return sendControl(ctx, s.assoc, &asapmsg.Cookie{Cookie: cookie})
}

// Close ends the session gracefully: what was sent is delivered while the context
// lasts.
func (s *ServerSession) Close(ctx context.Context) error { return s.assoc.Shutdown(ctx) }

// Abort ends the session at once. The user fails over.
func (s *ServerSession) Abort(reason string) { s.assoc.Abort(reason) }

// receiveControl returns a message of the control channel, nil if it is malformed or not
// to be acted on. Parameters in it that are unknown are reported if their sender wants
// that (RFC 5354, 3); it fails if they cannot be.
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

// sendControl sends a message on the control channel, which has the association in
// common with the data (RFC 5352, 1.3).
func sendControl(ctx context.Context, assoc transport.Association, m encoding.BinaryAppender) error {
	data, err := m.AppendBinary(nil)
	if err != nil {
		return err
	}
	return assoc.Send(ctx, transport.Message{PPID: wire.PPIDASAP, Data: data})
}
