package asapside

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// ElementRegistered tells that an element is new in the handlespace.
type ElementRegistered struct {
	Pool  wire.PoolHandle
	ID    wire.PEID
	Assoc step.AssocID
}

// ElementMoved tells that an element of the handlespace has registered over a new
// association while its old association is up. Either the element has restarted without
// ending the old association, or two elements of a host share an identifier.
type ElementMoved struct {
	Pool     wire.PoolHandle
	ID       wire.PEID
	From, To step.AssocID
}

// ElementContested tells that the holder of an element has acknowledged while another process of its
// host, the rival, wanted to register the element: two processes share an identifier. The rival has
// been refused. The associations are those of holder and rival.
type ElementContested struct {
	Pool          wire.PoolHandle
	ID            wire.PEID
	Holder, Rival step.AssocID
}

// ElementRemoved tells that an element has been taken out.
type ElementRemoved struct {
	Pool   wire.PoolHandle
	ID     wire.PEID
	Reason RemoveReason
}

// ElementAdopted tells that an element has acknowledged this registrar as its home.
type ElementAdopted struct {
	Pool wire.PoolHandle
	ID   wire.PEID
}

// ElementVerified tells that an element has acknowledged, after a [Verify].
type ElementVerified struct {
	Pool wire.PoolHandle
	ID   wire.PEID
}

// LimitReached tells that a registration is refused because its association or its host has too
// many elements. The action comes once for each association.
type LimitReached struct {
	Assoc step.AssocID
	Host  netip.Addr
	// Limit is the limit that is reached.
	Limit Limit
}

// Limit is a limit of the number of elements.
type Limit string

// The limits.
const (
	LimitAssociation Limit = "elements of an association"
	LimitHost        Limit = "elements of a host"
)

// IsAction marks an action.
func (ElementRegistered) IsAction() {}

// IsAction marks an action.
func (ElementMoved) IsAction() {}

// IsAction marks an action.
func (ElementContested) IsAction() {}

// IsAction marks an action.
func (ElementRemoved) IsAction() {}

// IsAction marks an action.
func (ElementAdopted) IsAction() {}

// IsAction marks an action.
func (ElementVerified) IsAction() {}

// IsAction marks an action.
func (LimitReached) IsAction() {}

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
