package asapside

import (
	"math/rand/v2"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// env is the environment of a registrar's concerns. All of them read the configuration,
// work on the handlespace, and add to the counts and to the actions of the current step.
type env struct {
	config  Config
	hs      *handlespace.Handlespace
	random  *rand.Rand
	counts  Counts
	actions []step.Action
}

// do adds an action to the current step.
func (v *env) do(a step.Action) { v.actions = append(v.actions, a) }

// send sends a message over an association.
func (v *env) send(assoc step.AssocID, m step.Message) {
	v.do(step.Send{Assoc: assoc, Message: m})
}

// isOurs reports whether this registrar is the home of an element.
func (v *env) isOurs(e *handlespace.Element) bool { return e.HomeID() == v.config.ID }

// isOrphan reports whether an element is ours, but has not said so itself: its former home is
// dead, or this registrar has restarted.
func (v *env) isOrphan(e *handlespace.Element) bool {
	return v.isOurs(e) && e.Association() == 0
}

// elementKey names an element. Unlike a [handlespace.Element] it outlives the removal.
type elementKey struct {
	pool wire.PoolHandle
	id   wire.PEID
}

func keyOf(e *handlespace.Element) elementKey { return elementKey{e.PoolHandle(), e.ID()} }

// causes returns a list of a single error cause.
func causes(code wire.CauseCode, info []byte) []wire.ErrorCause {
	return []wire.ErrorCause{{Code: code, Info: info}}
}
