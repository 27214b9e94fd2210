package registrar

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/registrar/internal/core"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// A Server is a registrar.
type Server struct {
	config Config
	log    *slog.Logger
	core   *core.Core
	sides  [core.NumSides]endpoint
	calls  chan func()   // what the loop is to do besides
	left   chan struct{} // closed when the elements have left, as far as that is possible
	ended  chan struct{} // closed when the loop has ended

	// These are the loop's own.
	leaving bool // the elements are being handed to a peer
	stopped bool
	final   Stats // set before it ends
}

// New binds the registrar's endpoints. What arrives waits for Run.
func New(ctx context.Context, config Config) (*Server, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{
		config: config,
		log:    config.Logger,
		calls:  make(chan func()),
		left:   make(chan struct{}),
		ended:  make(chan struct{}),
	}
	s.core = core.New(core.Config{
		Elements:     config.elements(),
		Peers:        config.peers(),
		MaxElements:  config.MaxElements,
		MaxIncrement: config.MaxIncrement,
		Random:       config.Random,
	}, time.Now())
	if err := s.listen(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// ID returns the registrar's identifier.
func (s *Server) ID() wire.ServerID { return s.config.ID }

// LocalAddrs returns where pool elements and pool users reach the registrar.
func (s *Server) LocalAddrs() []netip.AddrPort { return s.sides[core.ASAP].LocalAddrs() }

// PeerAddrs returns where other registrars reach the registrar.
func (s *Server) PeerAddrs() []netip.AddrPort { return s.sides[core.ENRP].LocalAddrs() }

const (
	// leaveTimeout is how long elements have to move to a peer at the end.
	leaveTimeout = 2 * time.Second
	// closeTimeout is how long peers have to take what is on its way to them.
	closeTimeout = 2 * time.Second
)

// Run serves until the context ends. Then it hands its elements to a peer, if there
// is one, and shuts all associations down gracefully. A server runs once.
func (s *Server) Run(ctx context.Context) error {
	background := context.Background()
	go s.loop()
	<-ctx.Done()
	_ = s.call(background, func() {
		s.leaving = true
		s.handle(time.Now(), core.ENRP, enrp.Leave{})
	})
	select {
	case <-s.left:
	case <-time.After(leaveTimeout):
	}
	closing, cancel := context.WithTimeout(background, closeTimeout)
	defer cancel()
	var closers sync.WaitGroup
	for _, side := range s.sides {
		closers.Go(func() { _ = side.Shutdown(closing) }) // What is left in the end has been aborted.
	}
	closers.Wait()
	_ = s.call(background, func() { s.stopped = true })
	<-s.ended
	return nil
}

// call has the loop call a function. It fails with [ErrNotRunning] when the loop has
// ended, and with the context's error while it has not begun.
func (s *Server) call(ctx context.Context, f func()) error {
	select {
	case s.calls <- f:
		return nil
	case <-s.ended:
		return ErrNotRunning
	case <-ctx.Done():
		return ctx.Err()
	}
}

// loop owns the core.
func (s *Server) loop() {
	defer func() {
		s.final = s.stats()
		close(s.ended)
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var armed time.Time // when the timer fires, zero: it has
	requests, peers := s.sides[core.ASAP].Events(), s.sides[core.ENRP].Events()
	// The local addresses are the first event of each side. Without them there is no Presence.
	s.handle(time.Now(), core.ASAP, <-requests)
	s.handle(time.Now(), core.ENRP, <-peers)
	for !s.stopped {
		// A request passes here, so the cases are few: each has its price.
		select {
		case ev := <-requests:
			s.handleAll(core.ASAP, ev, requests)
		case ev := <-peers:
			s.handleAll(core.ENRP, ev, peers)
		case f := <-s.calls:
			f()
		case <-timer.C:
			// It brings when it was due, and the core's time must not go back.
			now := time.Now()
			armed = time.Time{}
			s.act(s.core.Tick(now))
		}
		if s.leaving && (s.core.Peers().NumPeers() == 0 || s.core.Handlespace().Owned(s.config.ID) == 0) {
			s.leaving = false
			close(s.left)
		}
		// A deadline that has moved away is looked at again when the timer fires.
		d := s.core.Deadline()
		if armed.IsZero() || d.Before(armed) {
			armed = d
			timer.Reset(time.Until(d))
		}
	}
}

// handleAll handles an event of a side, and the further events that wait there: they are
// few, and each passage through select has its price. Both sides have the same right to it,
// or peers would wait long while there are many requests.
func (s *Server) handleAll(side core.Side, first step.Event, further <-chan step.Event) {
	now := time.Now()
	s.handle(now, side, first)
	for range len(further) {
		s.handle(now, side, <-further)
	}
}
