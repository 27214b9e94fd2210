package asap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
)

// ListenConfig configures a pool element.
type ListenConfig struct {
	// ID is the element's identifier. 0: drawn at random, and drawn again if the pool has an
	// element with it.
	ID wire.PEID

	// Policy is the policy of the pool, with the values of this element. Zero:
	// [wire.RoundRobin].
	Policy wire.Policy

	// Local says where the endpoint for pool users is bound. Zero: at all addresses and any
	// port.
	Local transport.ListenConfig

	// Interval is the time between registrations (RFC 5352: T4-reregistration), from 10
	// milliseconds to 16 days. The registration life is three times as long. 0: 30 seconds.
	Interval time.Duration

	// Patient has Listen return at once, while the node looks for a registrar as long as
	// necessary. Without it, Listen waits for the registration.
	Patient bool

	// Notify is called with each [ListenerEvent], one at a time. It must not wait for a call
	// on the node, its listeners or its sessions. Nil: no calls.
	Notify func(ListenerEvent)
}

// minInterval is the shortest time between registrations.
const minInterval = 10 * time.Millisecond

// withDefaults returns c with defaults in place of zero values. It fails if the interval is too
// short.
func (c ListenConfig) withDefaults() (ListenConfig, error) {
	if c.Policy.Type == 0 {
		c.Policy.Type = wire.RoundRobin
	}
	c.Interval = cmp.Or(c.Interval, 30*time.Second)
	if c.Interval < minInterval {
		return c, fmt.Errorf("asap: interval of %v between registrations is below %v", c.Interval, minInterval)
	}
	return c, nil
}

// A Listener is a pool element, registered in a pool. It accepts the sessions of pool users.
// Its methods may be called by several goroutines.
type Listener struct {
	node         *Node
	pool         wire.PoolHandle
	registration *registration
	close        sync.Once
	closeErr     error
}

// Listen makes the program an element of a pool (RFC 5352, 3.1). It fails with a *[RejectedError]
// if the registrar rejects the element, and with the context's error if the context ends before a
// registrar answers.
func (n *Node) Listen(ctx context.Context, pool wire.PoolHandle, config ListenConfig) (*Listener, error) {
	if err := checkPool(pool); err != nil {
		return nil, err
	}
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	endpoint, err := n.config.Network.Listen(ctx, config.Local)
	if err != nil {
		return nil, err
	}
	l := &Listener{node: n, pool: pool, registration: &registration{
		endpoint: endpoint,
		notify:   config.Notify,
		log:      n.log.With("pool", pool),
		outcome:  make(chan error, 1),
		gone:     make(chan error, 1),
	}}
	l.registration.owner = l
	if err := l.register(ctx, config); err != nil {
		return nil, errors.Join(err, endpoint.Close())
	}
	if config.Patient {
		return l, nil
	}
	if err := l.awaitOutcome(ctx); err != nil {
		// There is no deregistration to wait for: an entry at the registrar expires.
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_ = l.Close(ended)
		return nil, err
	}
	return l, nil
}

// register begins the registration.
func (l *Listener) register(ctx context.Context, config ListenConfig) error {
	n, r := l.node, l.registration
	element := wire.PoolElement{
		ID:               config.ID,
		RegistrationLife: 3 * config.Interval,
		UserTransport:    r.transport(),
		Policy:           config.Policy,
	}
	// A message that cannot be encoded would cost the association with the registrar.
	if _, err := element.AppendBinary(nil); err != nil {
		return err
	}
	var err error
	if callErr := n.call(ctx, func(now time.Time) {
		if n.closing {
			err = ErrClosed
			return
		}
		n.refs++
		r.ref = n.refs
		r.addrs = element.UserTransport.Addrs
		n.registrations[r.ref] = r
		n.step(now, machine.Register{Ref: r.ref, Pool: l.pool, Element: element, Interval: config.Interval})
		id := n.client.ElementID(r.ref)
		if id == 0 {
			delete(n.registrations, r.ref)
			err = <-r.outcome // The node has an element with this identifier in the pool.
			return
		}
		r.id.Store(uint32(id))
	}); callErr != nil {
		return callErr
	}
	return err
}

// awaitOutcome waits for the result of the first registration.
func (l *Listener) awaitOutcome(ctx context.Context) error {
	select {
	case err := <-l.registration.outcome:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-l.node.life.Done():
		return ErrClosed
	}
}

// ID returns the element's identifier. A random identifier may change until the element is
// registered.
func (l *Listener) ID() wire.PEID { return wire.PEID(l.registration.id.Load()) }

// Pool returns the pool's handle.
func (l *Listener) Pool() wire.PoolHandle { return l.pool }

// Endpoint returns the endpoint for pool users.
func (l *Listener) Endpoint() transport.Endpoint { return l.registration.endpoint }

// SetPolicy changes the values of the element's policy, such as its load, and registers the element
// again at once. The type must be the type of the pool's policy. SetPolicy does not wait for the
// registrar. It fails with [ErrClosed] when the listener is closed.
func (l *Listener) SetPolicy(ctx context.Context, policy wire.Policy) error {
	if _, err := policy.AppendBinary(nil); err != nil {
		return err
	}
	n, ref := l.node, l.registration.ref
	err := ErrClosed
	if callErr := n.call(ctx, func(now time.Time) {
		if n.registrations[ref] != nil {
			err = nil
			n.step(now, machine.Update{Ref: ref, Policy: policy})
		}
	}); callErr != nil {
		return callErr
	}
	return err
}

// Accept returns the next session that a pool user has opened. It fails with [ErrClosed] when the
// listener is closed.
func (l *Listener) Accept(ctx context.Context) (*ServerSession, error) {
	assoc, err := l.registration.endpoint.Accept(ctx)
	if errors.Is(err, transport.ErrClosed) {
		return nil, ErrClosed
	}
	if err != nil {
		return nil, err
	}
	return &ServerSession{assoc: assoc}, nil
}

// Close takes the element out of its pool (RFC 5352, 3.2), and then shuts its sessions down. In
// this order, no user is sent to an element that is leaving. Close waits for the registrar for
// half of the context's time at most. It returns an error if the registrar has not answered by
// then.
func (l *Listener) Close(ctx context.Context) error {
	l.close.Do(func() { l.closeErr = l.shutDown(ctx) })
	return l.closeErr
}

// shutDown does the work of Close.
func (l *Listener) shutDown(ctx context.Context) error {
	waiting, cancel := halve(ctx)
	defer cancel()
	err := l.deregister(waiting)
	if shutErr := l.registration.endpoint.Shutdown(ctx); err == nil {
		err = shutErr
	}
	return err
}

// halve returns a context for half of the time until the deadline of ctx, if ctx has a deadline.
func halve(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, limited := ctx.Deadline()
	if !limited {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/2)
}

// deregister takes the element out of its pool, and waits for the registrar while ctx lasts.
func (l *Listener) deregister(ctx context.Context) error {
	n, r := l.node, l.registration
	// The call takes no time, and must happen even if ctx has ended.
	if err := n.call(n.life, func(now time.Time) {
		n.step(now, machine.Deregister{Ref: r.ref})
	}); err != nil {
		return nil // The node is closed, and has no registrar to tell.
	}
	select {
	case err := <-r.gone:
		return err
	case <-ctx.Done():
		_ = n.call(n.life, func(now time.Time) {
			delete(n.registrations, r.ref)
			n.step(now, machine.Abandon{Ref: r.ref})
		})
		return context.Cause(ctx)
	case <-n.life.Done():
		return nil
	}
}
