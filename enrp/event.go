package enrp

import (
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// The events that bring messages of ENRP: over an association, and by multicast.
type (
	Received = step.Received[enrpmsg.Message]
	Heard    = step.Heard[enrpmsg.Message]
)

// Confirmed says that an element is still ours, in answer to [Verify].
type Confirmed struct {
	Pool wire.PoolHandle
	ID   wire.PEID
}

// Leave says that the registrar is about to end: a peer shall take its elements over.
type Leave struct{}

// IsEvent marks an event.
func (Confirmed) IsEvent() {}

// IsEvent marks an event.
func (Leave) IsEvent() {}
