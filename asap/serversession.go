package asap

import (
	"context"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// A ServerSession is a pool element's side of a session. Its methods may be called by several
// goroutines.
type ServerSession struct {
	assoc transport.Association
}

// Association returns the association of the session.
func (s *ServerSession) Association() transport.Association { return s.assoc }

// Receive returns the next item, a [Data] or a [CookieEcho]. It ignores other messages on the
// control channel. At the end of the session it fails with a *[transport.DownError].
func (s *ServerSession) Receive(ctx context.Context) (Item, error) {
	for {
		m, err := s.assoc.Receive(ctx)
		if err != nil {
			return nil, err
		}
		if m.PPID != wire.PPIDASAP {
			return Data(m), nil
		}
		control, err := receiveControl(ctx, s.assoc, m.Data)
		if err != nil {
			return nil, err
		}
		if echo, ok := control.(*asapmsg.CookieEcho); ok {
			return CookieEcho{Cookie: echo.Cookie}, nil
		}
	}
}

// Send sends a message. It waits while the user does not receive earlier messages.
func (s *ServerSession) Send(ctx context.Context, d Data) error {
	return s.assoc.Send(ctx, transport.Message(d))
}

// SendCookie hands the state of the session to its user. After the death of this element, the user
// shows it to the next element (RFC 5352, 3.8). Only the newest cookie counts. A cookie has 1 to
// 65524 octets.
func (s *ServerSession) SendCookie(ctx context.Context, cookie []byte) error {
	return sendControl(ctx, s.assoc, &asapmsg.Cookie{Cookie: cookie})
}

// Close ends the session gracefully: sent messages are delivered while the context lasts.
func (s *ServerSession) Close(ctx context.Context) error { return s.assoc.Shutdown(ctx) }

// Abort ends the session at once. The user fails over.
func (s *ServerSession) Abort(reason string) { s.assoc.Abort(reason) }
