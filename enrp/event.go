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

// Confirmed says that an element that was to be asked by [Verify] is ours.
type Confirmed struct {
	Pool wire.PoolHandle
	ID   wire.PEID
}

// Leave says that the registrar is about to end: its elements are to be handed to a
// peer.
type Leave struct{}

func (Confirmed) IsEvent() {}
func (Leave) IsEvent()     {}
