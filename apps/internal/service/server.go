package service

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
)

// Config says how a service is run.
type Config struct {
	// Listener is the pool element.
	Listener *asap.Listener
	// Policy is the policy with which it is registered. If that is an adaptive one,
	// the element is registered again when its load changes.
	Policy wire.Policy
	// Out gets a line for what the users of the service do, who wait while it is written.
	Out io.Writer
	// Usage is kept up to date while the service is served. Nil: nobody looks.
	Usage *Usage
	// Logger gets the beginnings and the ends of sessions.
	Logger *slog.Logger
}

// closeTimeout is how long a user has to take what is on its way at the end of a
// session.
const closeTimeout = 5 * time.Second

// Serve serves each session in a goroutine of its own, until the context ends. It
// returns when they have ended too.
func (s *Service) Serve(ctx context.Context, config Config) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	usage := config.Usage
	if usage == nil {
		usage = new(Usage)
	}
	load := newLoad(config.Policy, config.Listener, config.Logger, usage)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { load.report(ctx) })
	ended := make(chan struct{})
	accepted := make(chan *asap.ServerSession)
	failed := make(chan error, 1)
	wg.Go(func() { failed <- accept(ctx, config.Listener, accepted) })
	for number := uint64(1); ; {
		select {
		case conn := <-accepted:
			log := config.Logger.With("session", number)
			if s.MaxSessions > 0 && usage.Sessions() >= s.MaxSessions {
				log.Warn("session refused, there are as many as there may be", "sessions", usage.Sessions())
				wg.Go(func() { finish(ctx, conn, nil) })
				continue
			}
			session := &Session{ServerSession: conn, number: number, out: config.Out, load: load}
			number++
			usage.sessions.Add(1)
			wg.Go(func() {
				s.serve(ctx, session, log)
				select {
				case ended <- struct{}{}:
				case <-ctx.Done():
				}
			})
		case <-ended:
			usage.sessions.Add(-1)
		case err := <-failed:
			return err
		}
	}
}

// accept takes sessions until the context ends.
func accept(ctx context.Context, l *asap.Listener, accepted chan<- *asap.ServerSession) error {
	for {
		session, err := l.Accept(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case accepted <- session:
		case <-ctx.Done():
			return nil
		}
	}
}

// serve serves one session from its beginning to its end.
func (s *Service) serve(ctx context.Context, session *Session, log *slog.Logger) {
	log.Info("session begins", "peer", session.Association().RemoteAddrs()[0])
	err := s.Handle(ctx, session)
	session.SetLoad(0)
	if ctx.Err() != nil {
		return // The listener ends all that are left.
	}
	reason := "served"
	if err != nil {
		reason = err.Error()
	}
	log.Info("session ends", "reason", reason)
	finish(ctx, session.ServerSession, err)
}

// finish ends a session of which the error is known: gracefully if there is none. It
// does nothing to one that has ended already.
func finish(ctx context.Context, session *asap.ServerSession, err error) {
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, closeTimeout)
		defer cancel()
		_ = session.Close(ctx) // What fails is aborted.
		return
	}
	if _, down := errors.AsType[*transport.DownError](err); !down {
		session.Abort(err.Error())
	}
}
