package asap

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
)

// DialConfig configures a session of a pool user.
type DialConfig struct {
	// Manual leaves the failover to the program: after a [FailoverNecessary] the session waits
	// for a call of [Session.Failover].
	Manual bool

	// RetryInterval is the pause before the pool is resolved again when no element could be
	// reached. It doubles up to RetryIntervalMax, and varies by a half. 0: 100 milliseconds and
	// 5 seconds.
	RetryInterval, RetryIntervalMax time.Duration
}

// A Session is a pool user's session with a pool. An element serves it at a time. Its methods
// may be called by several goroutines. The program must call Receive all the time, because the
// failover waits while items wait.
type Session struct {
	loop     sessionLoop
	end      context.CancelFunc // ends loop.life
	close    sync.Once
	closeErr error
}

// Dial opens a session with an element of a pool, which the registrar chooses. It tries again until
// the context ends. Then it fails with the context's error, joined with the error of the last
// attempt.
func (n *Node) Dial(ctx context.Context, pool wire.PoolHandle, config DialConfig) (*Session, error) {
	if err := checkPool(pool); err != nil {
		return nil, err
	}
	if min(config.RetryInterval, config.RetryIntervalMax) < 0 {
		return nil, errors.New("asap: a retry interval below 0 is configured")
	}
	// Each session has a port of its own, because two sessions with an element must not share an
	// association.
	endpoint, err := n.config.Network.Listen(ctx, transport.ListenConfig{})
	if err != nil {
		return nil, err
	}
	s := &Session{loop: sessionLoop{
		node:     n,
		pool:     pool,
		log:      n.log.With("pool", pool),
		endpoint: endpoint,
		events:   make(chan sessionEvent),
		items:    make(chan Item, 16),
		ready:    make(chan struct{}),
	}}
	if err := s.start(ctx, config); err != nil {
		return nil, errors.Join(err, endpoint.Close())
	}
	select {
	case <-s.loop.ready:
		return s, nil
	case <-ctx.Done():
		err = errors.Join(context.Cause(ctx), s.loop.service.lastFailure())
	case <-s.loop.life.Done():
		err = ErrClosed
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_ = s.Close(ended) // No message waits for its delivery.
	return nil, err
}

// start starts the session, unless the node is closed.
func (s *Session) start(ctx context.Context, config DialConfig) error {
	n := s.loop.node
	err := ErrClosed
	if callErr := n.call(ctx, func(time.Time) {
		if n.closing {
			return
		}
		err = nil
		n.sessions[s] = struct{}{}
		s.loop.life, s.end = context.WithCancel(n.life)
		s.loop.start(machine.SessionConfig{
			RetryInterval:    config.RetryInterval,
			RetryIntervalMax: config.RetryIntervalMax,
			Manual:           config.Manual,
		}, rand.New(rand.NewPCG(n.config.Random.Uint64(), n.config.Random.Uint64())))
	}); callErr != nil {
		return callErr
	}
	return err
}

// Pool returns the pool's handle.
func (s *Session) Pool() wire.PoolHandle { return s.loop.pool }

// Element returns the element that serves the session, or served it last.
func (s *Session) Element() wire.PEID {
	_, element, _ := s.loop.service.current()
	return element
}

// Serving returns the element that serves the session, and the time at which the association
// with it was opened. The time is zero while no element serves the session, as far as
// [Session.Receive] has told.
func (s *Session) Serving() (element wire.PEID, since time.Time) {
	assoc, element, since := s.loop.service.current()
	if assoc == nil {
		return 0, time.Time{}
	}
	return element, since
}

// Receive returns the next item: a [Data], [FailoverNecessary] or [FailoverComplete]. It fails with
// [ErrClosed] when the session is closed.
func (s *Session) Receive(ctx context.Context) (Item, error) {
	select {
	case item := <-s.loop.items:
		if r, ok := item.(resumption); ok {
			s.loop.service.use(r.conn, r.Element)
			return r.FailoverComplete, nil
		}
		return item, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-s.loop.life.Done():
		return nil, ErrClosed
	}
}

// Send sends a message to the element. It fails with [ErrBroken] from the loss of the element until
// Receive has returned [FailoverComplete], and with [ErrClosed] when the session is closed.
//
// Send waits while the element does not receive earlier messages. If the element waits in turn
// until the program receives its messages, Send and the element wait for each other until the
// context ends.
func (s *Session) Send(ctx context.Context, d Data) error {
	err := ErrBroken
	if assoc, _, _ := s.loop.service.current(); assoc != nil {
		err = assoc.Send(ctx, transport.Message(d))
	}
	if err != nil && s.loop.life.Err() != nil {
		return ErrClosed
	}
	if _, down := errors.AsType[*transport.DownError](err); down {
		return errors.Join(ErrBroken, err)
	}
	return err
}

// Failover reports the element that serves the session as unreachable, leaves it, and continues the
// session at another element.
func (s *Session) Failover(ctx context.Context) error {
	select {
	case s.loop.events <- sessionEvent{event: machine.Failover{}}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.loop.life.Done():
		return ErrClosed
	}
}

// Close ends the session gracefully: sent messages are delivered while the context lasts.
func (s *Session) Close(ctx context.Context) error {
	s.close.Do(func() {
		s.end()
		s.loop.wg.Wait()
		n := s.loop.node
		_ = n.call(n.life, func(time.Time) { delete(n.sessions, s) })
		s.closeErr = s.loop.endpoint.Shutdown(ctx)
	})
	return s.closeErr
}
