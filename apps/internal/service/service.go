package service

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
)

// A Service serves the users of a pool. It is an [asap.Handler], and its methods may be called by
// several goroutines.
type Service struct {
	// Title is the name of the service in words.
	Title string
	// Pool is the pool handle, unless the command line has another.
	Pool string
	// Policy is the pool's policy, unless the command line has another. Zero: RoundRobin.
	Policy wire.Policy
	// MaxSessions is the number of sessions at a time. 0: no limit.
	MaxSessions int
	// Serve serves a session until it returns. Without an error the session is shut down in order,
	// otherwise it is aborted.
	Serve func(context.Context, *Session) error
	// Refuse answers a session beyond MaxSessions. Nil: such a session is shut down without an answer.
	Refuse func(context.Context, *Session) error
	// Close frees the resources of the service after its last session. Nil: it has none.
	Close func() error

	// Out gets a line for each event of a session. The session waits for the write.
	Out io.Writer
	// Prefix stands before the number of the session in these lines.
	Prefix string
	// Seal seals the states of sessions. Nil: states travel as they are.
	Seal *Seal

	total    atomic.Uint64 // of sessions so far
	sessions atomic.Int64  // now
	load     atomic.Int64  // in units of wire.FullLoad
}

// maxRefusing is the number of sessions at a time that Refuse answers.
const maxRefusing = 32

// ListenLimit returns the number of sessions for which ServeSession has an answer. 0: no limit.
func (s *Service) ListenLimit() int {
	if s.Refuse != nil {
		return s.MaxSessions + maxRefusing
	}
	return s.MaxSessions
}

// Sessions returns the number of sessions.
func (s *Service) Sessions() int { return int(s.sessions.Load()) }

// Load returns the load of all sessions, from 0 to 1.
func (s *Service) Load() float64 { return min(float64(s.load.Load())/wire.FullLoad, 1) }

// ServeSession serves a session until it ends.
func (s *Service) ServeSession(ctx context.Context, conn *asap.Session) error {
	session := &Session{Session: conn, service: s, number: s.total.Add(1)}
	if n := s.sessions.Add(1); s.Refuse != nil && n > int64(s.MaxSessions) {
		s.sessions.Add(-1) // Only sessions that are served count.
		session.Printf("refused, user at %v", conn.RemoteAddrs()[0])
		return s.Refuse(ctx, session)
	}
	defer s.sessions.Add(-1)
	defer session.SetLoad(0)
	session.Printf("begins, user at %v", conn.RemoteAddrs()[0])
	err := s.Serve(ctx, session)
	session.Printf("ends%s", reason(err))
	return err
}

// reason returns the reason for the end of a session in words. A session that ends in order has
// no reason.
func reason(err error) string {
	down, isDown := errors.AsType[*transport.DownError](err)
	switch {
	case err == nil, isDown && down.Cause == transport.CauseShutdown:
		return ""
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return " with the server"
	case isDown && down.Reason != "":
		return ": " + down.Cause.String() + ": " + down.Reason
	case isDown:
		return ": " + down.Cause.String()
	}
	return ": " + err.Error()
}
