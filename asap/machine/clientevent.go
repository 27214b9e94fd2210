package machine

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// Ref identifies an element of a [Client]. The owner chooses it.
type Ref uint64

// Token identifies a handle resolution of a [Client]. The owner chooses it.
type Token uint64

// RegistrarsFound brings all configured registrars whose addresses are known, in place of the
// former ones.
type RegistrarsFound struct{ Registrars [][]netip.AddrPort }

// Register makes a pool element (RFC 5352, 3.1). Registered or Rejected answers, and again
// whenever that changes.
type Register struct {
	Ref  Ref
	Pool wire.PoolHandle
	// Element is the element with its user transport at all addresses of the host.
	// A registrar is not sent the addresses that it cannot use. An identifier of 0 is
	// replaced by a random identifier, and again if another element has the same.
	Element wire.PoolElement
	// Interval is the time between registrations (RFC 5352: T4-reregistration).
	Interval time.Duration
}

// Update changes an element's policy, and has it registered again at once.
type Update struct {
	Ref    Ref
	Policy wire.Policy
}

// Moved tells that the addresses of the element's host have changed. The element is
// registered again at once.
type Moved struct {
	Ref   Ref
	Addrs []netip.Addr
}

// Deregister takes an element out of its pool (RFC 5352, 3.2). Deregistered answers.
type Deregister struct{ Ref Ref }

// Abandon gives up a deregistration: no Deregistered follows.
type Abandon struct{ Ref Ref }

// Resolve asks for the elements of a pool. Resolved or ResolveFailed answers.
type Resolve struct {
	Token Token
	Pool  wire.PoolHandle
	// Items is the number of elements wanted; 0 lets the registrar decide.
	Items uint32
}

// Cancel withdraws a handle resolution: neither Resolved nor ResolveFailed follows.
type Cancel struct{ Token Token }

// ReportUnreachable tells the registrar that an element could not be reached (RFC 5352,
// 3.5). Nothing answers.
type ReportUnreachable struct {
	Pool wire.PoolHandle
	ID   wire.PEID
}

// IsEvent marks an event.
func (RegistrarsFound) IsEvent() {}

// IsEvent marks an event.
func (Register) IsEvent() {}

// IsEvent marks an event.
func (Update) IsEvent() {}

// IsEvent marks an event.
func (Moved) IsEvent() {}

// IsEvent marks an event.
func (Deregister) IsEvent() {}

// IsEvent marks an event.
func (Abandon) IsEvent() {}

// IsEvent marks an event.
func (Resolve) IsEvent() {}

// IsEvent marks an event.
func (Cancel) IsEvent() {}

// IsEvent marks an event.
func (ReportUnreachable) IsEvent() {}
