package asapside

import (
	"math/rand/v2"
	"testing"

	"github.com/rserpool-go/rserpool/transport/step/steptest"
)

// TestRegistrarRandomEvents feeds random events and checks the invariants after each. Nothing
// is left when all has ended.
func TestRegistrarRandomEvents(t *testing.T) {
	steptest.RunSeeds(t, func(t *testing.T, random *rand.Rand) {
		w := newWorldOf(t, random, randomConfig(random), random.IntN(3)*8)
		w.Machine = checkedMachine{w}
		w.Feed(Open{})
		w.Drive(500, w.event)
		w.end()
		w.checkEnd()
	})
}

func randomConfig(random *rand.Rand) Config {
	return Config{
		ID:                ownID,
		MaxBadReports:     random.IntN(4),
		MaxResolutionRate: float64(random.IntN(2)),
		MaxReportRate:     float64(random.IntN(2)),

		MaxElementsPerAssociation: random.IntN(3),
		MaxElementsPerHost:        random.IntN(3) * 2,
		Slice:                     random.IntN(3),
	}
}
