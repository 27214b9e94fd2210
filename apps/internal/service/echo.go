// Package service holds the services that rspserver offers.
package service

import (
	"context"
	"log/slog"
	"sync"

	"github.com/rserpool-go/rserpool/asap"
)

// Echo sends each message of a session back, with its payload protocol identifier
// and on its stream, until the context ends.
func Echo(ctx context.Context, l *asap.Listener, log *slog.Logger) error {
	return serve(ctx, l, log, echoSession)
}

func echoSession(ctx context.Context, s *asap.ServerSession) error {
	for {
		item, err := s.Receive(ctx)
		if err != nil {
			return err
		}
		// Of cookies an echo has no use: it keeps no state.
		if d, ok := item.(asap.Data); ok {
			if err := s.Send(ctx, d); err != nil {
				return err
			}
		}
	}
}

// serve runs each session in a goroutine of its own, and returns when the context
// has ended and they have too.
func serve(ctx context.Context, l *asap.Listener, log *slog.Logger, session func(context.Context, *asap.ServerSession) error) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		s, err := l.Accept(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		wg.Go(func() {
			log := log.With("assoc", s.Association().ID())
			log.Info("session begins", "peer", s.Association().RemoteAddrs())
			err := session(ctx, s)
			if ctx.Err() == nil {
				log.Info("session ends", "error", err)
			}
		})
	}
}
