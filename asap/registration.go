package asap

import (
	"context"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/wire"
)

// registration is an element in a pool, as the node's loop keeps it.
type registration struct {
	node   *Node
	pool   wire.PoolHandle
	ref    machine.Ref
	id     atomic.Uint32
	notify func(Event) // nil: nobody is notified
	owner  interface{ Shutdown(context.Context) error }

	localAddrs func() []netip.Addr // of the element's endpoint now
	addrs      []netip.Addr        // as registered; the loop's own

	registered   pending[struct{}] // the first registration
	deregistered pending[struct{}]
}

// begin has the loop register the element, and renew the registration.
func (r *registration) begin(ctx context.Context, element wire.PoolElement, interval time.Duration) error {
	r.registered, r.deregistered = newPending[struct{}](), newPending[struct{}]()
	err := ErrClosed
	callErr := r.node.call(ctx, func(now time.Time) {
		if !r.node.closing {
			err = nil
			r.register(now, element, interval)
		}
	})
	if callErr != nil {
		return callErr
	}
	if err != nil {
		return err
	}
	if r.ID() == 0 { // The node has an element with this identifier in the pool.
		_, err = r.registered.wait(ctx, r.node.life)
	}
	return err
}

// register is run by the node's loop.
func (r *registration) register(now time.Time, element wire.PoolElement, interval time.Duration) {
	n := r.node
	n.refs++
	r.ref = n.refs
	r.addrs = element.UserTransport.Addrs
	n.elements[r.ref] = r
	n.step(now, machine.Register{Ref: r.ref, Pool: r.pool, Element: element, Interval: interval})
	id := n.client.ElementID(r.ref)
	if id == 0 {
		delete(n.elements, r.ref)
	}
	r.id.Store(uint32(id))
}

// ID returns the element's identifier.
func (r *registration) ID() wire.PEID { return wire.PEID(r.id.Load()) }

// refreshAddrs registers the element again if the addresses of the host have changed. The node's
// loop runs it.
func (r *registration) refreshAddrs(now time.Time) {
	addrs := r.localAddrs()
	if len(addrs) > 0 && !slices.Equal(addrs, r.addrs) {
		r.addrs = addrs
		r.node.step(now, machine.Moved{Ref: r.ref, Addrs: addrs})
	}
}

// setPolicy changes the values of the policy, and registers the element again at once. The loop
// calls policy, so that calls of several goroutines do not overtake each other.
func (r *registration) setPolicy(ctx context.Context, policy func() wire.Policy) error {
	err := ErrClosed
	callErr := r.node.call(ctx, func(now time.Time) {
		if r.node.elements[r.ref] != nil {
			err = nil
			r.node.step(now, machine.Update{Ref: r.ref, Policy: policy()})
		}
	})
	if callErr != nil {
		return callErr
	}
	return err
}

// end takes the element out of its pool, if the registrar answers before the context ends.
func (r *registration) end(ctx context.Context) error {
	n := r.node
	r.registered.complete(struct{}{}, ErrClosed) // Listen waits no longer.
	// The call itself takes no time, and must be made even if the context is over.
	if err := n.call(n.life, func(now time.Time) { n.step(now, machine.Deregister{Ref: r.ref}) }); err != nil {
		return nil // The node is closed.
	}
	_, err := r.deregistered.wait(ctx, n.life)
	switch {
	case err == ErrClosed:
		return nil
	case err != nil && ctx.Err() != nil:
		_ = n.call(n.life, func(now time.Time) {
			delete(n.elements, r.ref)
			n.step(now, machine.Abandon{Ref: r.ref})
		})
	}
	return err
}

// tell notifies the program of an event. The registration may have ended meanwhile.
func (r *registration) tell(ev Event) {
	if r != nil && r.notify != nil {
		r.node.notify.add(func() { r.notify(ev) })
	}
}

// onRegistered is run by the node's loop, like the methods below.
func (r *registration) onRegistered(a machine.Registered) {
	if r == nil {
		return
	}
	r.id.Store(uint32(a.ID))
	r.node.log.Info("registered", "pool", r.pool, "pe_id", a.ID)
	r.registered.complete(struct{}{}, nil)
	r.tell(Registered{ID: a.ID, Home: a.Home})
}

func (r *registration) onRejected(a machine.Rejected) {
	if r == nil {
		return
	}
	err := &RejectedError{Causes: a.Causes}
	r.node.log.Warn("registration rejected", "pool", r.pool, "pe_id", r.ID(), "error", err)
	r.registered.complete(struct{}{}, err)
	r.tell(Rejected{Err: err})
}

func (r *registration) onContested() {
	if r == nil {
		return
	}
	r.node.log.Warn("another process has the identifier", "pool", r.pool, "pe_id", r.ID())
	r.tell(Contested{})
}

func (r *registration) onDeregistered(a machine.Deregistered) {
	if r == nil {
		return
	}
	delete(r.node.elements, r.ref)
	var err error
	if len(a.Causes) > 0 {
		err = &RejectedError{Causes: a.Causes}
	}
	r.deregistered.complete(struct{}{}, err)
}
