package enrp

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/wire"
)

// Ready tells that the handlespace is as complete as it gets: the registrar may announce
// itself to pool elements and pool users.
type Ready struct {
	// Mentor is the peer that sent the handlespace, 0 if there was none.
	Mentor wire.ServerID
}

// Adopt asks to tell an element that this registrar is its home now: after a takeover, after
// a restart of this registrar, or because the element's home suggests the change.
type Adopt struct {
	Pool wire.PoolHandle
	ID   wire.PEID
	// Ours: this registrar is the element's home in the handlespace already. False: the
	// registrar's ASAP side changes the home when the element acknowledges.
	Ours bool
}

// Verify asks to verify that an element is still ours, because a peer claims it. The owner
// asks the element over the association of its registration. [Confirmed] answers; an
// element that does not acknowledge is removed.
type Verify struct {
	Pool wire.PoolHandle
	ID   wire.PEID
	// Contested: the element has refuted a claim before, so there is another element with its
	// identifier. The element is told.
	Contested bool
}

// Contested tells that a peer claims an element of ours again, though the element has just said
// that it is ours: two elements share an identifier. Each registrar keeps its element. The action is
// repeated at most every 10 seconds for each element.
type Contested struct {
	Pool wire.PoolHandle
	ID   wire.PEID
	Peer wire.ServerID
}

// PeerFound tells that the peer is new.
type PeerFound struct{ ID wire.ServerID }

// PeerLost tells that the registrar is no longer a peer.
type PeerLost struct {
	ID wire.ServerID
	// Elements is the number of elements taken over from the peer.
	Elements int
}

// Synchronized tells that a peer's handle table has been received.
type Synchronized struct {
	ID wire.ServerID
	// Elements is the number of elements in the table. Purged is the number of elements
	// removed because the table lacks them.
	Elements, Purged int
}

// Duplicate tells that another registrar has our identifier, which is a mistake of their
// configuration. The action is repeated at most once a minute.
type Duplicate struct {
	// Addrs is the endpoint that the other registrar announces.
	Addrs []netip.AddrPort
}

// TakeoverRefused tells that a peer says that it has taken over another peer, which we hear.
// The action is repeated at most once a minute for each sender.
type TakeoverRefused struct {
	// ID is the peer that sent the message. Target is the peer that we hear.
	ID, Target wire.ServerID
}

// AuditFailed tells that the checksum of a peer differs from the checksum of its handle table,
// which we have received. The action is not repeated until the checksums agree.
type AuditFailed struct{ ID wire.ServerID }

// ElementsRefused tells that elements of a peer are refused for lack of resources: the peer has too
// many, or the handlespace is full. The action is repeated at most once a minute for each peer
// that sends such elements.
type ElementsRefused struct {
	ID wire.ServerID
	// Reason is the refusal of the first element.
	Reason error
}

// IsAction marks an action.
func (Ready) IsAction() {}

// IsAction marks an action.
func (Adopt) IsAction() {}

// IsAction marks an action.
func (Verify) IsAction() {}

// IsAction marks an action.
func (Contested) IsAction() {}

// IsAction marks an action.
func (PeerFound) IsAction() {}

// IsAction marks an action.
func (PeerLost) IsAction() {}

// IsAction marks an action.
func (Synchronized) IsAction() {}

// IsAction marks an action.
func (Duplicate) IsAction() {}

// IsAction marks an action.
func (TakeoverRefused) IsAction() {}

// IsAction marks an action.
func (AuditFailed) IsAction() {}

// IsAction marks an action.
func (ElementsRefused) IsAction() {}
