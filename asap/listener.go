package asap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
)

// ListenConfig configures a pool element.
type ListenConfig struct {
	// ID is the element's identifier. 0: drawn at random, and again if it turns out
	// to be taken.
	ID wire.PEID

	// Policy is the pool's policy with this element's values. Zero:
	// [wire.RoundRobin].
	Policy wire.Policy

	// Local is where pool users reach the element. Zero: at all addresses and any
	// port.
	Local transport.ListenConfig

	// Interval is the time between registrations (RFC 5352: T4-reregistration), from
	// 10 milliseconds to 16 days. A registration holds three times as long. 0: 30
	// seconds.
	Interval time.Duration

	// Patient has Listen return at once, and a registrar sought for as long as it
	// takes. Else Listen waits for the registration.
	Patient bool

	// Notify is called with each [ListenerEvent], one at a time. It must not wait
	// for anything of the node. Nil: nobody is told.
	Notify func(ListenerEvent)
}

// A ListenerEvent tells how a pool element stands with its registrar: [Registered],
// [Rejected] or [Lost].
type ListenerEvent interface{ listenerEvent() }

// Registered: a registrar has the element that had not before, or had refused it.
type Registered struct {
	ID wire.PEID
	// Home is the registrar's identifier, 0 if it is not known.
	Home wire.ServerID
}

// Rejected: the registrar has refused the element, which is not tried again before its
// policy changes or there is another registrar, unless this one only lacks resources, has
// another element with the identifier, or has sent but an error message: then it is tried
// again after each interval.
type Rejected struct{ Err *RejectedError }

// Lost: the association with the registrar has ended. Another one is being sought.
type Lost struct{}

func (Registered) listenerEvent() {}
func (Rejected) listenerEvent()   {}
func (Lost) listenerEvent()       {}

// A Listener is a pool element: it is registered in a pool, and accepts sessions of
// pool users.
type Listener struct {
	node     *Node
	pool     wire.PoolHandle
	config   ListenConfig
	ref      machine.Ref
	addrs    []netip.Addr // of the endpoint, as last seen; the loop's own
	id       atomic.Uint32
	endpoint transport.Endpoint
	outcome  chan error // of the first registration
	gone     chan error // of the deregistration
	close    sync.Once
	closeErr error
}

// Listen makes the program an element of a pool (RFC 5352, 3.1). It fails with a
// *[RejectedError] if the registrar refuses the element, and with the context's
// error if that ends before there is a registrar.
func (n *Node) Listen(ctx context.Context, pool wire.PoolHandle, config ListenConfig) (*Listener, error) {
	if err := checkPool(pool); err != nil {
		return nil, err
	}
	if config.Policy.Type == 0 {
		config.Policy.Type = wire.RoundRobin
	}
	config.Interval = cmp.Or(config.Interval, 30*time.Second)
	if config.Interval < minInterval {
		return nil, fmt.Errorf("asap: interval of %v between registrations is below %v", config.Interval, minInterval)
	}
	endpoint, err := n.config.Network.Listen(ctx, config.Local)
	if err != nil {
		return nil, err
	}
	l := &Listener{
		node:     n,
		pool:     pool,
		config:   config,
		endpoint: endpoint,
		outcome:  make(chan error, 1),
		gone:     make(chan error, 1),
	}
	// What cannot be sent would cost the association with the registrar.
	element := l.element()
	if _, err := element.AppendBinary(nil); err != nil {
		return nil, errors.Join(err, endpoint.Close())
	}
	if err := n.call(ctx, func(now time.Time) { err = l.register(now, element) }); err != nil {
		return nil, errors.Join(err, endpoint.Close())
	}
	if err != nil {
		return nil, errors.Join(err, endpoint.Close())
	}
	if config.Patient {
		return l, nil
	}
	select {
	case err = <-l.outcome:
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-n.life.Done():
		err = ErrClosed
	}
	if err != nil {
		// Nothing is left to wait for: what the registrar may have is not renewed.
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_ = l.Close(ended)
		return nil, err
	}
	return l, nil
}

// minInterval is the least time between registrations.
const minInterval = 10 * time.Millisecond

// element returns the element as it is to be registered.
func (l *Listener) element() wire.PoolElement {
	transport := wire.Transport{Protocol: wire.SCTP, Use: wire.DataAndControl, Addrs: l.localAddrs()}
	for _, a := range l.endpoint.LocalAddrs() {
		transport.Port = a.Port()
	}
	return wire.PoolElement{
		ID:               l.config.ID,
		RegistrationLife: 3 * l.config.Interval,
		UserTransport:    transport,
		Policy:           l.config.Policy,
	}
}

func (l *Listener) localAddrs() []netip.Addr {
	var addrs []netip.Addr
	for _, a := range l.endpoint.LocalAddrs() {
		addrs = append(addrs, a.Addr().WithZone(""))
	}
	return addrs
}

// refreshAddrs has the element registered anew if the addresses of the host have
// changed. It is run by the node's loop.
func (l *Listener) refreshAddrs(now time.Time) {
	addrs := l.localAddrs()
	if len(addrs) > 0 && !slices.Equal(addrs, l.addrs) {
		l.addrs = addrs
		l.node.step(now, machine.Moved{Ref: l.ref, Addrs: addrs})
	}
}

// register begins the registration. It is run by the node's loop.
func (l *Listener) register(now time.Time, element wire.PoolElement) error {
	n := l.node
	if n.closing {
		return ErrClosed
	}
	n.refs++
	l.ref = n.refs
	l.addrs = element.UserTransport.Addrs
	n.listeners[l.ref] = l
	n.step(now, machine.Register{Ref: l.ref, Pool: l.pool, Element: element, Interval: l.config.Interval})
	id := n.client.ElementID(l.ref)
	if id == 0 {
		delete(n.listeners, l.ref)
		return <-l.outcome // The node has an element with this identifier in the pool.
	}
	l.id.Store(uint32(id))
	return nil
}

// notify passes an event on. It is run by the node's loop.
func (l *Listener) notify(ev ListenerEvent) {
	if l == nil {
		return // Closed meanwhile.
	}
	if ev, ok := ev.(Registered); ok {
		l.id.Store(uint32(ev.ID))
	}
	log := l.node.log.With("pool", l.pool, "pe_id", l.ID())
	switch ev := ev.(type) {
	case Registered:
		log.Info("registered")
		l.settle(nil)
	case Rejected:
		log.Warn("registration rejected", "error", ev.Err)
		l.settle(ev.Err)
	}
	if l.config.Notify != nil {
		l.config.Notify(ev)
	}
}

// settle notes the outcome of the first registration.
func (l *Listener) settle(err error) {
	select {
	case l.outcome <- err:
	default:
	}
}

// deregistered notes that the element is out of its pool. It is run by the node's
// loop.
func (l *Listener) deregistered(causes []wire.ErrorCause) {
	if len(causes) > 0 {
		l.gone <- &RejectedError{Causes: causes}
		return
	}
	l.gone <- nil
}

// ID returns the element's identifier. If it is drawn at random, it may change as long
// as the element has not been registered.
func (l *Listener) ID() wire.PEID { return wire.PEID(l.id.Load()) }

// Pool returns the pool's handle.
func (l *Listener) Pool() wire.PoolHandle { return l.pool }

// Endpoint returns where pool users reach the element.
func (l *Listener) Endpoint() transport.Endpoint { return l.endpoint }

// SetPolicy changes the element's policy values, such as its load, and has it
// registered again at once. All elements of a pool have the same type of policy. It
// does not wait for the registrar.
func (l *Listener) SetPolicy(ctx context.Context, policy wire.Policy) error {
	if _, err := policy.AppendBinary(nil); err != nil {
		return err
	}
	err := ErrClosed
	if callErr := l.node.call(ctx, func(now time.Time) {
		if l.node.listeners[l.ref] != nil {
			err = nil
			l.node.step(now, machine.Update{Ref: l.ref, Policy: policy})
		}
	}); callErr != nil {
		return callErr
	}
	return err
}

// Accept returns the next session that a pool user has opened. It returns
// [ErrClosed] when the listener is closed.
func (l *Listener) Accept(ctx context.Context) (*ServerSession, error) {
	assoc, err := l.endpoint.Accept(ctx)
	if errors.Is(err, transport.ErrClosed) {
		return nil, ErrClosed
	}
	if err != nil {
		return nil, err
	}
	return &ServerSession{assoc: assoc}, nil
}

// Close takes the element out of its pool, and only then shuts its sessions down: no user
// is sent to an element that is leaving. If the registrar does not answer, the sessions
// have half of the time that the context gives; then Close returns an error.
func (l *Listener) Close(ctx context.Context) error {
	l.close.Do(func() { l.closeErr = l.shut(ctx) })
	return l.closeErr
}

func (l *Listener) shut(ctx context.Context) error {
	waiting, cancel := halfOf(ctx)
	defer cancel()
	err := l.deregister(waiting)
	if shutErr := l.endpoint.Shutdown(ctx); err == nil {
		err = shutErr
	}
	return err
}

// halfOf returns a context for half of the time that another one has left, if it has a
// deadline.
func halfOf(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, limited := ctx.Deadline()
	if !limited {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/2)
}

func (l *Listener) deregister(ctx context.Context) error {
	n := l.node
	// The call itself takes no time, and must be made even if the context is over.
	if err := n.call(n.life, func(now time.Time) {
		n.step(now, machine.Deregister{Ref: l.ref})
	}); err != nil {
		return nil // The node is closed, and nobody there to tell.
	}
	select {
	case err := <-l.gone:
		return err
	case <-ctx.Done():
		_ = n.call(n.life, func(now time.Time) {
			delete(n.listeners, l.ref)
			n.step(now, machine.Abandon{Ref: l.ref})
		})
		return context.Cause(ctx)
	case <-n.life.Done():
		return nil
	}
}
