package asapside

import (
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// received is the event that brings a message of a pool element or pool user.
type received = step.Received[asapmsg.Message]

// Open says that the handlespace is complete: the registrar announces itself from
// now on.
type Open struct{}

// Adopt says that this registrar is to be the home of an element of another registrar
// (RFC 5353, 3.5.2). A keep-alive with the H bit asks the element, over an association that
// is opened for that: elements ignore an H bit over other associations.
type Adopt struct {
	Pool wire.PoolHandle
	ID   wire.PEID
	// Ours: this registrar is the element's home in the handlespace already, and an
	// element that does not acknowledge is removed. False: the element becomes ours when
	// it acknowledges.
	Ours bool
}

// Verify says that another registrar claims an element of ours. A keep-alive asks the
// element. ElementVerified answers, or the element is removed.
type Verify struct {
	Pool wire.PoolHandle
	ID   wire.PEID
	// Contested: the other registrar has an element with the identifier, and the keep-alive tells.
	Contested bool
}

// IsEvent marks an event.
func (Open) IsEvent() {}

// IsEvent marks an event.
func (Adopt) IsEvent() {}

// IsEvent marks an event.
func (Verify) IsEvent() {}
