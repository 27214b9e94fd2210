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
	leave  chan struct{} // closed to have the loop hand the elements to a peer
	left   chan struct{} // closed when it has, as far as that is possible
	asked  chan chan<- Stats
	ended  chan struct{} // closed when the loop has ended
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
		leave:  make(chan struct{}),
		left:   make(chan struct{}),
		asked:  make(chan chan<- Stats),
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
	loop, stop := context.WithCancel(context.Background())
	defer stop()
	var wg sync.WaitGroup
	if s.enrp.group != nil {
		wg.Go(func() { s.enrp.hear(loop, s.log) })
	}
	wg.Go(func() { s.loop(loop) })
	<-ctx.Done()
	close(s.leave)
	select {
	case <-s.left:
	case <-time.After(leaveTimeout):
	}
	closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	var closers sync.WaitGroup
	closers.Go(func() { _ = s.asap.hub.Shutdown(closing) }) // What is left in the end has been aborted.
	closers.Go(func() { _ = s.enrp.hub.Shutdown(closing) })
	closers.Wait()
	stop()
	wg.Wait()
	if s.enrp.group != nil {
		return s.enrp.group.Close()
	}
	return nil
}

// loop owns the core.
func (s *Server) loop(ctx context.Context) {
	defer close(s.ended)
	timer := time.NewTimer(0)
	defer timer.Stop()
	addrs := time.NewTicker(addrsInterval)
	defer addrs.Stop()
	leave := s.leave
	var left chan<- struct{} // s.left, while the elements are leaving
	var armed time.Time      // when the timer fires, zero: it has
	requests := s.asap.hub.Events()
	s.refreshAddrs()
	for {
		select {
		case ev := <-requests:
			now := time.Now()
			s.asapEvent(now, ev)
			// Those that have come already are not many, and can be had for less.
			for range len(requests) {
				s.asapEvent(now, <-requests)
			}
		case ev := <-s.enrp.hub.Events():
			s.enrpEvent(ev)
		case ev := <-s.enrp.heard:
			s.stepENRP(ev)
		case <-timer.C:
			armed = time.Time{}
			s.act(s.core.Tick(time.Now()))
		case <-addrs.C:
			s.refreshAddrs()
		case <-leave:
			leave, left = nil, s.left
			s.stepENRP(enrp.Leave{})
		case answer := <-s.asked:
			answer <- s.stats()
		case <-ctx.Done():
			return
		}
		if left != nil && (len(s.core.Peers().Peers()) == 0 || s.core.Handlespace().Owned(s.config.ID) == 0) {
			close(left)
			left = nil
		}
		// A deadline that has moved away is looked at again when the timer fires.
		if d := s.core.Deadline(); armed.IsZero() || d.Before(armed) {
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
