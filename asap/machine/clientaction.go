package machine

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/wire"
)

// Registered tells that a registrar has an element now. Before, it did not have the element,
// or had refused it.
type Registered struct {
	Ref  Ref
	ID   wire.PEID
	Home wire.ServerID
}

// Rejected tells that a registrar has refused an element. The element is registered again
// after an Update (RFC 5352, 3.1) and at another registrar. It is also registered again
// after its interval if the reason may pass:
//
//   - the registrar lacks resources,
//   - the registrar has another element with the identifier,
//   - the registrar has sent an error message instead of a response.
type Rejected struct {
	Ref    Ref
	Causes []wire.ErrorCause
}

// Contested tells that another process uses the identifier of an element, as the home registrar says.
// The element stays in its pool, since it has acknowledged. Contests of an element are told at most
// once a minute.
type Contested struct{ Ref Ref }

// Deregistered tells that an element is out of its pool. Causes tell why it is not.
type Deregistered struct {
	Ref    Ref
	Causes []wire.ErrorCause
}

// Resolved answers a Resolve by the registrar's response.
type Resolved struct {
	Token    Token
	Policy   wire.Policy
	Elements []wire.PoolElement
	// Causes tell why the registrar has refused, empty for a response with elements.
	Causes []wire.ErrorCause
}

// ResolveFailed answers a Resolve that got no response.
type ResolveFailed struct {
	Token Token
	// NoRegistrar: no registrar could be reached. Otherwise the registrar did not answer
	// in time.
	NoRegistrar bool
}

// HomeChanged tells that there is a home registrar.
type HomeChanged struct {
	ID   wire.ServerID // 0: not known yet
	Peer []netip.AddrPort
}

// LookUpRegistrars asks to look the names of the configured registrars up. RegistrarsFound
// answers.
type LookUpRegistrars struct{}

// HomeLost tells that the association with the home registrar has ended.
type HomeLost struct{}

// UnknownRegistrar tells of a registrar that has taken elements over, but is neither configured
// nor announced.
type UnknownRegistrar struct {
	ID   wire.ServerID
	Peer []netip.AddrPort
	// Followed: the registrar becomes the home, because there is no home that answers.
	// Otherwise the registrar is refused. Refusals are told at most once a minute.
	Followed bool
}

// IsAction marks an action.
func (Registered) IsAction() {}

// IsAction marks an action.
func (Rejected) IsAction() {}

// IsAction marks an action.
func (Contested) IsAction() {}

// IsAction marks an action.
func (Deregistered) IsAction() {}

// IsAction marks an action.
func (Resolved) IsAction() {}

// IsAction marks an action.
func (ResolveFailed) IsAction() {}

// IsAction marks an action.
func (HomeChanged) IsAction() {}

// IsAction marks an action.
func (LookUpRegistrars) IsAction() {}

// IsAction marks an action.
func (HomeLost) IsAction() {}

// IsAction marks an action.
func (UnknownRegistrar) IsAction() {}
