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

// A Node is an ASAP endpoint: what a program's pool elements and pool users have in
// common. Its methods may be called by several goroutines.
type Node struct {
	config Config
	log    *slog.Logger

	hub   *hub.Hub[asapmsg.Message]
	calls chan func(now time.Time) // run by the loop

	life     context.Context // until Close
	end      context.CancelFunc
	wg       sync.WaitGroup
	close    sync.Once
	closeErr error

	// The loop's own.
	client      *machine.Client
	refs        machine.Ref
	tokens      machine.Token
	listeners   map[machine.Ref]*Listener
	sessions    map[*Session]struct{}
	resolutions map[machine.Token]chan<- resolution
	homeSince   time.Time // when the home became that, if there is one
	closing     bool      // no further listeners and sessions
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
	n := &Node{
		config:      config,
		log:         config.Logger,
		calls:       make(chan func(time.Time)),
		client:      machine.NewClient(config.client(), config.Random),
		listeners:   make(map[machine.Ref]*Listener),
		sessions:    make(map[*Session]struct{}),
		resolutions: make(map[machine.Token]chan<- resolution),
	}
	var group transport.Group
	if !config.NoAnnounce {
		if group, err = config.Network.Join(ctx, config.Announce); err != nil {
			return nil, errors.Join(err, endpoint.Close())
		}
	}
	n.life, n.end = context.WithCancel(context.Background())
	n.hub = hub.New(hub.Config[asapmsg.Message]{
		Endpoint:    endpoint,
		PPID:        wire.PPIDASAP,
		Parse:       asapmsg.Parse,
		Group:       group,
		DialTimeout: config.ConnectTimeout,
		QueueOctets: 1 << 20, // Of reports that the registrar has caused and does not take.
		Logger:      config.Logger,
	})
	n.wg.Go(n.loop)
	return n, nil
}

// LocalAddrs returns where the ASAP endpoint can be reached.
func (n *Node) LocalAddrs() []netip.AddrPort { return n.hub.LocalAddrs() }

// Close ends the node: its listeners and sessions are closed, as gracefully as the
// context allows, and then the ASAP endpoint.
func (n *Node) Close(ctx context.Context) error {
	n.close.Do(func() { n.closeErr = n.shut(ctx) })
	return n.closeErr
}

func (n *Node) shut(ctx context.Context) error {
	var open []interface{ Close(context.Context) error }
	// This takes no time, and must be done even if the context is over.
	_ = n.call(n.life, func(time.Time) {
		n.closing = true
		for _, l := range n.listeners {
			open = append(open, l)
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

// call has the loop run f, and returns when it has.
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

// loop owns the machine.
func (n *Node) loop() {
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
			for _, l := range n.listeners {
				l.refreshAddrs(time.Now())
			}
		case <-n.life.Done():
			return
		}
	}
}

// addrsInterval is how often changes of the host's addresses are looked for.
const addrsInterval = 5 * time.Second

// step feeds the machine and does what it asks for.
func (n *Node) step(now time.Time, ev step.Event) {
	for _, action := range n.client.Step(now, ev) {
		if !n.hub.Do(action) {
			n.act(action)
		}
	}
}

// act carries out an action of the client that is not about associations.
func (n *Node) act(action step.Action) {
	switch a := action.(type) {
	case machine.Resolved:
		n.answer(a.Token, resolution{policy: a.Policy, elements: a.Elements, causes: a.Causes})
	case machine.ResolveFailed:
		err := ErrTimeout
		if a.NoRegistrar {
			err = ErrNoRegistrar
		}
		n.answer(a.Token, resolution{err: err})
	case machine.HomeChanged:
		n.homeSince = time.Now()
		log := n.log
		if a.ID != 0 { // It is told by announces, and by keep-alives later on.
			log = log.With("peer_id", a.ID)
		}
		log.Info("home registrar", "peer", a.Peer)
	case machine.HomeLost:
		if n.closing {
			return
		}
		level := slog.LevelWarn
		if len(n.listeners) == 0 {
			level = slog.LevelInfo // Registrars may end associations that are not used.
		}
		n.log.Log(n.life, level, "home registrar lost")
		for _, l := range n.listeners {
			l.notify(Lost{})
		}
	case machine.Registered:
		n.listeners[a.Ref].notify(Registered{ID: a.ID, Home: a.Home})
	case machine.Rejected:
		n.listeners[a.Ref].notify(Rejected{Err: &RejectedError{Causes: a.Causes}})
	case machine.Deregistered:
		if l := n.listeners[a.Ref]; l != nil {
			delete(n.listeners, a.Ref)
			l.deregistered(a.Causes)
		}
	}
}
