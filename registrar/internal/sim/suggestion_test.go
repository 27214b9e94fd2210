package sim

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// Registrars that suggest elements to each other do not go round in circles, even if elements miss
// announces and thus refuse suggestions. An element that answers two registrars for a while is not
// suggested again with each answer.
func TestSuggestionsEnd(t *testing.T) {
	t.Parallel()
	n := uint64(200)
	if testing.Short() || raceDetector {
		n = 20
	}
	most, suggestions := 0, 0
	for seed := range n {
		times := make(map[string][]float64) // in seconds, of the suggestions of an element at a registrar
		c := drawConfig(seed, func(line string) {
			if strings.Contains(line, "takeover_suggested=true") {
				words := strings.Fields(line)
				key := words[1] + " " + line[strings.Index(line, "pool="):strings.Index(line, "home_id=")]
				at, _ := strconv.ParseFloat(words[0], 64)
				times[key] = append(times[key], at)
				suggestions++
			}
		})
		c.Registrars, c.Interval, c.ENRP.SuggestTakeovers, c.Network.DatagramLoss = max(c.Registrars, 2), 5*time.Second, true, 0.3
		w := New(c)
		chaos := &chaos{w: w, loss: c.Network.Loss}
		w.Run(20 * time.Second)
		chaos.breakMuch()
		chaos.mend()
		w.Run(30 * time.Second)
		for key, list := range times {
			for i := range list {
				if k := countWithin(list[i:], 2); k > most {
					most = k
					t.Logf("seed %d: %d suggestions of %s within 2 s, from %v s on", seed, k, key, list[i])
				}
			}
		}
	}
	if most > 8 || suggestions < int(n) {
		t.Errorf("%d suggestions of an element within 2 s; %d suggestions", most, suggestions)
	}
}

// countWithin returns the number of times within some seconds of the first.
func countWithin(times []float64, seconds float64) (n int) {
	for n < len(times) && times[n] < times[0]+seconds {
		n++
	}
	return n
}
