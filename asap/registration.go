package asap

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
)

// A ListenerEvent reports on the registration of a pool element: [Registered], [Rejected] or
// [Lost].
type ListenerEvent interface{ listenerEvent() }

// Registered: a registrar has accepted the element that did not have it before, or that had
// rejected it.
type Registered struct {
	ID wire.PEID
	// Home is the registrar's identifier, 0 while it is unknown.
	Home wire.ServerID
}

// Rejected: the registrar has rejected the element. The node registers the element again after a
// change of its policy, or of the registrar. It also does so after each [ListenConfig.Interval] if
// the registrar
//
//   - lacks resources,
//   - has another element with the identifier, or
//   - has sent only an error message.
type Rejected struct{ Err *RejectedError }

// Lost: the association with the registrar has ended. The node is looking for a registrar.
type Lost struct{}

func (Registered) listenerEvent() {}
func (Rejected) listenerEvent()   {}
func (Lost) listenerEvent()       {}

// closer is a listener or a session, which the node closes at its end.
type closer interface {
	Close(ctx context.Context) error
}

// registration is a pool element as the node's loop knows it.
type registration struct {
	ref      machine.Ref
	id       atomic.Uint32       // the element's identifier
	endpoint transport.Endpoint  // pool users reach the element there
	addrs    []netip.Addr        // addresses in the last registration; the loop alone uses them
	notify   func(ListenerEvent) // nil: no calls
	log      *slog.Logger
	owner    closer     // the listener
	outcome  chan error // result of the first registration; has room for it
	gone     chan error // result of the deregistration; has room for it
}

// readAddrs returns the present addresses of the endpoint.
func (r *registration) readAddrs() []netip.Addr {
	var addrs []netip.Addr
	for _, a := range r.endpoint.LocalAddrs() {
		addrs = append(addrs, a.Addr().WithZone(""))
	}
	return addrs
}

// transport returns the transport of the endpoint with its present addresses.
func (r *registration) transport() wire.Transport {
	t := wire.Transport{Protocol: wire.SCTP, Use: wire.DataAndControl, Addrs: r.readAddrs()}
	for _, a := range r.endpoint.LocalAddrs() {
		t.Port = a.Port()
	}
	return t
}

// refreshAddrs reads the addresses again. It returns false without a change, or if the host has no
// address now.
func (r *registration) refreshAddrs() (changed bool) {
	addrs := r.readAddrs()
	if len(addrs) == 0 || slices.Equal(addrs, r.addrs) {
		return false
	}
	r.addrs = addrs
	return true
}

// handle logs an event and passes it on.
func (r *registration) handle(ev ListenerEvent) {
	if ev, ok := ev.(Registered); ok {
		r.id.Store(uint32(ev.ID))
	}
	log := r.log.With("pe_id", wire.PEID(r.id.Load()))
	switch ev := ev.(type) {
	case Registered:
		log.Info("registered")
		r.settle(nil)
	case Rejected:
		log.Warn("registration rejected", "error", ev.Err)
		r.settle(ev.Err)
	}
	if r.notify != nil {
		r.notify(ev)
	}
}

// settle notes the result of a registration. Results after the first are dropped.
func (r *registration) settle(err error) {
	select {
	case r.outcome <- err:
	default:
	}
}

// end notes the result of the deregistration.
func (r *registration) end(causes []wire.ErrorCause) {
	if len(causes) > 0 {
		r.gone <- &RejectedError{Causes: causes}
		return
	}
	r.gone <- nil
}
