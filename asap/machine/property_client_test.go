package machine

import (
	"math/rand/v2"
	"testing"

	"github.com/rserpool-go/rserpool/transport/step/steptest"
)

// TestClientRandomEvents feeds random events and checks the invariants after each. A registrar
// that answers settles everything in the end.
func TestClientRandomEvents(t *testing.T) {
	steptest.RunSeeds(t, func(t *testing.T, random *rand.Rand) {
		w := newClientWorld(t, random)
		w.Machine = checkedClient{w}
		w.Drive(500, w.event)
		w.settle()
	})
}
