package main

import (
	"sync/atomic"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/apps/internal/service"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/wire"
)

// elementStatus is what changes in the reports about a pool element.
type elementStatus struct {
	listener atomic.Pointer[asap.Listener] // nil: it has not been registered yet
	usage    service.Usage
}

// status returns what is to be reported now. An identifier that is drawn at random is
// not settled before the registration.
func (p *program) status(s *elementStatus) node.ElementStatus {
	e := node.ElementStatus{
		ID:       wire.PEID(p.Identifier),
		Sessions: s.usage.Sessions(),
		Workload: csp.WorkloadUnknown,
	}
	if l := s.listener.Load(); l != nil {
		e.ID, e.Addrs = l.ID(), l.Endpoint().LocalAddrs()
	}
	if p.Policy.Type.Adaptive() {
		e.Workload = csp.NewWorkload(s.usage.Load())
	}
	return e
}
