package registrar

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/registrar/internal/core"
	"github.com/rserpool-go/rserpool/wire"
)

// A Server is a registrar. Its methods may be called by several goroutines.
type Server struct {
	loop loop
}

// New binds the registrar's endpoints. Associations and messages wait for [Server.Run].
func New(ctx context.Context, config Config) (*Server, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	sides, err := bindEndpoints(ctx, &config)
	if err != nil {
		return nil, err
	}
	c := core.New(config.core(), time.Now())
	return &Server{loop{
		id:    config.ID,
		core:  c,
		sides: sides,
		observer: observer{
			id:          config.ID,
			observe:     config.Observe,
			isMulticast: [core.NumSides]bool{core.ASAP: config.Announce.IsValid(), core.ENRP: config.Presence.IsValid()},
		},
		news:  news{log: config.Logger, id: config.ID, handlespace: c.Handlespace()},
		calls: make(chan func()),
		left:  make(chan struct{}),
		ended: make(chan struct{}),
	}}, nil
}

// ID returns the registrar's identifier.
func (s *Server) ID() wire.ServerID { return s.loop.id }

// LocalAddrs returns the addresses at which pool elements and pool users reach the registrar.
func (s *Server) LocalAddrs() []netip.AddrPort { return s.loop.sides[core.ASAP].LocalAddrs() }

// PeerAddrs returns the addresses at which other registrars reach the registrar.
func (s *Server) PeerAddrs() []netip.AddrPort { return s.loop.sides[core.ENRP].LocalAddrs() }

const (
	// leaveTimeout is the time that a peer has to take over the elements at the end.
	leaveTimeout = 2 * time.Second
	// closeTimeout is the time that peers have to receive the last messages.
	closeTimeout = 2 * time.Second
)

// Run serves until the context ends. Then it hands its elements to a peer, if there is a
// peer, and shuts all associations down gracefully. That takes 4 seconds at most. The error
// is always nil. A server runs once.
func (s *Server) Run(ctx context.Context) error {
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
