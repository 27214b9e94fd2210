package player

import (
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

type (
	// OpenActor asks for an endpoint for messages with a PPID. [Opened] answers.
	OpenActor struct {
		Actor ActorID
		PPID  uint32
	}

	// CloseActor asks to close an endpoint. No further events come from it.
	CloseActor struct{ Actor ActorID }

	// Do asks for a common action at an endpoint. The addresses of a step.Dial are empty,
	// and stand for the live registrar.
	Do struct {
		Actor  ActorID
		Action step.Action
	}

	// Played says that a cue has taken place in the live session, with the identifiers and
	// addresses of that session.
	Played struct{ Cue script.Cue }

	// Mapped says what stands for something of the script in the live session.
	Mapped struct{ Kind, Script, Live string }

	// Outcome is a question that the script and the live registrar have answered.
	Outcome struct {
		// Topic tells the question among all outcomes of a script. It is the same at every
		// registrar.
		Topic Topic
		// Frame is the packet of the request in the capture, 0 if there was none.
		Frame int
		// At is the time of the request in the script.
		At time.Duration
		// Request describes the request. It is empty for messages without a request.
		Request string
		// Script and Live are the two answers. Nil: there is none.
		Script, Live *script.Message
		// Ended is set for the end of an association instead of a message.
		Ended *Ended
		// Strangers are elements in the live answer that are not in the pool.
		Strangers []wire.PEID
		// Latency is the time from the request to the live answer, 0 if it is not known.
		Latency time.Duration
	}

	// Ended tells which registrar has refused or aborted an association.
	Ended struct{ Script, Live bool }
)

// Topic tells outcomes apart.
type Topic struct {
	Assoc  uint64
	Text   string
	Number int
}

// IsAction marks an action.
func (OpenActor) IsAction() {}

// IsAction marks an action.
func (CloseActor) IsAction() {}

// IsAction marks an action.
func (Do) IsAction() {}

// IsAction marks an action.
func (Played) IsAction() {}

// IsAction marks an action.
func (Mapped) IsAction() {}

// IsAction marks an action.
func (Outcome) IsAction() {}
