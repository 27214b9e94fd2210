package enrp

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
)

// self is the identifier of the registrar of a scenario.
const self wire.ServerID = 0x20

// twin is a machine with its handlespace, on which an ASAP side would work as well.
type twin struct {
	machine *Machine
	hs      *handlespace.Handlespace
	config  Config
}

// newTwin makes a machine of the settings: those of Config by their names, and
// Elements, which is how many elements of its own it has. So that a transcript has no
// more Presences than it is about, there is one in an hour unless it says else.
func newTwin(t *testing.T, settings map[string]string, now time.Time) *twin {
	w := &twin{config: Config{ID: self, HeartbeatCycle: time.Hour}}
	elements := 0
	for name, value := range settings {
		var err error
		switch name {
		case "Peers":
			for p := range strings.SplitSeq(value, "/") {
				var addrs []netip.AddrPort
				for a := range strings.SplitSeq(p, ",") {
					addrs = append(addrs, netip.MustParseAddrPort(a))
				}
				w.config.Peers = append(w.config.Peers, addrs)
			}
		case "HeartbeatCycle":
			w.config.HeartbeatCycle, err = time.ParseDuration(value)
		case "MaxTimeLastHeard":
			w.config.MaxTimeLastHeard, err = time.ParseDuration(value)
		case "MaxTableElements":
			w.config.MaxTableElements, err = strconv.Atoi(value)
		case "HigherWins":
			w.config.HigherWins, err = strconv.ParseBool(value)
		case "SuggestTakeovers":
			w.config.SuggestTakeovers, err = strconv.ParseBool(value)
		case "Elements":
			elements, err = strconv.Atoi(value)
		default:
			err = fmt.Errorf("unknown setting %s", name)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	w.hs = handlespace.New(handlespace.Config{
		Rand:     random,
		OnChange: func(c handlespace.Change) { w.machine.Changed(c) },
	})
	w.machine = New(w.config, w.hs, random, now)
	for i := range elements {
		pe := element(wire.PEID(i+1), self, time.Minute)
		if _, _, err := w.hs.Register(now, "p", &pe, 1); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func element(id wire.PEID, home wire.ServerID, life time.Duration) wire.PoolElement {
	addr := netip.AddrFrom4([4]byte{10, 1, byte(id >> 8), byte(id)})
	return wire.PoolElement{
		ID:               id,
		HomeID:           home,
		RegistrationLife: life,
		UserTransport:    wire.Transport{Protocol: wire.SCTP, Use: wire.DataAndControl, Port: 5000, Addrs: []netip.Addr{addr}},
		Policy:           wire.Policy{Type: wire.RoundRobin},
		ASAPTransport:    &wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: []netip.Addr{addr}},
	}
}

// ask answers what is no event.
func (w *twin) ask(name string, _ *arguments) (answer []string, ok bool) {
	switch name {
	case "table":
		for e := range w.hs.Elements() {
			line := fmt.Sprintf("%v/%v@%v", e.PoolHandle(), e.ID(), e.HomeID())
			if e.HomeID() != self {
				line += word(e.Timer() == timerExpiry, " expires") + word(e.Marked(), " marked")
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
