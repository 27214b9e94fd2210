package asapside

import (
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// ElementRegistered tells that an element is in the handlespace that was not before.
type ElementRegistered struct {
	Pool  wire.PoolHandle
	ID    wire.PEID
	Assoc step.AssocID
}

// ElementMoved tells that an element that is in the handlespace has been registered over
// another association, while the one before is up: it has begun anew without an end, or
// two elements of one host have one identifier.
type ElementMoved struct {
	Pool     wire.PoolHandle
	ID       wire.PEID
	From, To step.AssocID
}

// ElementRemoved tells that an element has been taken out.
type ElementRemoved struct {
	Pool   wire.PoolHandle
	ID     wire.PEID
	Reason RemoveReason
}

func (ElementRegistered) IsAction() {}
func (ElementMoved) IsAction()      {}
func (ElementRemoved) IsAction()    {}

// RemoveReason tells why an element has been removed.
type RemoveReason string

// The reasons.
const (
	RemovedDeregistered RemoveReason = "deregistered"
	RemovedAssociation  RemoveReason = "association down"
	RemovedKeepAlive    RemoveReason = "no keep-alive acknowledgement"
	RemovedLife         RemoveReason = "registration life over"
	RemovedReports      RemoveReason = "reported as unreachable"
)
