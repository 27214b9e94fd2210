package asap

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rserpool-go/rserpool/transport"
)

// A Handler serves sessions of pool users.
type Handler interface {
	// ServeSession serves a session until it returns. The session is then shut down
	// gracefully, or aborted if the error is not nil: in that case the user fails over.
	// The context ends when Serve ends. ServeSession should return soon then: the element
	// leaves its pool when all handlers have returned.
	ServeSession(ctx context.Context, s *Session) error
}

// A HandlerFunc is a function that serves a session.
type HandlerFunc func(ctx context.Context, s *Session) error

// ServeSession calls the function.
func (f HandlerFunc) ServeSession(ctx context.Context, s *Session) error { return f(ctx, s) }

// sessionCloseTimeout is the time that a user has to take the last messages of a session, and
// that a listener has to end after the end of Serve's context.
const sessionCloseTimeout = 5 * time.Second

// maxRefusing is the number of sessions beyond the limit that are shut down in order at a time.
// Further ones are aborted.
const maxRefusing = 32

// Serve accepts sessions and has each served by the handler in a goroutine of its own, until
// the context ends or the listener is closed. Sessions beyond ListenConfig.MaxSessions are shut
// down as soon as they begin.
//
// When the context ends, Serve waits until all handlers have returned. Then it ends the listener
// like [Listener.Shutdown], with a limit of 5 seconds, and returns nil: the element leaves its
// pool, and its users fail over. A Shutdown that is under way keeps its own limit. When the
// listener is closed first, Serve returns [ErrClosed] after all handlers have returned.
func (l *Listener) Serve(ctx context.Context, h Handler) error {
	if err := l.serve(ctx, h); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sessionCloseTimeout)
	defer cancel()
	err := l.ending.join(ctx, l.finish)
	if err != nil && !errors.Is(err, context.Canceled) { // The program has cut other ends off.
		l.node.log.Warn("element not shut down in order", "pool", l.pool, "pe_id", l.ID(), "error", err)
	}
	return nil
}

// serve serves sessions. It returns nil after the end of the context, and [ErrClosed] for a
// listener that was closed.
func (l *Listener) serve(ctx context.Context, h Handler) error {
	ctx, cancel := context.WithCancel(ctx)
	var handlers sync.WaitGroup
	defer handlers.Wait()
	defer cancel()
	var serving, refusing atomic.Int64
	for number := uint64(1); ; {
		s, err := l.Accept(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		log := l.node.log.With("pool", l.pool)
		if n := serving.Load(); l.config.MaxSessions > 0 && n >= int64(l.config.MaxSessions) {
			log.Warn("session refused: limit reached", "sessions", n)
			if refusing.Load() >= maxRefusing {
				s.side.abort("too many sessions") // Users that vanish must not pile up.
				continue
			}
			refusing.Add(1)
			handlers.Go(func() {
				defer refusing.Add(-1)
				s.side.(*elementSession).finish(ctx, nil)
			})
			continue
		}
		log = log.With("session", number)
		number++
		serving.Add(1)
		handlers.Go(func() {
			defer serving.Add(-1)
			serveSession(ctx, s, h, log)
		})
	}
}

// serveSession serves a session from its beginning to its end.
func serveSession(ctx context.Context, s *Session, h Handler, log *slog.Logger) {
	e := s.side.(*elementSession)
	log.Info("session begins", "peer", s.RemoteAddrs()[0])
	err := h.ServeSession(ctx, s)
	e.giveBack()
	if ctx.Err() != nil {
		go discard(e.assoc) // Until the listener ends the session.
		return
	}
	if err != nil {
		log.Info("session ends", "error", err)
	} else {
		log.Info("session ends")
	}
	e.finish(ctx, err)
}

// finish ends a session whose handler has returned err. It does nothing to a session that has
// ended already.
func (e *elementSession) finish(ctx context.Context, err error) {
	if err != nil {
		e.abort(err.Error())
		return
	}
	// The end of Serve does not make an end in order an abort.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sessionCloseTimeout)
	defer cancel()
	_ = e.shutDown(ctx) // Data that is not delivered in time is dropped.
}

// discard reads and drops messages until the association ends. The end in order of an association
// needs room for the messages that the peer has sent.
func discard(assoc transport.Association) {
	for {
		if _, err := assoc.Receive(context.Background()); err != nil {
			return
		}
	}
}
