package attack

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/attack/client"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
)

const (
	patience  = time.Minute
	elementID = wire.PEID(7)
)

var loopback = netip.MustParseAddr("127.0.0.1")

// TestTable asserts that the attacks can be told apart and described.
func TestTable(t *testing.T) {
	names := map[string]bool{}
	for _, a := range Table() {
		if names[a.Name] || a.Name == "" || a.Does == "" || strings.HasSuffix(a.Does, ".") || a.Unit == "" || a.Aim == "" || a.Dose.Duration == 0 {
			t.Errorf("%+v", a)
		}
		names[a.Name] = true
		if found, ok := Find(a.Name); !ok || found.Name != a.Name {
			t.Errorf("Find(%q) is %q", a.Name, found.Name)
		}
	}
	if _, ok := Find("nothing"); ok {
		t.Error("Find has found nothing")
	}
	if longest := total(Table()); longest > 12*time.Minute {
		t.Errorf("the attacks take up to %v", longest)
	}
}

// total returns the time of attacks that use their dose up.
func total(attacks []Attack) (sum time.Duration) {
	for _, a := range attacks {
		sum += a.Dose.Duration + a.After
	}
	return sum
}

// TestNothingSent asserts that an attack that sends nothing is an error.
func TestNothingSent(t *testing.T) {
	idle := Attack{Name: "idle", Dose: Dose{Duration: time.Minute}, run: func(context.Context, *work) error { return nil }}
	if _, err := idle.Run(t.Context(), Target{}, Dose{}); !errors.Is(err, errNothingSent) {
		t.Errorf("%v", err)
	}
}

// TestNoTarget asserts that each attack that needs an answer fails without a target. Floods need none.
func TestNoTarget(t *testing.T) {
	nobody := netip.MustParseAddrPort("127.0.0.1:9")
	target := Target{
		ASAP: nobody, ENRP: nobody, Service: nobody, Element: nobody, Pool: "echo", ID: elementID,
		From: netip.MustParsePrefix("127.0.0.1/32"),
	}
	for _, name := range []string{
		"closed-window", "closed-echo-window", "steal-home", "hijack", "registrations", "unknown-pools", "subscription-storm", "flapping",
		"rogue-table", "rogue-updates", "takeover-removal", "fragments-without-end", "gaps", "forged-sacks", "chunk-types", "associations",
		"churn", "restarts", "cookie-replay",
	} {
		a, ok := Find(name)
		if !ok {
			t.Fatalf("no attack is called %s", name)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if r, err := a.Run(t.Context(), target, Dose{Duration: 100 * time.Millisecond, Patience: 100 * time.Millisecond, Associations: 2, Count: 10}); err == nil {
				t.Errorf("no error but %+v", r)
			}
		})
	}
}

// TestAttacks gives a short dose of each attack to a registrar with an element, and asserts that a good client gets all
// answers, each with the element.
func TestAttacks(t *testing.T) {
	for _, a := range Table() {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			if a.Name == "hijack" {
				t.Skip("all addresses of loopback are one host, which may replace its elements")
			}
			target := newTarget(t)
			var outcome Report
			r := underAttack(t, target, a, func(ctx context.Context) (err error) {
				outcome, err = a.Run(ctx, target, shortDose(a.Dose))
				return err
			})
			if outcome.Sent == 0 || outcome.Attack != a.Name || outcome.Unit != a.Unit {
				t.Errorf("%+v", outcome)
			}
			if r.Questions == 0 || r.Lost > 0 || r.Elements != 1 {
				t.Errorf("good client %+v, attack %+v", r, outcome)
			}
			t.Logf("%+v", outcome)
		})
	}
}

// shortDose returns a dose that a computer under test can bear.
func shortDose(d Dose) Dose {
	return Dose{
		Duration: 300 * time.Millisecond, Count: min(max(d.Count, 1), 200), Associations: min(max(d.Associations, 1), 4), Rate: 2000,
		Sources: min(max(d.Sources, 1), 4), Size: d.Size, Patience: patience,
	}
}

// underAttack runs an attack beside a good client, and returns the figures of the client.
func underAttack(t *testing.T, target Target, a Attack, attack func(ctx context.Context) error) client.Report {
	t.Helper()
	config := client.Config{
		Registrar: target.ASAP, Pool: target.Pool, Elements: []wire.PEID{elementID}, Host: loopback, Source: loopback, Patience: patience,
	}
	if a.Aim == AtElement {
		config.Service = target.Service
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := client.New(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.AwaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(ctx)
	reports := make(chan client.Report)
	go func() { reports <- c.Run(running) }()
	if err := attack(ctx); err != nil {
		t.Error(err)
	}
	stop()
	return <-reports
}

// newTarget starts a registrar and an element with the echo service on loopback.
func newTarget(t *testing.T) Target {
	t.Helper()
	config := registrartest.Loopback()
	config.ID = 0x1001
	config.Logger = slog.New(slog.DiscardHandler)
	server, _ := registrartest.Start(t, config)
	element, service := startElement(t, server)
	return Target{
		ASAP: server.LocalAddrs()[0], ENRP: server.ENRPAddrs()[0], Service: service, Element: element, Pool: "echo", ID: elementID,
		Registrar: server.ID(), From: netip.MustParsePrefix("127.98.0.1/16"),
	}
}

// startElement starts an element, and returns its addresses for registrars and for users.
func startElement(t *testing.T, server *registrar.Server) (element, service netip.AddrPort) {
	t.Helper()
	local := transport.ListenConfig{Addrs: []netip.Addr{loopback}}
	n, err := asap.Open(t.Context(), asap.Config{
		Registrars: []string{server.LocalAddrs()[0].String()}, Announce: transport.GroupConfig{Off: true}, Local: local,
		Network: udpsctp.NewNetwork(udpsctp.Config{}), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	l, err := n.Listen(t.Context(), "echo", &asap.ListenConfig{ID: elementID, Local: local})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- l.Serve(context.Background(), asap.HandlerFunc(echo)) }()
	t.Cleanup(func() {
		_ = n.Close()
		<-served // Serve ends with its node.
	})
	return n.LocalAddrs()[0], l.LocalAddrs()[0]
}

// echo sends each message back.
func echo(ctx context.Context, s *asap.Session) error {
	for m, err := range s.Messages(ctx) {
		if err == nil {
			err = s.Send(ctx, m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
