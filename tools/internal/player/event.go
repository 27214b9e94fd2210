package player

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/transport/step"
)

// ActorID numbers the actors of a player, from 1.
type ActorID uint64

// The player takes step.Tick and the events below. In Happened, it takes step.Up, step.Down,
// step.DialFailed and step.Received with messages of type script.Message.
type (
	// Perform brings the next cue. It may only come while the player is ready.
	Perform struct{ Cue script.Cue }

	// End says that the script has no further cue.
	End struct{}

	// Stop ends the script and the session at once: the cue that is not due yet is dropped, and
	// no answer is waited for.
	Stop struct{}

	// Opened answers [OpenActor].
	Opened struct {
		Actor ActorID
		// Addrs are the addresses of the endpoint. They are empty if it could not be bound.
		Addrs []netip.AddrPort
		// Err is the reason why it could not be bound.
		Err error
	}

	// Happened brings an event of an actor's endpoint.
	Happened struct {
		Actor ActorID
		Event step.Event
	}
)

// IsEvent marks an event.
func (Perform) IsEvent() {}

// IsEvent marks an event.
func (End) IsEvent() {}

// IsEvent marks an event.
func (Stop) IsEvent() {}

// IsEvent marks an event.
func (Opened) IsEvent() {}

// IsEvent marks an event.
func (Happened) IsEvent() {}
