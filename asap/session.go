package asap

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/netip"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/wire"
)

// A Session is a session between a pool user and a pool element, on either side: [Node.Dial]
// opens a user's session, and [Listener.Accept] an element's. Its methods may be called by
// several goroutines.
//
// A user's session goes on at another element when its element is gone, whether or not the
// program is in a call. The first call of Receive or Send after such a failover
// returns a *[FailoverError], once; the session goes on.
type Session struct {
	pool wire.PoolHandle
	side side
}

// side is a side of a session: *userSession or *elementSession.
type side interface {
	send(ctx context.Context, m Message) error
	receive(ctx context.Context) (Message, error)
	request(ctx context.Context, m Message) (Message, error)
	shutDown(ctx context.Context) error
	abort(reason string)
	addrs() (local, remote []netip.AddrPort)
	element() wire.PEID
}

// Pool returns the pool's handle.
func (s *Session) Pool() string { return string(s.pool) }

// Element returns the identifier of the element that serves the session, or served it last. It
// is 0 before the first element.
func (s *Session) Element() wire.PEID { return s.side.element() }

// LocalAddrs returns the transport addresses of this side, the primary address first. There
// is none while the session has no element.
func (s *Session) LocalAddrs() []netip.AddrPort {
	local, _ := s.side.addrs()
	return local
}

// RemoteAddrs returns the transport addresses of the opposite side, the primary address first.
// There is none while the session has no element.
func (s *Session) RemoteAddrs() []netip.AddrPort {
	_, remote := s.side.addrs()
	return remote
}

// Send sends a message, reliably and in order within its stream. It waits while the opposite
// side does not take its messages, and in a user's session while there is no element. Its
// success does not mean delivery: messages on their way to an element that dies are lost. It
// fails with a *[FailoverError] if the session has moved and the program does not know yet:
// then the message was not sent, and unread messages of the former element are dropped.
// A session whose failover is manual fails with [ErrBroken] while it has no element.
func (s *Session) Send(ctx context.Context, m Message) error {
	if m.PPID == wire.PPIDASAP {
		return ErrControl
	}
	return s.side.send(ctx, m)
}

// Receive returns the next message. On the side of an element it returns [io.EOF] when the
// user has shut the session down, and an error with the *transport.DownError when it has
// ended otherwise. On the side of a user it returns a *[FailoverError] when the session has
// moved to another element, and [ErrClosed] when the session is closed.
func (s *Session) Receive(ctx context.Context) (Message, error) { return s.side.receive(ctx) }

// Messages returns the messages of the session until its end. A *[FailoverError] comes among
// them and does not end them. Any other error is yielded as the last, also [ErrClosed] and the
// context's error. Only [io.EOF] ends the messages without an error.
func (s *Session) Messages(ctx context.Context) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for {
			m, err := s.Receive(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			_, moved := errors.AsType[*FailoverError](err)
			if !yield(m, err) || err != nil && !moved {
				return
			}
		}
	}
}

// Request sends a message and returns the next message that comes back. After a failover it
// sends the message again, even if another call has been told of the failover, so the request
// must be idempotent. Requests of several goroutines would take each other's answers. The answer
// to a Request that its context has ended may still come: the next Request would return it.
//
// On the user's side its error is the context's error, [ErrClosed] or [ErrControl]. A session
// whose failover is manual returns a *[FailoverError] when it has lost its element, once, and
// [ErrBroken] while it has none.
func (s *Session) Request(ctx context.Context, m Message) (Message, error) {
	if m.PPID == wire.PPIDASAP {
		return Message{}, ErrControl
	}
	return s.side.request(ctx, m)
}

// SetState gives the state of the session to its user, who shows it to the next element if
// this element dies (RFC 5352, 3.8). Only the newest state counts. It has 1 to 65,524 octets.
// Anybody can send a state to an element: seal it, for example with package asap/cookie.
// SetState is for the element's side.
func (s *Session) SetState(ctx context.Context, state []byte) error {
	e, ok := s.side.(*elementSession)
	if !ok {
		return ErrNotServing
	}
	return e.setState(ctx, state)
}

// State returns the newest state that a former element has set by SetState, as the user has
// sent it. resumed is false if there is none, even after a failover. The user sends the state
// before anything else, so State knows it when the first Receive has returned, or Messages has
// yielded for the first time. State is for the element's side.
func (s *Session) State() (state []byte, resumed bool) {
	e, ok := s.side.(*elementSession)
	if !ok {
		return nil, false
	}
	return e.restored()
}

// AwaitState waits until the user has sent a state or a message, and returns what State returns
// from then on. A message stays for the next Receive. Services whose user waits for them after a
// failover call AwaitState before they receive. It fails as Receive does. AwaitState is for the
// element's side.
func (s *Session) AwaitState(ctx context.Context) (state []byte, resumed bool, err error) {
	e, ok := s.side.(*elementSession)
	if !ok {
		return nil, false, ErrNotServing
	}
	return e.awaitState(ctx)
}

// SetLoad says which part of the element the session takes from now on, from 0 to 1. The sum
// over all sessions is the load of the element, which the registrar is told if the policy
// is adaptive, together with the load of the policy ([Listener.SetPolicy]). A session takes
// nothing at its beginning, and nothing once Receive or Send has told its end, or the program
// has ended it. SetLoad is for the element's side; on the user's side it does nothing.
func (s *Session) SetLoad(fraction float64) {
	if e, ok := s.side.(*elementSession); ok {
		e.setLoad(fraction)
	}
}

// Failover leaves the element, and waits until another element serves the session. The former
// element is reported as unreachable. A session whose failover is manual and that has lost its
// element goes on by Failover. When the context ends, Failover returns its error, and the session
// still goes on at the next element. Failover is for the user's side.
func (s *Session) Failover(ctx context.Context) error {
	return s.leave(ctx, machine.Failover{})
}

// MoveOn leaves the element for another, like Failover, but does not report it: the element works,
// and only refuses this session, for example because it has no room. MoveOn is for the user's side.
func (s *Session) MoveOn(ctx context.Context) error {
	return s.leave(ctx, machine.Failover{Works: true})
}

func (s *Session) leave(ctx context.Context, how machine.Failover) error {
	u, ok := s.side.(*userSession)
	if !ok {
		return ErrNotServing
	}
	return u.failOver(ctx, how)
}

// Close ends the session at once. On the user's side the element's Receive fails with a
// *[transport.DownError]; on the element's side the user fails over. Close cuts a Shutdown off
// that is under way.
func (s *Session) Close() error {
	s.side.abort("closed")
	return nil
}

// Shutdown ends the session gracefully: messages that were sent are delivered first. When
// the context ends before, the session is aborted, and Shutdown returns the context's error.
func (s *Session) Shutdown(ctx context.Context) error { return s.side.shutDown(ctx) }
