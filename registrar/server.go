package registrar

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/registrar/internal/core"
	"github.com/rserpool-go/rserpool/wire"
)

// A Server is a registrar.
type Server struct {
	config Config
	log    *slog.Logger
	core   *core.Core
	asap   asapSide
	enrp   enrpSide
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
		Elements:     config.Elements,
		Peers:        config.Peers,
		MaxElements:  config.MaxElements,
		MaxIncrement: config.MaxIncrement,
		Random:       config.Random,
	}, time.Now())
	if err := s.asap.listen(ctx, config); err != nil {
		return nil, err
	}
	if err := s.enrp.listen(ctx, config); err != nil {
		return nil, errors.Join(err, s.asap.hub.Close())
	}
	return s, nil
}

// ID returns the registrar's identifier.
func (s *Server) ID() wire.ServerID { return s.config.ID }

// LocalAddrs returns where pool elements and pool users reach the registrar.
func (s *Server) LocalAddrs() []netip.AddrPort { return s.asap.endpoint.LocalAddrs() }

// PeerAddrs returns where other registrars reach the registrar.
func (s *Server) PeerAddrs() []netip.AddrPort { return s.enrp.endpoint.LocalAddrs() }

const (
	// addrsInterval is how often changes of the host's addresses are looked for.
	addrsInterval = 5 * time.Second
	// leaveTimeout is how long elements have to move to a peer at the end.
	leaveTimeout = 2 * time.Second
	// closeTimeout is how long peers have to take what is on its way to them.
	closeTimeout = 2 * time.Second
)

// Run serves until the context ends. Then it hands its elements to a peer, if there
// is one, and shuts all associations down gracefully. A server runs once.
func (s *Server) Run(ctx context.Context) error {
	background := context.Background()
	var wg sync.WaitGroup
	hearing, stopHearing := context.WithCancel(background)
	defer stopHearing()
	if s.enrp.group != nil {
		wg.Go(func() { s.hear(hearing) })
	}
	wg.Go(s.loop)
	<-ctx.Done()
	_ = s.call(background, func() {
		s.leaving = true
		s.stepENRP(enrp.Leave{})
	})
	select {
	case <-s.left:
	case <-time.After(leaveTimeout):
	}
	closing, cancel := context.WithTimeout(background, closeTimeout)
	defer cancel()
	var closers sync.WaitGroup
	closers.Go(func() { _ = s.asap.hub.Shutdown(closing) }) // What is left in the end has been aborted.
	closers.Go(func() { _ = s.enrp.hub.Shutdown(closing) })
	closers.Wait()
	stopHearing()
	_ = s.call(background, func() { s.stopped = true })
	wg.Wait()
	if s.enrp.group != nil {
		return s.enrp.group.Close()
	}
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
	s.refreshAddrs()
	refresh := time.Now().Add(addrsInterval)
	var armed time.Time // when the timer fires, zero: it has
	requests, peers := s.asap.hub.Events(), s.enrp.hub.Events()
	for !s.stopped {
		// A request passes here, so the cases are few: each has its price.
		select {
		case ev := <-requests:
			now := time.Now()
			s.asapEvent(now, ev)
			// Those that have come already are not many, and can be had for less.
			for range len(requests) {
				s.asapEvent(now, <-requests)
			}
		case ev := <-peers:
			s.enrpEvent(ev)
			// As many as of the others, or peers would wait long when there is much to do.
			for range len(peers) {
				s.enrpEvent(<-peers)
			}
		case f := <-s.calls:
			f()
		case <-timer.C:
			// It brings when it was due, and the core's time must not go back.
			now := time.Now()
			armed = time.Time{}
			s.act(s.core.Tick(now))
			if !now.Before(refresh) {
				refresh = now.Add(addrsInterval)
				s.refreshAddrs()
			}
		}
		if s.leaving && (s.core.Peers().NumPeers() == 0 || s.core.Handlespace().Owned(s.config.ID) == 0) {
			s.leaving = false
			close(s.left)
		}
		// A deadline that has moved away is looked at again when the timer fires.
		d := s.core.Deadline()
		if refresh.Before(d) {
			d = refresh
		}
		if armed.IsZero() || d.Before(armed) {
			armed = d
			timer.Reset(time.Until(d))
		}
	}
}

// act does what the registrar asks for.
func (s *Server) act(actions []core.Action) {
	for _, a := range actions {
		if a.ASAP != nil {
			s.actASAP(a.ASAP)
		} else {
			s.actENRP(a.ENRP)
		}
	}
}

// refreshAddrs tells the machines where the registrar can be reached now.
func (s *Server) refreshAddrs() {
	s.stepASAP(time.Now(), machine.LocalAddrs{Addrs: s.asap.endpoint.LocalAddrs()})
	s.stepENRP(enrp.LocalAddrs{Addrs: s.enrp.endpoint.LocalAddrs()})
}
