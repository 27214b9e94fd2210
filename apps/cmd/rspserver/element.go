package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/apps/internal/service"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/asap/cookie"
	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

// element is a service in its pool.
type element struct {
	kind     kind
	service  *service.Service
	pool     string
	id       wire.PEID // 0: random
	policy   wire.Policy
	listener atomic.Pointer[asap.Listener] // nil: the element has not been registered yet
}

// openElements returns an element for each selected service. The caller closes them, even after an
// error.
func (p *program) openElements(out io.Writer) (elements []*element, err error) {
	var keys []cookie.Key
	if p.CookieKey != "" {
		if keys, err = service.ReadKeys(p.CookieKey); err != nil {
			return nil, err
		}
	}
	kinds := p.Services.chosen()
	for _, k := range kinds {
		s, err := k.open()
		if err != nil {
			return elements, fmt.Errorf("service %s: %w", k.name(), err)
		}
		e := &element{
			kind:    k,
			service: s,
			pool:    cmp.Or(string(p.PoolHandle), s.Pool),
			id:      wire.PEID(p.Identifier),
			policy:  cmp.Or(p.Policy.Policy, s.Policy, wire.Policy{Type: wire.RoundRobin}),
		}
		elements = append(elements, e)
		s.Out = out
		if len(kinds) > 1 {
			s.Prefix = s.Title + " "
		}
		if len(keys) > 0 {
			if s.Seal, err = service.NewSeal(keys, k.name(), e.pool); err != nil {
				return elements, err
			}
		}
	}
	return elements, nil
}

// closeElements frees the resources of the services.
func closeElements(log *slog.Logger, elements []*element) {
	for _, e := range elements {
		if e.service.Close == nil {
			continue
		}
		if err := e.service.Close(); err != nil {
			log.Warn("service not closed in order", "service", e.kind.name(), "error", err)
		}
	}
}

// listen registers the element.
func (p *program) listen(ctx context.Context, n *asap.Node, e *element, notify func(asap.Event)) error {
	l, err := n.Listen(ctx, e.pool, &asap.ListenConfig{
		ID:          e.id,
		Policy:      e.policy,
		Local:       p.Local.ListenConfig,
		Interval:    p.Interval.Duration(),
		Patient:     p.Background(), // The process in the foreground does not wait for a registrar.
		MaxSessions: e.service.ListenLimit(),
		Notify:      notify,
	})
	if err == nil {
		e.listener.Store(l)
	}
	return err
}

// announce prints where the element serves. An element in the background has not been registered
// yet: notify prints its registration.
func (p *program) announce(out io.Writer, e *element) {
	l := e.listener.Load()
	state := "registered in pool " + e.pool + ","
	if p.Background() {
		state = "of pool " + e.pool
	}
	fmt.Fprintf(out, "element %v %s serving at %v\n", l.ID(), state, cli.Addrs(l.LocalAddrs()))
}

// notify returns a function for the events of an element.
func (p *program) notify(out io.Writer, hint *time.Timer, lost lostHome) func(asap.Event) {
	first := !p.Background() // In the foreground, announce prints the first registration.
	return func(ev asap.Event) {
		lost.notify(ev)
		registered, ok := ev.(asap.Registered)
		if !ok {
			return
		}
		hint.Stop()
		if !first {
			fmt.Fprintf(out, "%s element %v registered\n", time.Now().Format(cli.TimeFormat), registered.ID)
		}
		first = false
	}
}

// status returns the present status. An identifier that is drawn at random may change until
// the registration.
func (e *element) status() node.ElementStatus {
	s := node.ElementStatus{ID: e.id, Sessions: e.service.Sessions(), Workload: csp.WorkloadUnknown}
	if l := e.listener.Load(); l != nil {
		s.ID, s.Addrs = l.ID(), l.LocalAddrs()
	}
	if e.policy.Type.Adaptive() {
		s.Workload = csp.NewWorkload(e.service.Load())
	}
	return s
}
