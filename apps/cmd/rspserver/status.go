package main

import (
	"sync/atomic"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/apps/internal/service"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/wire"
)

// elementStatus is the source of the reports about a pool element.
type elementStatus struct {
	service  *service.Service
	listener atomic.Pointer[asap.Listener] // nil: the element has not been registered yet
}

// status returns the present status. An identifier that is drawn at random may change until
// the registration.
func (p *program) status(s *elementStatus) node.ElementStatus {
	e := node.ElementStatus{
		ID:       wire.PEID(p.Identifier),
		Sessions: s.service.Sessions(),
		Workload: csp.WorkloadUnknown,
	}
	if l := s.listener.Load(); l != nil {
		e.ID, e.Addrs = l.ID(), l.LocalAddrs()
	}
	if p.Policy.Type.Adaptive() {
		e.Workload = csp.NewWorkload(s.service.Load())
	}
	return e
}
