package machine

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine/asaptest"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

func seeded() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestClientScenarios(t *testing.T) {
	t.Parallel()
	steptest.RunScenarios(t, "testdata/client/*.txt", func(_ *testing.T, set steptest.Settings) steptest.Subject {
		config := ClientConfig{
			NamedRegistrars: set.Bool("NamedRegistrars"),
			AnnounceTimeout: set.Duration("AnnounceTimeout"),
			HuntInterval:    set.Duration("HuntInterval"),
			HuntIntervalMax: set.Duration("HuntIntervalMax"),
			HuntRounds:      set.Number("HuntRounds"),
			ResponseTimeout: set.Duration("ResponseTimeout"),
			RequestTrials:   set.Number("RequestTrials"),
		}
		if set.Bool("TrustConfigured") {
			config.TrustRegistrars = TrustConfigured
		}
		for registrar := range strings.SplitSeq(set.Text("Registrars"), "/") {
			var addrs []netip.AddrPort
			for a := range strings.SplitSeq(registrar, ",") {
				if a != "" {
					addrs = append(addrs, netip.MustParseAddrPort(a))
				}
			}
			if len(addrs) > 0 {
				config.Registrars = append(config.Registrars, addrs)
			}
		}
		return steptest.Subject{Machine: NewClient(config, seeded()), Event: parseClientEvent, Describe: describe}
	})
}

func TestSessionScenarios(t *testing.T) {
	t.Parallel()
	steptest.RunScenarios(t, "testdata/session/*.txt", func(_ *testing.T, set steptest.Settings) steptest.Subject {
		config := SessionConfig{
			RetryInterval:    set.Duration("RetryInterval"),
			RetryIntervalMax: set.Duration("RetryIntervalMax"),
			Manual:           set.Bool("Manual"),
		}
		return steptest.Subject{Machine: NewSession(config, seeded()), Event: parseSessionEvent, Describe: describe}
	})
}

// newAnnounce returns the announce of a registrar at these addresses, the first of which is the
// source.
func newAnnounce(id wire.ServerID, addrs ...netip.AddrPort) Heard {
	m := &asapmsg.ServerAnnounce{ServerID: id}
	if len(addrs) == 0 {
		return Heard{Message: m}
	}
	if len(addrs) > 1 {
		t := wire.Transport{Protocol: wire.SCTP, Port: addrs[0].Port()}
		for _, a := range addrs {
			t.Addrs = append(t.Addrs, a.Addr())
		}
		m.Transports = []wire.Transport{t}
	}
	return Heard{Source: addrs[0], Message: m}
}

func parseClientEvent(_ time.Time, name string, a *steptest.Args) step.Event {
	switch name {
	case "announced":
		return newAnnounce(wire.ServerID(a.NextNumber()), a.Addrs()...)
	case "registrars-found":
		var ev RegistrarsFound
		for _, at := range a.Addrs() {
			ev.Registrars = append(ev.Registrars, []netip.AddrPort{at})
		}
		return ev
	case "register":
		return Register{
			Ref:      Ref(a.NextNumber()),
			Pool:     wire.PoolHandle(a.Next()),
			Interval: a.Duration("interval", 30*time.Second),
			Element:  asaptest.ParseElement(a),
		}
	case "update":
		return Update{Ref: Ref(a.NextNumber()), Policy: asaptest.ParsePolicy(a)}
	case "moved":
		ev := Moved{Ref: Ref(a.NextNumber())}
		for a.More() {
			ev.Addrs = append(ev.Addrs, netip.MustParseAddr(a.Next()))
		}
		return ev
	case "deregister":
		return Deregister{Ref: Ref(a.NextNumber())}
	case "abandon":
		return Abandon{Ref: Ref(a.NextNumber())}
	case "resolve":
		return Resolve{Token: Token(a.NextNumber()), Pool: wire.PoolHandle(a.Next()), Items: a.NamedNumber("items", 0)}
	case "cancel":
		return Cancel{Token: Token(a.NextNumber())}
	case "report":
		return ReportUnreachable{Pool: wire.PoolHandle(a.Next()), ID: wire.PEID(a.NextNumber())}
	}
	return eventOrFail(asaptest.ParseEvent(name, a), a)
}

func parseSessionEvent(_ time.Time, name string, a *steptest.Args) step.Event {
	var ev step.Event
	switch name {
	case "start":
		ev = Start{}
	case "candidates":
		ev = Candidates{Elements: asaptest.ParseElements(a)}
	case "no-candidates":
		ev = NoCandidates{}
	case "connected":
		ev = Connected{}
	case "connect-failed":
		ev = ConnectFailed{}
	case "lost":
		ev = Lost{Orderly: a.Flag("orderly")}
	case "cookie":
		ev = CookieReceived{Cookie: []byte(a.Next())}
	case "failover":
		ev = Failover{Works: a.Flag("works")}
	}
	return eventOrFail(ev, a)
}

func eventOrFail(ev step.Event, a *steptest.Args) step.Event {
	if ev == nil {
		a.Fail(fmt.Errorf("unknown command"))
	}
	return ev
}

// describe describes an action of a client or a session for the transcript of a scenario.
func describe(action step.Action) string {
	switch a := action.(type) {
	case HomeChanged:
		return fmt.Sprintf("home changed: %v at %s", a.ID, steptest.JoinAddrs(a.Peer))
	case HomeLost:
		return "home lost"
	case UnknownRegistrar:
		return fmt.Sprintf("unknown registrar: %v at %s, followed: %v", a.ID, steptest.JoinAddrs(a.Peer), a.Followed)
	case LookUpRegistrars:
		return "look up registrars"
	case Registered:
		return fmt.Sprintf("registered %d: %v at %v", a.Ref, a.ID, a.Home)
	case Rejected:
		return fmt.Sprintf("rejected %d%s", a.Ref, asaptest.DescribeCauses(a.Causes))
	case Contested:
		return fmt.Sprintf("contested %d", a.Ref)
	case Deregistered:
		return fmt.Sprintf("deregistered %d%s", a.Ref, asaptest.DescribeCauses(a.Causes))
	case Resolved:
		return fmt.Sprintf("resolved %d: %v%s%s", a.Token, a.Policy, asaptest.DescribeIDs(a.Elements), asaptest.DescribeCauses(a.Causes))
	case ResolveFailed:
		return fmt.Sprintf("resolve failed %d, no registrar: %v", a.Token, a.NoRegistrar)
	case LookUp:
		return fmt.Sprintf("look up %d", a.Items)
	case Connect:
		return fmt.Sprintf("connect to %v", a.Element.ID)
	case Disconnect:
		return "disconnect"
	case Report:
		return fmt.Sprintf("report %v", a.ID)
	case EchoCookie:
		return fmt.Sprintf("echo cookie %s", a.Cookie)
	case Ready:
		return fmt.Sprintf("ready at %v, failover: %v, cookie: %v", a.Element, a.Failover, a.Cookie)
	case Broken:
		return fmt.Sprintf("broken at %v, cookie: %v", a.Element, a.Cookie)
	}
	if s := steptest.Describe(action, asaptest.DescribeMessage); s != "" {
		return s
	}
	return fmt.Sprintf("%#v", action)
}
