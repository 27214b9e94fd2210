package asap

import (
	"context"
	"errors"
	"fmt"
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
	config     Config
	log        *slog.Logger
	registrars *registrars

	hub      *hub.Hub[asapmsg.Message]
	calls    chan func(now time.Time) // run by the loop
	sessions chan sessionEvent
	notify   *notifier

	life   context.Context // until the end of Shutdown, with the cause ErrClosed
	end    context.CancelCauseFunc
	wg     sync.WaitGroup
	ending *ending

	// The loop's own.
	client      *machine.Client
	refs        machine.Ref
	tokens      machine.Token
	elements    map[machine.Ref]*registration
	users       map[*userSession]struct{}
	waiting     sessionHeap // sessions with a deadline
	resolutions map[machine.Token]func(now time.Time, r resolution)
	homeSince   time.Time // when the home became the home; zero without a home
	looking     bool      // the names of registrars are being looked up
	closing     bool      // no further listeners and sessions
}

// Open opens an ASAP endpoint. It does not wait for a registrar. The context limits the opening
// only. Open fails if an entry of Registrars is malformed, if there are neither announces nor
// registrars, or if Local cannot be bound.
func Open(ctx context.Context, config Config) (*Node, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	registrars, err := parseRegistrars(config.Registrars, config.Resolver)
	if err != nil {
		return nil, err
	}
	endpoint, err := config.Network.Listen(ctx, config.Local)
	if err != nil {
		return nil, err
	}
	var group transport.Group
	if !config.Announce.Off {
		if group, err = config.Network.Join(ctx, config.Announce.Or(AnnounceGroup)); err != nil {
			return nil, errors.Join(err, endpoint.Close())
		}
	}
	n := &Node{
		config:     config,
		log:        config.Logger,
		registrars: registrars,
		hub: hub.New(hub.Config[asapmsg.Message]{
			Endpoint:    endpoint,
			PPID:        wire.PPIDASAP,
			Parse:       asapmsg.Parse,
			Group:       group,
			DialTimeout: config.ConnectTimeout,
			Logger:      config.Logger,
		}),
		calls:       make(chan func(time.Time)),
		sessions:    make(chan sessionEvent),
		notify:      newNotifier(),
		ending:      newEnding(),
		client:      machine.NewClient(config.client(registrars), config.Random),
		elements:    make(map[machine.Ref]*registration),
		users:       make(map[*userSession]struct{}),
		resolutions: make(map[machine.Token]func(time.Time, resolution)),
	}
	n.life, n.end = context.WithCancelCause(context.Background())
	n.wg.Go(n.loop)
	go n.notify.run()
	return n, nil
}

// LocalAddrs returns where the ASAP endpoint can be reached.
func (n *Node) LocalAddrs() []netip.AddrPort { return n.hub.LocalAddrs() }

// Close ends the node at once: its listeners and sessions are aborted. Registrars drop its
// elements when the association is gone. Close cuts a Shutdown off that is under way. A Notify
// function may still run when Close returns; no further call begins.
func (n *Node) Close() error { return n.ending.close(n.finish) }

// Shutdown ends the node gracefully: its elements are deregistered, messages that were sent
// are delivered, and its sessions and the association with the registrar are shut down. Work
// that is not done when the context ends is cut off, and Shutdown returns the context's error.
// Further calls wait for the first call, and return the same. Their contexts cut it off as well.
func (n *Node) Shutdown(ctx context.Context) error { return n.ending.shutDown(ctx, n.finish) }

// finish ends the node. When the context ends, finish does not wait any longer.
func (n *Node) finish(ctx context.Context) error {
	var open []interface{ Shutdown(context.Context) error }
	// This takes no time, and must be done even if the context is over.
	_ = n.call(n.life, func(now time.Time) {
		n.closing = true
		n.cancelAll(now)
		for _, r := range n.elements {
			open = append(open, r.owner)
		}
		for s := range n.users {
			open = append(open, s.session)
		}
	})
	errs := make([]error, len(open))
	var closers sync.WaitGroup
	for i, c := range open {
		closers.Go(func() { errs[i] = c.Shutdown(ctx) })
	}
	closers.Wait()
	errs = append(errs, n.hub.Shutdown(ctx))
	n.end(ErrClosed)
	n.notify.stop()
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
	case <-n.life.Done():
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// loop owns the machines: of the client, and of each session of a pool user.
func (n *Node) loop() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	addrs := time.NewTicker(addrsInterval)
	defer addrs.Stop()
	for {
		if d := step.Earlier(n.client.Deadline(), n.waiting.deadline()); d.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(time.Until(d))
		}
		select {
		case ev := <-n.hub.Events():
			n.step(time.Now(), ev)
		case ev := <-n.sessions:
			ev.session.step(time.Now(), ev)
		case f := <-n.calls:
			f(time.Now())
		case <-timer.C:
			n.tick(time.Now())
		case <-addrs.C:
			for _, r := range n.elements {
				r.refreshAddrs(time.Now())
			}
		case <-n.life.Done():
			return
		}
	}
}

// addrsInterval is the time between two looks at the addresses of the host.
const addrsInterval = 5 * time.Second

// tick tells the machines whose deadline has come.
func (n *Node) tick(now time.Time) {
	n.step(now, step.Tick{})
	for s := n.waiting.pop(now); s != nil; s = n.waiting.pop(now) {
		s.step(now, sessionEvent{event: step.Tick{}})
	}
}

// step feeds the client and carries out its actions.
func (n *Node) step(now time.Time, ev step.Event) {
	for _, action := range n.client.Step(now, ev) {
		if !n.hub.Do(action) {
			n.act(now, action)
		}
	}
}

// act carries out an action of the client that is not about associations.
func (n *Node) act(now time.Time, action step.Action) {
	switch a := action.(type) {
	case machine.Resolved:
		n.answer(now, a.Token, resolution{Resolution: Resolution{Elements: a.Elements, Policy: a.Policy, Time: now}, causes: a.Causes})
	case machine.ResolveFailed:
		err := ErrTimeout
		if a.NoRegistrar {
			err = n.noRegistrar(nil)
		}
		n.answer(now, a.Token, resolution{err: err})
	case machine.LookUpRegistrars:
		n.lookUpRegistrars()
	case machine.HomeChanged:
		n.homeSince = now
		log := n.log
		if a.ID != 0 { // Announces tell it, and later on keep-alives.
			log = log.With("peer_id", a.ID)
		}
		log.Info("home registrar", "peer", a.Peer)
	case machine.HomeLost:
		n.loseHome()
	case machine.UnknownRegistrar:
		text := "takeover by unknown registrar refused"
		if a.Followed {
			text = "takeover by unknown registrar: no home registrar answers"
		}
		n.log.Warn(text, "peer_id", a.ID, "peer", a.Peer)
	case machine.Registered:
		n.elements[a.Ref].onRegistered(a)
	case machine.Rejected:
		n.elements[a.Ref].onRejected(a)
	case machine.Contested:
		n.elements[a.Ref].onContested()
	case machine.Deregistered:
		n.elements[a.Ref].onDeregistered(a)
	}
}

// loseHome tells of the loss of the home registrar.
func (n *Node) loseHome() {
	if n.closing {
		return
	}
	level := slog.LevelWarn
	if len(n.elements) == 0 {
		level = slog.LevelInfo // Registrars may end associations that are not used.
	}
	n.log.Log(n.life, level, "home registrar lost")
	for _, r := range n.elements {
		r.tell(RegistrarLost{})
	}
}

// lookUpTimeout limits a look-up of the registrars' names.
const lookUpTimeout = 10 * time.Second

// lookUpRegistrars looks the names of registrars up, unless that is under way.
func (n *Node) lookUpRegistrars() {
	if n.looking {
		return
	}
	n.looking = true
	n.wg.Go(func() {
		ctx, cancel := context.WithTimeout(n.life, lookUpTimeout)
		defer cancel()
		if err := n.registrars.lookUp(ctx); err != nil && n.life.Err() == nil {
			n.log.Warn("registrar not looked up", "error", err)
		}
		known := n.registrars.known()
		_ = n.call(n.life, func(now time.Time) {
			n.looking = false
			n.step(now, machine.RegistrarsFound{Registrars: known})
		})
	})
}

// noRegistrar returns the error of a search for a registrar that was ended by cause.
func (n *Node) noRegistrar(cause error) error {
	return &noRegistrarError{registrars: n.registrars.text, group: n.config.Announce.Or(AnnounceGroup), cause: cause}
}

// explain returns the error of a call that waited for a registrar until its context ended.
func (n *Node) explain(cause error) error {
	home, err := n.Home(n.life)
	switch {
	case err != nil || !home.Sought:
		return cause
	case home.Since.IsZero():
		return n.noRegistrar(cause)
	}
	return fmt.Errorf("%w: %w", ErrTimeout, cause)
}
