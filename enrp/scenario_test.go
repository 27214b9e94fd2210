package enrp

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
)

// registrarScenario is a machine with its handlespace, which commands change in place of an
// ASAP side.
type registrarScenario struct {
	machine *Machine
	hs      *handlespace.Handlespace
	config  Config
}

// newScenario makes a machine of the settings: fields of Config by their names, and Elements,
// the number of elements of its own. A Presence is sent once an hour unless a setting says
// otherwise, so that a transcript does not fill with Presences.
func newScenario(t *testing.T, set steptest.Settings) *registrarScenario {
	w := &registrarScenario{config: Config{
		ID:               self,
		HeartbeatCycle:   cmp.Or(set.Duration("HeartbeatCycle"), time.Hour),
		MaxTimeLastHeard: set.Duration("MaxTimeLastHeard"),
		MaxTableElements: set.Number("MaxTableElements"),
		HigherWins:       set.Bool("HigherWins"),
		SuggestTakeovers: set.Bool("SuggestTakeovers"),
	}}
	for p := range strings.SplitSeq(set.Text("Peers"), "/") {
		var addrs []netip.AddrPort
		for a := range strings.SplitSeq(p, ",") {
			if a != "" {
				addrs = append(addrs, netip.MustParseAddrPort(a))
			}
		}
		if len(addrs) > 0 {
			w.config.Peers = append(w.config.Peers, addrs)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	w.hs = handlespace.New(handlespace.Config{
		Rand:     random,
		OnChange: func(c handlespace.Change) { w.machine.Changed(c) },
	})
	w.machine = New(w.config, w.hs, random, steptest.Begin)
	for i := range set.Number("Elements") {
		pe := element(wire.PEID(i+1), self, time.Minute)
		if _, _, err := w.hs.Register(steptest.Begin, "p", &pe, 1); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	steptest.RunScenarios(t, "testdata/*.txt", func(t *testing.T, set steptest.Settings) steptest.Subject {
		w := newScenario(t, set)
		return steptest.Subject{Machine: w.machine, Event: w.parseEvent, Flush: w.machine.Flush, Ask: w.ask, Describe: describe}
	})
}

// ask answers a command that asks for the state.
func (w *registrarScenario) ask(name string) (answer []string, ok bool) {
	switch name {
	case "table":
		for e := range w.hs.Elements() {
			line := fmt.Sprintf("%v/%v@%v", e.PoolHandle(), e.ID(), e.HomeID())
			if e.HomeID() != self {
				line += steptest.WordIf(e.Timer() == timerExpiry, " expires") + steptest.WordIf(w.isMarked(e), " marked")
			}
			answer = append(answer, line)
		}
		slices.Sort(answer)
		if len(answer) == 0 {
			answer = []string{"no elements"}
		}
	case "peers":
		for _, id := range w.machine.Peers() {
			answer = append(answer, fmt.Sprintf("peer %v", id))
		}
		if len(answer) == 0 {
			answer = []string{"no peers"}
		}
	case "ready":
		answer = []string{fmt.Sprintf("ready: %v", w.machine.Ready())}
	default:
		return nil, false
	}
	return answer, true
}

// isMarked reports whether a download of the elements of e's home has not confirmed e so far.
func (w *registrarScenario) isMarked(e *handlespace.Element) bool {
	return slices.ContainsFunc(w.machine.peers.all, func(p *peer) bool {
		d := p.replica.download
		return d != nil && d.home == e.HomeID() && !e.RenewedSince(d.mark)
	})
}
