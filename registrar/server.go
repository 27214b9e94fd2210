package registrar

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rserpool-go/rserpool/registrar/internal/core"
	"github.com/rserpool-go/rserpool/wire"
)

// A Server is a registrar. Its methods may be called by several goroutines.
type Server struct {
	loop loop
	used atomic.Bool // Run or Close has been called
}

// New binds the registrar's endpoints. Associations and messages wait for [Server.Run]. A
// server that is not to run any more has to be closed.
func New(ctx context.Context, config Config) (*Server, error) {
	config = config.withDefaults()
	sides, err := bindEndpoints(ctx, &config)
	if err != nil {
		return nil, err
	}
	return &Server{loop: loop{
		id:     config.ID,
		config: config.core(),
		sides:  sides,
		observer: observer{
			id:          config.ID,
			observe:     config.Observe,
			isMulticast: [core.NumSides]bool{core.ASAP: !config.Announce.Off, core.ENRP: !config.Presence.Off},
		},
		news:  news{log: config.Logger, id: config.ID},
		calls: make(chan func()),
		left:  make(chan struct{}),
		ended: make(chan struct{}),
	}}, nil
}

// Run runs a registrar until the context ends, and then hands its elements to a peer, if there
// is a peer. The zero configuration works.
func Run(ctx context.Context, config Config) error {
	s, err := New(ctx, config)
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// ID returns the registrar's identifier.
func (s *Server) ID() wire.ServerID { return s.loop.id }

// LocalAddrs returns the addresses at which pool elements and pool users reach the registrar.
func (s *Server) LocalAddrs() []netip.AddrPort { return s.loop.sides[core.ASAP].LocalAddrs() }

// ENRPAddrs returns the addresses at which other registrars reach the registrar.
func (s *Server) ENRPAddrs() []netip.AddrPort { return s.loop.sides[core.ENRP].LocalAddrs() }

const (
	// leaveTimeout is the time that a peer has to take over the elements at the end.
	leaveTimeout = 2 * time.Second
	// closeTimeout is the time that peers have to receive the last messages.
	closeTimeout = 2 * time.Second
)

// Run serves until the context ends. Then it hands its elements to a peer, if there is a
// peer, and shuts all associations down gracefully. That takes 4 seconds at most. A server
// runs once: Run fails with [ErrNotRunning] if it has been called before, or after
// [Server.Close].
func (s *Server) Run(ctx context.Context) error {
	if !s.used.CompareAndSwap(false, true) {
		return ErrNotRunning
	}
	go s.loop.run()
	<-ctx.Done()
	s.loop.leave()
	select {
	case <-s.loop.left:
	case <-time.After(leaveTimeout):
	}
	closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	var closers sync.WaitGroup
	for _, side := range s.loop.sides {
		closers.Go(func() { _ = side.Shutdown(closing) }) // After the timeout it aborts the rest.
	}
	closers.Wait()
	s.loop.stop()
	return nil
}

// Close closes the endpoints of a server that has not run. It does nothing after a call of
// [Server.Run], which closes the endpoints at its end.
func (s *Server) Close() error {
	if !s.used.CompareAndSwap(false, true) {
		return nil
	}
	close(s.loop.ended)
	return errors.Join(s.loop.sides[core.ASAP].Close(), s.loop.sides[core.ENRP].Close())
}

// Stats returns the statistics of a running server. It fails with [ErrNotRunning] after the
// end, and with the context's error while Run has not been called.
func (s *Server) Stats(ctx context.Context) (Stats, error) {
	answer := make(chan Stats, 1)
	if err := s.loop.call(ctx, func() { answer <- readStats(s.loop.core, s.loop.id) }); err != nil {
		return Stats{}, err
	}
	return <-answer, nil
}

// Final returns the statistics at the end of a server after Run has returned. Before, it
// returns zero Stats.
func (s *Server) Final() Stats {
	select {
	case <-s.loop.ended:
		return s.loop.final
	default:
		return Stats{}
	}
}
