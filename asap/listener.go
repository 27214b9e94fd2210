package asap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
)

// ListenConfig configures a pool element. The zero value works.
type ListenConfig struct {
	// ID is the element's identifier. 0: drawn at random, and again if another element of
	// the pool has it. An element with the same identifier on the same host is replaced,
	// so that a restarted server takes its place again. If the element is on another host,
	// the registrar refuses the registration, with the cause
	// [wire.CauseNonUniquePEID].
	ID wire.PEID

	// Policy is the pool's policy with this element's values. Zero:
	// [wire.RoundRobin].
	Policy wire.Policy

	// Local is where pool users reach the element. Zero: at all addresses and any port.
	Local transport.ListenConfig

	// Interval is the time between registrations (RFC 5352: T4-reregistration), from
	// 10 milliseconds to 16 days. A registration holds three times as long. 0: 30
	// seconds.
	Interval time.Duration

	// Patient: Listen returns at once, and the registrar is sought for as long as it
	// takes. Else Listen waits for the registration.
	Patient bool

	// MaxSessions is the number of sessions that [Listener.Serve] serves at a time.
	// Further sessions are ended at once. 0: no limit.
	MaxSessions int

	// Notify is called with [Registered], [Rejected] and [RegistrarLost] events, one after
	// the other. If it is slow, events are lost. Nil: nobody is notified.
	Notify func(Event)
}

// minInterval is the least time between registrations.
const minInterval = 10 * time.Millisecond

func (c *ListenConfig) withDefaults() (ListenConfig, error) {
	var config ListenConfig
	if c != nil {
		config = *c
	}
	if config.Policy.Type == 0 {
		config.Policy.Type = wire.RoundRobin
	}
	config.Interval = cmp.Or(config.Interval, 30*time.Second)
	if config.Interval < minInterval {
		return config, fmt.Errorf("interval of %v between registrations is below %v", config.Interval, minInterval)
	}
	return config, nil
}

// A Listener is a pool element with an endpoint of its own. It accepts sessions of pool users.
type Listener struct {
	registration
	config   ListenConfig
	endpoint transport.Endpoint
	load     *load
	stop     context.CancelFunc // ends the reports of the load
	reports  sync.WaitGroup
	ending   *ending
}

// Listen makes the program an element of a pool (RFC 5352, 3.1). A nil configuration is that
// of the zero value. Listen fails at once with [ErrPoolHandle] if the pool handle has not 1 to
// 32 octets. It fails with a *[RejectedError] if the registrar refuses the
// element, and with [ErrNoRegistrar] and the context's error if the context ends before
// there is a registrar.
func (n *Node) Listen(ctx context.Context, pool string, c *ListenConfig) (*Listener, error) {
	handle, err := checkPool(pool)
	if err != nil {
		return nil, err
	}
	config, err := c.withDefaults()
	if err != nil {
		return nil, &poolError{handle, err}
	}
	endpoint, err := n.config.Network.Listen(ctx, config.Local)
	if err != nil {
		return nil, &poolError{handle, err}
	}
	l := &Listener{
		registration: registration{node: n, pool: handle, notify: config.Notify},
		config:       config,
		endpoint:     endpoint,
		ending:       newEnding(),
	}
	l.owner, l.localAddrs = l, l.addrsOfEndpoint
	l.load = newLoad(config.Policy)
	reporting, stop := context.WithCancel(context.Background())
	l.stop = stop
	if config.Policy.Type.Adaptive() {
		l.reports.Go(func() { l.reportLoad(reporting) })
	}
	if err := l.join(ctx); err != nil {
		return nil, &poolError{handle, err}
	}
	return l, nil
}

// join registers the element. If that fails, the endpoint is closed.
func (l *Listener) join(ctx context.Context) error {
	element := l.element()
	// An element that cannot be encoded would cost the association with the registrar.
	_, err := element.AppendBinary(nil)
	if err == nil {
		err = l.begin(ctx, element, l.config.Interval)
	}
	if err != nil {
		l.stopReports()
		return errors.Join(err, l.endpoint.Close())
	}
	if l.config.Patient {
		return nil
	}
	if _, err = l.registered.wait(ctx, l.node.life); err == nil {
		return nil
	}
	if err == ErrClosed {
		return err // The node ends the listener.
	}
	if ctx.Err() != nil {
		err = l.node.explain(err)
	}
	_ = l.Close() // The registrar may have the element.
	return err
}

// element returns the element to be registered.
func (l *Listener) element() wire.PoolElement {
	t := wire.Transport{Protocol: wire.SCTP, Use: wire.DataAndControl, Addrs: l.addrsOfEndpoint()}
	for _, a := range l.endpoint.LocalAddrs() {
		t.Port = a.Port()
	}
	return wire.PoolElement{
		ID:               l.config.ID,
		RegistrationLife: 3 * l.config.Interval,
		UserTransport:    t,
		Policy:           l.config.Policy,
	}
}

func (l *Listener) addrsOfEndpoint() []netip.Addr {
	var addrs []netip.Addr
	for _, a := range l.endpoint.LocalAddrs() {
		addrs = append(addrs, a.Addr().WithZone(""))
	}
	return addrs
}

// ID returns the element's identifier. An identifier that is drawn at random may change until
// the element is registered.
func (l *Listener) ID() wire.PEID { return l.registration.ID() }

// Pool returns the pool's handle.
func (l *Listener) Pool() string { return string(l.pool) }

// LocalAddrs returns where pool users reach the element.
func (l *Listener) LocalAddrs() []netip.AddrPort { return l.endpoint.LocalAddrs() }

// SetPolicy changes the values of the element's policy, such as its load, and registers the
// element again at once. All elements of a pool have the same type of policy. The loads of
// sessions ([Session.SetLoad]) are added to the load of the policy. SetPolicy does not wait for
// the registrar.
func (l *Listener) SetPolicy(ctx context.Context, policy wire.Policy) error {
	if _, err := policy.AppendBinary(nil); err != nil {
		return err
	}
	l.load.setPolicy(policy)
	return l.setPolicy(ctx, l.load.report)
}

// reportLoad registers the element again whenever its load has changed by a step, until the
// context ends.
func (l *Listener) reportLoad(ctx context.Context) {
	for l.load.await(ctx) {
		_ = l.setPolicy(ctx, l.load.report) // It fails only at the end of the element.
	}
}

// Accept returns the next session that a pool user has opened. It returns [ErrClosed] when
// the listener is closed. The caller ends the session.
func (l *Listener) Accept(ctx context.Context) (*Session, error) {
	assoc, err := l.endpoint.Accept(ctx)
	if errors.Is(err, transport.ErrClosed) {
		return nil, ErrClosed
	}
	if err != nil {
		return nil, err
	}
	return &Session{pool: l.pool, side: newElementSession(l, assoc)}, nil
}

// Close ends the element at once: its sessions are aborted, and the registrar is told without
// waiting for its answer. Close cuts a Shutdown off that is under way.
func (l *Listener) Close() error { return l.ending.close(l.finish) }

// Shutdown takes the element out of its pool, and only then shuts its sessions down: no user
// is sent to an element that is leaving. The registrar has the first half of the context's time
// to answer. Without its answer the sessions are shut down all the same, and Shutdown returns an
// error that matches [ErrTimeout]. After the end of the context, the remaining sessions are
// aborted, and the error matches the context's error. Further calls wait for the first call,
// and return the same. Their contexts cut it off as well.
func (l *Listener) Shutdown(ctx context.Context) error { return l.ending.shutDown(ctx, l.finish) }

// finish ends the element. When the context ends, finish does not wait any longer.
func (l *Listener) finish(ctx context.Context) error {
	l.stopReports()
	waiting, cancel := halfOf(ctx)
	defer cancel()
	err := l.end(waiting)
	if ctx.Err() != nil { // A Shutdown could still end sessions in order.
		return errors.Join(ctx.Err(), l.endpoint.Close())
	}
	if waiting.Err() != nil && errors.Is(err, context.Cause(waiting)) {
		err = &poolError{l.pool, ErrTimeout}
	}
	var readers sync.WaitGroup
	readers.Go(func() { l.discardBacklog(&readers) })
	defer readers.Wait()
	return errors.Join(err, l.endpoint.Shutdown(ctx))
}

// discardBacklog reads and drops messages of users that nobody has accepted: the end in order of
// an association needs room for them.
func (l *Listener) discardBacklog(readers *sync.WaitGroup) {
	for {
		assoc, err := l.endpoint.Accept(context.Background())
		if err != nil {
			return
		}
		readers.Go(func() { discard(assoc) })
	}
}

func (l *Listener) stopReports() {
	l.stop()
	l.reports.Wait()
}

// halfOf returns a context for half of the remaining time of a context with a deadline.
func halfOf(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, limited := ctx.Deadline()
	if !limited {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/2)
}
