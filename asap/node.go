package asap

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// A Node is an ASAP endpoint, which all pool elements and pool users of a program share. Its
// methods may be called by several goroutines.
type Node struct {
	config Config
	log    *slog.Logger

	hub   *hub.Hub[asapmsg.Message]
	calls chan func(now time.Time) // functions that the loop calls

	life     context.Context // until Close
	end      context.CancelFunc
	wg       sync.WaitGroup
	close    sync.Once
	closeErr error

	// The loop alone uses the fields below.
	client        *machine.Client
	refs          machine.Ref   // last used
	tokens        machine.Token // last used
	registrations map[machine.Ref]*registration
	sessions      map[closer]struct{}
	resolutions   map[machine.Token]chan<- resolution
	homeSince     time.Time // the time at which the home registrar became the home
	closing       bool      // the node accepts no further listeners and sessions
}

// NewNode opens an ASAP endpoint. It does not wait for a registrar.
func NewNode(ctx context.Context, config Config) (*Node, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	endpoint, err := config.Network.Listen(ctx, config.Local)
	if err != nil {
		return nil, err
	}
	var group transport.Group
	if !config.NoAnnounce {
		if group, err = config.Network.Join(ctx, config.Announce); err != nil {
			return nil, errors.Join(err, endpoint.Close())
		}
	}
	n := &Node{
		config: config,
		log:    config.Logger,
		hub: hub.New(hub.Config[asapmsg.Message]{
			Endpoint:    endpoint,
			PPID:        wire.PPIDASAP,
			Parse:       asapmsg.Parse,
			Group:       group,
			DialTimeout: config.ConnectTimeout,
			QueueOctets: 1 << 20, // For reports of malformed messages to a registrar that does not read.
			Logger:      config.Logger,
		}),
		calls:         make(chan func(time.Time)),
		client:        machine.NewClient(config.client(), config.Random),
		registrations: make(map[machine.Ref]*registration),
		sessions:      make(map[closer]struct{}),
		resolutions:   make(map[machine.Token]chan<- resolution),
	}
	n.life, n.end = context.WithCancel(context.Background())
	n.wg.Go(n.run)
	return n, nil
}

// LocalAddrs returns the addresses of the ASAP endpoint.
func (n *Node) LocalAddrs() []netip.AddrPort { return n.hub.LocalAddrs() }

// Close closes all listeners and sessions, as gracefully as the context allows, and then the ASAP
// endpoint. It returns their errors, joined.
func (n *Node) Close(ctx context.Context) error {
	n.close.Do(func() { n.closeErr = n.shutDown(ctx) })
	return n.closeErr
}

// shutDown does the work of Close.
func (n *Node) shutDown(ctx context.Context) error {
	var open []closer
	// The call takes no time, and must happen even if ctx has ended.
	_ = n.call(n.life, func(time.Time) {
		n.closing = true
		for _, r := range n.registrations {
			open = append(open, r.owner)
		}
		for s := range n.sessions {
			open = append(open, s)
		}
	})
	errs := make([]error, len(open))
	var closers sync.WaitGroup
	for i, c := range open {
		closers.Go(func() { errs[i] = c.Close(ctx) })
	}
	closers.Wait()
	errs = append(errs, n.hub.Shutdown(ctx))
	n.end()
	n.wg.Wait()
	return errors.Join(errs...)
}

// call has the loop call f, and returns afterwards. It fails with the context's error, and with
// [ErrClosed] after Close.
func (n *Node) call(ctx context.Context, f func(now time.Time)) error {
	done := make(chan struct{})
	wrapped := func(now time.Time) {
		f(now)
		close(done)
	}
	select {
	case n.calls <- wrapped:
		<-done
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-n.life.Done():
		return ErrClosed
	}
}

// addrsInterval is the time between two looks at the addresses of the host.
const addrsInterval = 5 * time.Second

// run is the loop. It owns the machine.
func (n *Node) run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	addrs := time.NewTicker(addrsInterval)
	defer addrs.Stop()
	for {
		if d := n.client.Deadline(); d.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(time.Until(d))
		}
		select {
		case ev := <-n.hub.Events():
			n.step(time.Now(), ev)
		case f := <-n.calls:
			f(time.Now())
		case <-timer.C:
			n.step(time.Now(), step.Tick{})
		case <-addrs.C:
			n.refreshAddrs()
		case <-n.life.Done():
			return
		}
	}
}

// refreshAddrs registers elements again if the addresses of the host have changed.
func (n *Node) refreshAddrs() {
	for _, r := range n.registrations {
		if r.refreshAddrs() {
			n.step(time.Now(), machine.Moved{Ref: r.ref, Addrs: r.addrs})
		}
	}
}

// step feeds the machine with an event and carries out the actions.
func (n *Node) step(now time.Time, ev step.Event) {
	for _, action := range n.client.Step(now, ev) {
		if !n.hub.Do(action) {
			n.carryOut(action)
		}
	}
}

// carryOut carries out an action of the machine that is not about associations.
func (n *Node) carryOut(action step.Action) {
	switch a := action.(type) {
	case machine.Resolved:
		n.answer(a.Token, resolution{elements: a.Elements, causes: a.Causes})
	case machine.ResolveFailed:
		err := ErrTimeout
		if a.NoRegistrar {
			err = ErrNoRegistrar
		}
		n.answer(a.Token, resolution{err: err})
	case machine.HomeChanged:
		n.homeSince = time.Now()
		log := n.log
		if a.ID != 0 { // Announces tell the identifier, and so does the first keep-alive.
			log = log.With("peer_id", a.ID)
		}
		log.Info("home registrar", "peer", a.Peer)
	case machine.HomeLost:
		n.reportLoss()
	case machine.Registered:
		n.report(a.Ref, Registered{ID: a.ID, Home: a.Home})
	case machine.Rejected:
		n.report(a.Ref, Rejected{Err: &RejectedError{Causes: a.Causes}})
	case machine.Deregistered:
		if r := n.registrations[a.Ref]; r != nil {
			delete(n.registrations, a.Ref)
			r.end(a.Causes)
		}
	}
}

// answer hands the answer of a resolution to its caller, unless the caller has given up.
func (n *Node) answer(token machine.Token, r resolution) {
	if answer, ok := n.resolutions[token]; ok {
		delete(n.resolutions, token)
		answer <- r
	}
}

// report hands an event to an element, unless the element is closed.
func (n *Node) report(ref machine.Ref, ev ListenerEvent) {
	if r := n.registrations[ref]; r != nil {
		r.handle(ev)
	}
}

// reportLoss logs the loss of the home registrar and reports it to all elements.
func (n *Node) reportLoss() {
	if n.closing {
		return
	}
	level := slog.LevelWarn
	if len(n.registrations) == 0 {
		level = slog.LevelInfo // Registrars may end associations without elements.
	}
	n.log.Log(n.life, level, "home registrar lost")
	for _, r := range n.registrations {
		r.handle(Lost{})
	}
}
