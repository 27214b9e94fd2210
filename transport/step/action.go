package step

import (
	"encoding"
	"net/netip"
)

// An Action is what a machine asks its owner to do, or tells it. Machines add kinds to
// those of this package.
type Action interface{ IsAction() }

// A Message encodes itself. A large one should have a method Len as well, which returns its
// length in octets, so that queues are bounded in octets.
type Message = encoding.BinaryAppender

// Send asks to send a message. The message must not change afterwards, since it may be
// encoded later. If the queue of the association is full, the association is aborted.
type Send struct {
	Assoc   AssocID
	Message Message
	// Unasked: the peer has not just asked for this message, so the number of such
	// messages is not bounded by the peer's requests. hub.Config.UnaskedLimit bounds the
	// queue instead of hub.Config.QueueLimit, if it is smaller.
	Unasked bool
}

// Multicast asks to send a message to the group of the endpoint.
type Multicast struct{ Message Message }

// Dial asks to open an association with a peer of these addresses. [Up] or [DialFailed]
// answers.
type Dial struct {
	Dial  DialID
	Addrs []netip.AddrPort
}

// End asks to shut an association down gracefully. [Down] follows.
type End struct{ Assoc AssocID }

// Abort asks to end an association at once. [Down] follows.
type Abort struct {
	Assoc  AssocID
	Reason string
}

// IsAction marks an action.
func (Send) IsAction() {}

// IsAction marks an action.
func (Multicast) IsAction() {}

// IsAction marks an action.
func (Dial) IsAction() {}

// IsAction marks an action.
func (End) IsAction() {}

// IsAction marks an action.
func (Abort) IsAction() {}
