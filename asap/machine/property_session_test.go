package machine

import (
	"math/rand/v2"
	"testing"

	"github.com/rserpool-go/rserpool/transport/step/steptest"
)

// TestSessionRandomEvents feeds random events and checks the invariants after each.
func TestSessionRandomEvents(t *testing.T) {
	steptest.RunSeeds(t, func(t *testing.T, random *rand.Rand) {
		w := newSessionWorld(t, random)
		w.Drive(500, w.event)
	})
}
