package machine

import (
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// newRegistrar returns a registrar without settings, and its handlespace.
func newRegistrar(id wire.ServerID) (*Registrar, *handlespace.Handlespace) {
	random := seeded()
	hs := handlespace.New(handlespace.Config{Rand: random})
	return NewRegistrar(RegistrarConfig{ID: id}, hs, random), hs
}

func TestRegistrarScenarios(t *testing.T) {
	t.Parallel()
	runScenarios(t, "registrar", func(s *scenario, values map[string]string) {
		set := settings{s.t, values}
		config := RegistrarConfig{
			ID:                 0xabc,
			AnnounceCycle:      -1,
			KeepAliveInterval:  set.duration("KeepAliveInterval"),
			KeepAliveTimeout:   set.duration("KeepAliveTimeout"),
			MaxBadReports:      set.number("MaxBadReports"),
			MaxResolutionItems: set.number("MaxResolutionItems"),
			MaxResolutionRate:  float64(set.number("MaxResolutionRate")),
			MaxReportRate:      float64(set.number("MaxReportRate")),
			DistanceStep:       set.duration("DistanceStep"),
		}
		if values["AnnounceCycle"] != "" {
			config.AnnounceCycle = set.duration("AnnounceCycle")
		}
		if scope := values["MinScope"]; scope != "" {
			if err := config.MinScope.UnmarshalText([]byte(scope)); err != nil {
				s.t.Fatal(err)
			}
		}
		random := seeded()
		var r *Registrar
		hs := handlespace.New(handlespace.Config{
			Rand:        random,
			MaxElements: set.number("MaxElements"),
			OnChange:    func(c handlespace.Change) { r.Changed(c) },
		})
		r = NewRegistrar(config, hs, random)
		s.step, s.deadline = r.Step, r.Deadline
		s.parse = func(words []string) (Event, error) {
			a := parseArguments(words[1:])
			switch words[0] {
			case "open":
				return Open{}, nil
			case "adopt":
				return Adopt{Pool: wire.PoolHandle(a.next()), ID: wire.PEID(a.nextNumber()), Claimed: a.flag("claimed")}, a.err
			case "learn":
				return Tick{}, learn(s, hs, a)
			}
			return parseEvent(words)
		}
		if n := set.number("Elements"); n > 0 {
			fill(s, n)
		}
	})
}

// learn enters an element of another registrar, as if that had told of it.
func learn(s *scenario, hs *handlespace.Handlespace, a *arguments) error {
	home := wire.ServerID(a.nextNumber())
	pool := wire.PoolHandle(a.next())
	pe := a.element()
	pe.HomeID = home
	pe.ASAPTransport = &wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: pe.UserTransport.Addrs}
	if a.err != nil {
		return a.err
	}
	e, _, err := hs.Register(s.now, pool, &pe, 0)
	if err == nil {
		hs.StopTimer(e)
	}
	return err
}

// fill registers elements 1, 2, ... of the pool "full" over association 99.
func fill(s *scenario, n int) {
	peer := netip.MustParseAddrPort("10.0.0.99:3333")
	s.step(s.now, AssociationUp{Assoc: 99, Peer: []netip.AddrPort{peer}})
	for i := range n {
		s.step(s.now, Received{Assoc: 99, Message: registration("full", wire.PEID(i+1), peer)})
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
