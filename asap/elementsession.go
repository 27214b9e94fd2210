package asap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// elementSession is a pool element's side of a session.
type elementSession struct {
	listener *Listener
	assoc    transport.Association

	mu      sync.Mutex // guards the fields below
	begun   bool       // a message has arrived
	early   *Message   // has arrived, and nobody has received it
	state   []byte     // of the predecessor
	resumed bool
	share   int64 // of the element's load
	over    bool  // the session takes no share any more
	closed  bool  // by this side
}

func newElementSession(l *Listener, assoc transport.Association) *elementSession {
	return &elementSession{listener: l, assoc: assoc}
}

// errLateState: a user may show a state only before anything else.
var errLateState = errors.New("state cookie in the middle of a session")

func (e *elementSession) send(ctx context.Context, m Message) error {
	return e.explain(e.assoc.Send(ctx, transport.Message(m)))
}

func (e *elementSession) receive(ctx context.Context) (Message, error) {
	m, err := e.takeEarly(), error(nil)
	for m == nil && err == nil {
		m, err = e.next(ctx)
	}
	if err != nil {
		return Message{}, err
	}
	return *m, nil
}

// next takes the next message of the user. It returns nil for a control message, whose state it
// restores.
func (e *elementSession) next(ctx context.Context) (*Message, error) {
	m, err := e.assoc.Receive(ctx)
	if down, ok := errors.AsType[*transport.DownError](err); ok && down.Cause == transport.CauseShutdown {
		if e.giveBack() {
			return nil, ErrClosed
		}
		return nil, io.EOF
	}
	if err != nil {
		return nil, e.explain(err)
	}
	if !isControl(m) {
		e.mu.Lock()
		e.begun = true
		e.mu.Unlock()
		return (*Message)(&m), nil
	}
	echo, ok := receiveControl(e.assoc, m.Data).(*asapmsg.CookieEcho)
	if ok && !e.restore(echo.Cookie) {
		e.abort(errLateState.Error())
		return nil, errLateState
	}
	return nil, nil
}

// takeEarly returns the message that has arrived while the session waited for a state, once.
func (e *elementSession) takeEarly() *Message {
	e.mu.Lock()
	defer e.mu.Unlock()
	m := e.early
	e.early = nil
	return m
}

// awaitState waits for a state or a message.
func (e *elementSession) awaitState(ctx context.Context) (state []byte, resumed bool, err error) {
	for {
		e.mu.Lock()
		begun, state, resumed := e.begun, e.state, e.resumed
		e.mu.Unlock()
		if begun || resumed {
			return state, resumed, nil
		}
		m, err := e.next(ctx)
		if err != nil {
			return nil, false, err
		}
		if m != nil {
			e.mu.Lock()
			e.early = m
			e.mu.Unlock()
		}
	}
}

func (e *elementSession) request(ctx context.Context, m Message) (Message, error) {
	if err := e.send(ctx, m); err != nil {
		return Message{}, err
	}
	return e.receive(ctx)
}

// explain returns the error of a call on the association. If the session has ended, its share
// of the load is given back.
func (e *elementSession) explain(err error) error {
	down, ok := errors.AsType[*transport.DownError](err)
	if !ok {
		return err
	}
	if closed := e.giveBack(); closed || down.Cause == transport.CauseAbortLocal || e.listener.ending.begun.Load() {
		return ErrClosed
	}
	return fmt.Errorf("session with %v: %w", e.assoc.RemoteAddrs()[0], err)
}

// restore takes the state of the predecessor. It returns false if the session has begun.
func (e *elementSession) restore(state []byte) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.begun || e.resumed {
		return false
	}
	e.state, e.resumed = state, true
	return true
}

func (e *elementSession) restored() ([]byte, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.state, e.resumed
}

func (e *elementSession) setState(ctx context.Context, state []byte) error {
	if len(state) == 0 || len(state) > maxCookie {
		return fmt.Errorf("state of a session must have 1 to %d octets, not %d", maxCookie, len(state))
	}
	m, err := controlMessage(&asapmsg.Cookie{Cookie: state})
	if err != nil {
		return err
	}
	return e.explain(e.assoc.Send(ctx, m))
}

func (e *elementSession) setLoad(fraction float64) {
	share := int64(0)
	if fraction > 0 { // Not for NaN.
		share = int64(min(fraction, 1) * wire.FullLoad)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.over {
		e.changeShare(share)
	}
}

// changeShare changes the session's share of the load. The caller has the lock.
func (e *elementSession) changeShare(share int64) {
	if share != e.share {
		e.listener.load.add(share - e.share)
		e.share = share
	}
}

// giveBack ends the session's share of the load. It reports whether this side has closed the
// session.
func (e *elementSession) giveBack() (closed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.changeShare(0)
	e.over = true
	return e.closed
}

// close notes that this side ends the session.
func (e *elementSession) close() {
	e.giveBack()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
}

func (e *elementSession) shutDown(ctx context.Context) error {
	e.close()
	var reader sync.WaitGroup
	reader.Go(func() { discard(e.assoc) })
	defer reader.Wait()
	return e.assoc.Shutdown(ctx)
}

func (e *elementSession) abort(reason string) {
	e.close()
	e.assoc.Abort(reason)
}

func (e *elementSession) addrs() (local, remote []netip.AddrPort) {
	return e.assoc.LocalAddrs(), e.assoc.RemoteAddrs()
}

func (e *elementSession) element() wire.PEID { return e.listener.ID() }
