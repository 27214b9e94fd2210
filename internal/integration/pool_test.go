package integration

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

func TestRegisterResolveDeregister(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		server, _ := b.registrar(b.pr, registrar.Config{})
		host := b.net.Host()
		pe, pu := b.node(host, b.pr), b.node(b.net.Host(), b.pr)
		if _, err := pu.Resolve(b.limit(), "echo", &asap.ResolveConfig{Items: 1}); !errors.Is(err, asap.ErrPoolUnknown) {
			t.Errorf("Resolve of a pool that is not there: %v", err)
		}
		l := b.listen(pe, &asap.ListenConfig{Policy: wire.Policy{Type: wire.WeightedRandom, Weight: 7}})
		asked := time.Now()
		pool, err := pu.Resolve(b.limit(), "echo", nil)
		if err != nil || len(pool.Elements) != 1 {
			t.Fatalf("%+v, %v", pool, err)
		}
		if pool.Policy.Type != wire.WeightedRandom || pool.Time.Before(asked) || pool.Time.After(time.Now()) {
			t.Errorf("%+v", pool)
		}
		e := pool.Elements[0]
		if e.ID != l.ID() || e.ID == 0 || e.Policy.Weight != 7 || e.HomeID != server.ID() ||
			!slices.Equal(e.UserTransport.AddrPorts(), l.LocalAddrs()) {
			t.Errorf("the element is %+v, want that of %v at %v", e, l.ID(), l.LocalAddrs())
		}
		if l.Pool() != "echo" {
			t.Errorf("pool %v", l.Pool())
		}
		// A change is known at once.
		if err := l.SetPolicy(b.limit(), wire.Policy{Type: wire.WeightedRandom, Weight: 8}); err != nil {
			t.Fatal(err)
		}
		b.eventually("the weight has changed", func() bool {
			pool, err := pu.Resolve(b.limit(), "echo", &asap.ResolveConfig{Items: 1})
			return err == nil && pool.Elements[0].Policy.Weight == 8
		})
		if err := l.Shutdown(b.limit()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := l.Shutdown(b.limit()); err != nil {
			t.Errorf("Shutdown again: %v", err)
		}
		if ids := b.ids(pu); ids != nil {
			t.Errorf("the element is still there: %v", ids)
		}
		if _, err := l.Accept(b.limit()); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Accept after Shutdown: %v", err)
		}
		if err := l.SetPolicy(b.limit(), wire.Policy{Type: wire.WeightedRandom}); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("SetPolicy after Shutdown: %v", err)
		}
	})
}

// A registrar is found by its announces.
func TestRegistrarIsFoundByAnnounces(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		server, _ := b.registrar(b.pr, registrar.Config{Announce: transport.GroupConfig{Addr: asap.AnnounceGroup}})
		notify, events := events()
		b.listen(b.node(b.net.Host()), &asap.ListenConfig{Notify: notify})
		if ev := told[asap.Registered](b, events); ev.Home != server.ID() || ev.ID == 0 {
			t.Errorf("%+v, want home %v", ev, server.ID())
		}
	})
}

func TestListenRefused(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		one, two := b.node(b.net.Host(), b.pr), b.node(b.net.Host(), b.pr)
		b.listen(one, &asap.ListenConfig{ID: 0x77})
		for name, c := range map[string]struct {
			pool   string
			config asap.ListenConfig
			cause  wire.CauseCode
		}{
			"policy":     {"echo", asap.ListenConfig{Policy: wire.Policy{Type: wire.Random}}, wire.CauseInconsistentPolicy},
			"identifier": {"echo", asap.ListenConfig{ID: 0x77}, wire.CauseNonUniquePEID},
		} {
			_, err := two.Listen(b.limit(), c.pool, &c.config)
			rejected, ok := errors.AsType[*asap.RejectedError](err)
			if !ok || rejected.Causes[0].Code != c.cause {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, c := range map[string]struct {
			pool   string
			config asap.ListenConfig
		}{
			"no handle":        {"", asap.ListenConfig{}},
			"too long":         {"123456789012345678901234567890123", asap.ListenConfig{}},
			"interval":         {"echo", asap.ListenConfig{Interval: time.Millisecond}},
			"life":             {"echo", asap.ListenConfig{Interval: 1000 * time.Hour}},
			"the same element": {"echo", asap.ListenConfig{ID: 0x77}},
		} {
			if _, err := one.Listen(b.limit(), c.pool, &c.config); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
		// The element that was there is not concerned.
		if ids := b.ids(two); !slices.Equal(ids, []wire.PEID{0x77}) {
			t.Errorf("the pool has %v", ids)
		}
	})
}

// Without a registrar, calls wait as long as their contexts say, tell where they have looked,
// and leave nothing.
func TestNoRegistrar(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		other := b.net.Host()
		for want, n := range map[string]*asap.Node{
			"{pr}":                         b.node(b.net.Host(), b.pr),
			"{pr} and {other}":             b.node(b.net.Host(), b.pr, other),
			"announces on 239.0.0.50:3863": b.node(b.net.Host()),
			"{pr} and announces on 239.0.0.50:3863": b.open(asap.Config{
				Network:    b.net.Host(),
				Registrars: []string{registrartest.Addr(b.pr).String()},
			}),
			"registrar.example and announces on 239.0.0.77:7777": b.open(asap.Config{
				Network:    b.net.Host(),
				Registrars: []string{"registrar.example"},
				Resolver:   new(names),
				Announce:   transport.GroupConfig{Addr: netip.MustParseAddrPort("239.0.0.77:7777")},
			}),
		} {
			places := strings.NewReplacer("{pr}", registrartest.Addr(b.pr).String(), "{other}", registrartest.Addr(other).String())
			for name, call := range waitingCalls(n) {
				begin := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				err := call(ctx)
				cancel()
				took := time.Since(begin)
				if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, asap.ErrNoRegistrar) || took != 3*time.Second {
					t.Errorf("%s: %v after %v", name, err, took)
				}
				text := "pool echo: no registrar, tried " + places.Replace(want) + ": context deadline exceeded"
				if err.Error() != text {
					t.Errorf("%s: %q, want %q", name, err, text)
				}
				if err := call(ended()); !errors.Is(err, context.Canceled) {
					t.Errorf("%s with an ended context: %v", name, err)
				}
			}
		}
	})
}

// waitingCalls returns calls for the pool "echo" that need a registrar, by name.
func waitingCalls(n *asap.Node) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Resolve": func(ctx context.Context) error {
			_, err := n.Resolve(ctx, "echo", nil)
			return err
		},
		"Dial": func(ctx context.Context) error {
			_, err := n.Dial(ctx, "echo", nil)
			return err
		},
		"Listen": func(ctx context.Context) error {
			_, err := n.Listen(ctx, "echo", nil)
			return err
		},
	}
}

// A patient element does not wait for its registrar, and is registered when there is one.
func TestPatientListen(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		n := b.node(b.net.Host(), b.pr)
		notify, events := events()
		l := b.listen(n, &asap.ListenConfig{Patient: true, Notify: notify})
		b.registrar(b.pr, registrar.Config{})
		if ev := told[asap.Registered](b, events); ev.ID != l.ID() {
			t.Errorf("%+v, want %v", ev, l.ID())
		}
		if err := n.Shutdown(b.limit()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := n.Shutdown(b.limit()); err != nil {
			t.Errorf("Shutdown again: %v", err)
		}
		if err := n.Close(); err != nil {
			t.Errorf("Close after Shutdown: %v", err)
		}
		for name, call := range waitingCalls(n) {
			if err := call(b.limit()); !errors.Is(err, asap.ErrClosed) {
				t.Errorf("%s after Shutdown: %v", name, err)
			}
		}
	})
}

func TestHuntRounds(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		n := b.open(asap.Config{Network: b.net.Host(), HuntRounds: 2})
		if _, err := n.Resolve(b.limit(), "echo", &asap.ResolveConfig{Items: 1}); !errors.Is(err, asap.ErrNoRegistrar) {
			t.Errorf("Resolve: %v", err)
		}
		// Dial goes on, and tells at the end of its context why.
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := n.Dial(ctx, "echo", nil)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, asap.ErrNoRegistrar) {
			t.Errorf("Dial: %v", err)
		}
	})
}

func TestSilentRegistrar(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		// An endpoint at the registrar's port is silent.
		e, err := b.pr.Listen(t.Context(), listenAt(wire.PortASAP))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = e.Close() }()
		n := b.node(b.net.Host(), b.pr)
		begin := time.Now()
		_, err = n.Resolve(b.limit(), "echo", &asap.ResolveConfig{Items: 1})
		if took := time.Since(begin).Round(time.Second); !errors.Is(err, asap.ErrTimeout) || took != 9*time.Second {
			t.Errorf("Resolve: %v after %v", err, took)
		}
		for name, call := range waitingCalls(n) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			err := call(ctx)
			cancel()
			if want := "pool echo: no answer from the registrar: context deadline exceeded"; err.Error() != want {
				t.Errorf("%s: %q, want %q", name, err, want)
			}
			if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, asap.ErrTimeout) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// An element is out of all answers at once when its association with the registrar ends.
func TestElementIsGoneWithItsAssociation(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		pu := b.node(b.net.Host(), b.pr)
		node, raw := b.node(b.net.Host(), b.pr), b.registerRaw(b.net.Host(), 0x77)
		l := b.listen(node, nil)
		for _, c := range []struct {
			end  func()
			left []wire.PEID
		}{
			{func() { raw.home.Abort("test") }, []wire.PEID{l.ID()}},
			{func() { _ = node.Close() }, nil},
		} {
			if ids := b.ids(pu); len(ids) != len(c.left)+1 {
				t.Fatalf("the pool has %v", ids)
			}
			c.end()
			gone := b.eventually("the element is gone", func() bool { return slices.Equal(b.ids(pu), c.left) })
			if gone > 50*time.Millisecond {
				t.Errorf("the element was offered for %v", gone)
			}
		}
	})
}

// A host that falls silent is noticed by keep-alives, if not by the transport.
func TestElementIsGoneWhenItDoesNotAcknowledge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New(memnet.Config{Timeout: time.Hour})
		b := &bed{t: t, net: n, pr: n.Host()}
		b.registrar(b.pr, registrar.Config{Elements: elements})
		host := b.net.Host()
		pu := b.node(b.net.Host(), b.pr)
		b.listen(b.node(host, b.pr), nil)
		host.Down()
		gone := b.eventually("the element is gone", func() bool { return b.ids(pu) == nil })
		if gone < time.Second || gone > 4*time.Second+50*time.Millisecond {
			t.Errorf("the element was offered for %v", gone)
		}
	})
}

// The registrar's process dies and comes back under another identifier: elements register
// as soon as it has announced itself.
func TestRegistrarRestart(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{Announce: transport.GroupConfig{Addr: asap.AnnounceGroup}})
		pu := b.node(b.net.Host())
		notify, events := events()
		l := b.listen(b.node(b.net.Host()), &asap.ListenConfig{Notify: notify})
		told[asap.Registered](b, events)
		b.pr.Crash()
		told[asap.RegistrarLost](b, events)
		// The registrar is back after a minute. ENRP looks for peers first.
		time.Sleep(time.Minute)
		server, _ := b.registrar(b.pr, registrar.Config{Announce: transport.GroupConfig{Addr: asap.AnnounceGroup}})
		begin := time.Now()
		if ev := told[asap.Registered](b, events); ev.Home != server.ID() {
			t.Errorf("%+v, want home %v", ev, server.ID())
		}
		if took := time.Since(begin); took > 6*time.Second {
			t.Errorf("registered after %v", took)
		}
		if ids := b.ids(pu); !slices.Equal(ids, []wire.PEID{l.ID()}) {
			t.Errorf("the pool has %v", ids)
		}
	})
}

// A registrar ends in order, and elements and users go on at another registrar.
func TestTwoRegistrars(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		other := b.net.Host()
		one, stopOne := b.registrar(b.pr, registrar.Config{})
		two, stopTwo := b.registrar(other, registrar.Config{})
		pu := b.node(b.net.Host(), b.pr, other)
		notify, events := events()
		l := b.listen(b.node(b.net.Host(), b.pr, other), &asap.ListenConfig{Notify: notify})
		// The nodes know each registrar by its address only until it asks the element.
		told[asap.Registered](b, events)
		stopped, next := stopOne, two
		if home(b, b.node(b.net.Host(), b.pr)) != one.ID() {
			stopped, next = stopTwo, one
		}
		stopped()
		told[asap.RegistrarLost](b, events)
		told[asap.Registered](b, events)
		b.eventually("the element is at the other registrar", func() bool {
			return slices.Equal(b.ids(pu), []wire.PEID{l.ID()}) && home(b, pu) == next.ID()
		})
	})
}

// The only configured registrar ends in order, or dies. An element follows the peer that takes it
// over although it does not know the peer, unless it trusts configured registrars only.
func TestUnknownRegistrar(t *testing.T) {
	for _, test := range []struct {
		name    string
		trust   asap.Trust
		isCrash bool
	}{{name: "hand-over"}, {name: "crash", isCrash: true}, {name: "no trust", trust: asap.TrustConfigured}} {
		t.Run(test.name, func(t *testing.T) {
			run(t, func(t *testing.T, b *bed) {
				_, stop := b.registrar(b.pr, registrar.Config{})
				peer := netip.AddrPortFrom(b.pr.Addrs()[0], wire.PortENRP)
				other := b.net.Host()
				two, _ := b.registrar(other, registrar.Config{Peers: registrar.PeersConfig{Static: [][]netip.AddrPort{{peer}}}})
				time.Sleep(10 * time.Second) // The registrars find each other.
				pu := b.node(b.net.Host(), other)
				l := b.listen(b.open(asap.Config{
					Network:         b.net.Host(),
					Registrars:      []string{registrartest.Addr(b.pr).String()},
					Announce:        transport.GroupConfig{Off: true},
					TrustRegistrars: test.trust,
				}), nil)
				if test.isCrash {
					b.pr.Crash()
				} else {
					stop()
				}
				if test.trust == asap.TrustConfigured {
					b.eventually("the element is gone", func() bool { return b.ids(pu) == nil })
					return
				}
				b.eventually("the element is at the other registrar", func() bool {
					return slices.Equal(b.ids(pu), []wire.PEID{l.ID()}) && home(b, pu) == two.ID()
				})
				time.Sleep(time.Minute)
				if h := home(b, pu); h != two.ID() {
					t.Errorf("the home is %v after a minute, want %v", h, two.ID())
				}
			})
		})
	}
}

// home returns the home registrar of the pool's only element, 0 if there is none.
func home(b *bed, n *asap.Node) wire.ServerID {
	b.t.Helper()
	pool, err := n.Resolve(b.limit(), "echo", &asap.ResolveConfig{Items: 1})
	if errors.Is(err, asap.ErrPoolUnknown) {
		return 0
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return pool.Elements[0].HomeID
}

// A registrar that does not answer any more is left for another registrar before its
// association breaks.
func TestSlowRegistrarIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New(memnet.Config{Timeout: time.Hour})
		b := &bed{t: t, net: n, pr: n.Host()}
		other, user := n.Host(), n.Host()
		b.registrar(b.pr, registrar.Config{})
		pu := b.node(user, b.pr, other)
		b.ids(pu) // Its home is the first, since there is no other.
		b.registrar(other, registrar.Config{})
		n.Partition([]*memnet.Host{user}, []*memnet.Host{b.pr})
		begin := time.Now()
		if _, err := pu.Resolve(b.limit(), "echo", &asap.ResolveConfig{Items: 1}); !errors.Is(err, asap.ErrPoolUnknown) {
			t.Errorf("Resolve: %v", err)
		}
		if took := time.Since(begin); took > 4*time.Second {
			t.Errorf("answered after %v", took)
		}
		n.Heal()
	})
}

// Users that give up before the registrar is found slow find another registrar all the same.
func TestImpatientUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New(memnet.Config{Timeout: time.Hour})
		b := &bed{t: t, net: n, pr: n.Host()}
		other, user := n.Host(), n.Host()
		b.registrar(b.pr, registrar.Config{})
		pu := b.node(user, b.pr, other)
		b.ids(pu)
		b.registrar(other, registrar.Config{})
		n.Partition([]*memnet.Host{user}, []*memnet.Host{b.pr})
		b.eventually("a resolution is answered", func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := pu.Resolve(ctx, "echo", &asap.ResolveConfig{Items: 1})
			return errors.Is(err, asap.ErrPoolUnknown)
		})
		n.Heal()
	})
}

func TestShutdownWithDeadRegistrar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New(memnet.Config{Timeout: time.Hour})
		b := &bed{t: t, net: n, pr: n.Host()}
		b.registrar(b.pr, registrar.Config{})
		node := b.node(b.net.Host(), b.pr)
		for range 3 {
			b.listen(node, nil)
		}
		b.pr.Down()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		begin := time.Now()
		err := node.Shutdown(ctx)
		if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || took != 2*time.Second {
			t.Errorf("Shutdown: %v after %v", err, took)
		}
	})
}

// A listener that is shut down without a registrar does not keep the node hunting.
func TestListenerShutdownWithoutRegistrar(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		_, stop := b.registrar(b.pr, registrar.Config{})
		node := b.node(b.net.Host(), b.pr)
		l := b.listen(node, nil)
		stop()
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.Shutdown(ctx); !errors.Is(err, asap.ErrTimeout) || ctx.Err() != nil {
			t.Errorf("Shutdown: %v", err)
		}
		// The registrar is back, and nobody comes.
		e, err := b.pr.Listen(t.Context(), listenAt(wire.PortASAP))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = e.Close() }()
		idle, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		if _, err := e.Accept(idle); err == nil {
			t.Error("the node opens an association though it has nothing to say")
		}
	})
}

// A node with more requests than a registrar can be asked at a time gets an answer to all.
func TestManyResolutions(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		pu := b.node(b.net.Host(), b.pr)
		b.listen(b.node(b.net.Host(), b.pr), nil)
		var wg sync.WaitGroup
		for range 5000 {
			wg.Go(func() {
				if _, err := pu.Resolve(b.limit(), "echo", &asap.ResolveConfig{Items: 1}); err != nil {
					t.Errorf("Resolve: %v", err)
				}
			})
		}
		wg.Wait()
	})
}

// A user's report makes the registrar ask the element, which answers and stays.
func TestReport(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{Elements: registrar.ElementsConfig{MaxBadReports: 2}})
		l := b.listen(b.node(b.net.Host(), b.pr), nil)
		for range 3 {
			pu := b.node(b.net.Host(), b.pr)
			if err := pu.ReportUnreachable("echo", l.ID()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			if ids := b.ids(pu); !slices.Equal(ids, []wire.PEID{l.ID()}) {
				t.Errorf("the pool has %v", ids)
			}
		}
	})
}
