package asapside

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine/asaptest"
	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/scope"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

func seeded() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// newRegistrar returns a registrar without settings, and its handlespace.
func newRegistrar(id wire.ServerID) (*Registrar, *handlespace.Handlespace) {
	return newRegistrarOf(Config{ID: id}, handlespace.Config{})
}

// newRegistrarOf returns a registrar with its handlespace, whose changes it is told of.
func newRegistrarOf(config Config, space handlespace.Config) (*Registrar, *handlespace.Handlespace) {
	random := seeded()
	var r *Registrar
	space.Rand = random
	space.OnChange = func(c handlespace.Change) { r.Changed(c) }
	hs := handlespace.New(space)
	r = New(config, hs, random)
	return r, hs
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	steptest.RunScenarios(t, "testdata/*.txt", func(t *testing.T, set steptest.Settings) steptest.Subject {
		config := Config{
			ID:                 0xabc,
			AnnounceCycle:      set.Duration("AnnounceCycle"),
			KeepAliveInterval:  set.Duration("KeepAliveInterval"),
			KeepAliveTimeout:   set.Duration("KeepAliveTimeout"),
			MaxBadReports:      set.Number("MaxBadReports"),
			MaxResolutionItems: set.Number("MaxResolutionItems"),
			MaxResolutionRate:  float64(set.Number("MaxResolutionRate")),
			MaxReportRate:      float64(set.Number("MaxReportRate")),
			DistanceStep:       set.Duration("DistanceStep"),
			MinScope:           parseScope(t, set.Text("MinScope")),
		}
		if config.AnnounceCycle == 0 {
			config.AnnounceCycle = -1
		}
		r, hs := newRegistrarOf(config, handlespace.Config{MaxElements: set.Number("MaxElements"), MaxOctets: set.Number("MaxOctets")})
		fill(r, set.Number("Elements"))
		return steptest.Subject{Machine: r, Event: twin{r, hs}.parseEvent, Flush: r.tick, Describe: describe}
	})
}

func parseScope(t *testing.T, name string) (level scope.Level) {
	if name != "" {
		if err := level.UnmarshalText([]byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	return level
}

// tick returns the actions that follow from changes of the handlespace.
func (r *Registrar) tick(now time.Time) []step.Action { return r.Step(now, step.Tick{}) }

// twin is a registrar with its handlespace, on which an ENRP side would work as well.
type twin struct {
	registrar *Registrar
	hs        *handlespace.Handlespace
}

func (w twin) parseEvent(now time.Time, name string, a *steptest.Args) step.Event {
	switch name {
	case "open":
		return Open{}
	case "adopt":
		return Adopt{Pool: wire.PoolHandle(a.Next()), ID: wire.PEID(a.NextNumber()), Ours: a.Flag("claimed")}
	case "learn":
		w.learn(now, a)
		return nil
	}
	ev := asaptest.ParseEvent(name, a)
	if ev == nil {
		a.Fail(fmt.Errorf("unknown command"))
	}
	return ev
}

// learn enters an element of another registrar, as if that had told of it.
func (w twin) learn(now time.Time, a *steptest.Args) {
	home := wire.ServerID(a.NextNumber())
	pool := wire.PoolHandle(a.Next())
	pe := asaptest.ParseElement(a)
	pe.HomeID = home
	pe.ASAPTransport = &wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: pe.UserTransport.Addrs}
	if a.Err != nil {
		return
	}
	e, _, err := w.hs.Register(now, pool, &pe, 0)
	if err != nil {
		a.Fail(err)
		return
	}
	w.hs.StopTimer(e)
}

// fill registers elements 1, 2, ... of the pool "full" over association 99.
func fill(r *Registrar, n int) {
	if n == 0 {
		return
	}
	peer := netip.MustParseAddrPort("10.0.0.99:3333")
	r.Step(steptest.Begin, step.Up{Assoc: 99, Peer: []netip.AddrPort{peer}})
	for i := range n {
		r.Step(steptest.Begin, received{Assoc: 99, Message: registration("full", wire.PEID(i+1), peer)})
	}
}

func registration(pool wire.PoolHandle, id wire.PEID, at netip.AddrPort) *asapmsg.Registration {
	return &asapmsg.Registration{PoolHandle: pool, PoolElement: wire.PoolElement{
		ID:               id,
		RegistrationLife: 90 * time.Second,
		UserTransport:    wire.Transport{Protocol: wire.SCTP, Use: wire.DataAndControl, Port: at.Port(), Addrs: []netip.Addr{at.Addr()}},
		Policy:           wire.Policy{Type: wire.RoundRobin},
	}}
}

// describe describes an action for the transcript of a scenario.
func describe(action step.Action) string {
	switch a := action.(type) {
	case step.Multicast:
		if m, ok := a.Message.(*asapmsg.ServerAnnounce); ok {
			return fmt.Sprintf("announce %v", m.ServerID)
		}
	case ElementRegistered:
		return fmt.Sprintf("element registered: %v %v by %d", a.Pool, a.ID, a.Assoc)
	case ElementMoved:
		return fmt.Sprintf("element moved: %v %v from %d to %d", a.Pool, a.ID, a.From, a.To)
	case ElementContested:
		return fmt.Sprintf("element contested: %v %v of %d by %d", a.Pool, a.ID, a.Holder, a.Rival)
	case ElementAdopted:
		return fmt.Sprintf("element adopted: %v %v", a.Pool, a.ID)
	case ElementRemoved:
		return fmt.Sprintf("element removed: %v %v: %s", a.Pool, a.ID, a.Reason)
	}
	if s := steptest.Describe(action, asaptest.DescribeMessage); s != "" {
		return s
	}
	return fmt.Sprintf("%#v", action)
}
