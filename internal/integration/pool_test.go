package integration

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

func TestRegisterResolveDeregister(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		server, _ := b.registrar(b.pr, registrar.Config{})
		host := b.net.Host()
		pe, pu := b.node(host, b.pr), b.node(b.net.Host(), b.pr)
		if _, err := pu.Resolve(b.limit(), "echo", 1); !errors.Is(err, asap.ErrPoolUnknown) {
			t.Errorf("Resolve of a pool that is not there: %v", err)
		}
		l := b.listen(pe, asap.ListenConfig{Policy: wire.Policy{Type: wire.WeightedRandom, Weight: 7}})
		elements, err := pu.Resolve(b.limit(), "echo", 0)
		if err != nil || len(elements) != 1 {
			t.Fatalf("%v, %v", elements, err)
		}
		e := elements[0]
		if e.ID != l.ID() || e.ID == 0 || e.Policy.Weight != 7 || e.HomeID != server.ID() ||
			!slices.Equal(e.UserTransport.AddrPorts(), l.Endpoint().LocalAddrs()) {
			t.Errorf("the element is %+v, want that of %v at %v", e, l.ID(), l.Endpoint().LocalAddrs())
		}
		if l.Pool() != "echo" {
			t.Errorf("pool %v", l.Pool())
		}
		// A change is known at once.
		if err := l.SetPolicy(b.limit(), wire.Policy{Type: wire.WeightedRandom, Weight: 8}); err != nil {
			t.Fatal(err)
		}
		b.eventually("the weight has changed", func() bool {
			elements, err := pu.Resolve(b.limit(), "echo", 1)
			return err == nil && elements[0].Policy.Weight == 8
		})
		if err := l.Close(b.limit()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := l.Close(b.limit()); err != nil {
			t.Errorf("Close again: %v", err)
		}
		if ids := b.ids(pu); ids != nil {
			t.Errorf("the element is still there: %v", ids)
		}
		if _, err := l.Accept(b.limit()); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Accept after Close: %v", err)
		}
		if err := l.SetPolicy(b.limit(), wire.Policy{Type: wire.WeightedRandom}); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("SetPolicy after Close: %v", err)
		}
	})
}

func TestListenRefused(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		one, two := b.node(b.net.Host(), b.pr), b.node(b.net.Host(), b.pr)
		b.listen(one, asap.ListenConfig{ID: 0x77})
		for name, c := range map[string]struct {
			pool   wire.PoolHandle
			config asap.ListenConfig
			cause  wire.CauseCode
		}{
			"policy":     {"echo", asap.ListenConfig{Policy: wire.Policy{Type: wire.Random}}, wire.CauseInconsistentPolicy},
			"identifier": {"echo", asap.ListenConfig{ID: 0x77}, wire.CauseNonUniquePEID},
		} {
			_, err := two.Listen(b.limit(), c.pool, c.config)
			rejected, ok := errors.AsType[*asap.RejectedError](err)
			if !ok || rejected.Causes[0].Code != c.cause {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, c := range map[string]struct {
			pool   wire.PoolHandle
			config asap.ListenConfig
		}{
			"no handle":        {"", asap.ListenConfig{}},
			"too long":         {"123456789012345678901234567890123", asap.ListenConfig{}},
			"interval":         {"echo", asap.ListenConfig{Interval: time.Millisecond}},
			"life":             {"echo", asap.ListenConfig{Interval: 1000 * time.Hour}},
			"the same element": {"echo", asap.ListenConfig{ID: 0x77}},
		} {
			if _, err := one.Listen(b.limit(), c.pool, c.config); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
		// The element that was there is not concerned.
		if ids := b.ids(two); !slices.Equal(ids, []wire.PEID{0x77}) {
			t.Errorf("the pool has %v", ids)
		}
	})
}

// A closed association of an element takes the element out of all answers at once.
func TestElementIsGoneWithItsAssociation(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		pe, pu := b.node(b.net.Host(), b.pr), b.node(b.net.Host(), b.pr)
		l := b.listen(pe, asap.ListenConfig{})
		if ids := b.ids(pu); !slices.Equal(ids, []wire.PEID{l.ID()}) {
			t.Fatalf("the pool has %v", ids)
		}
		_ = pe.Close(endedContext()) // Aborted: nothing is deregistered.
		gone := b.eventually("the element is gone", func() bool { return b.ids(pu) == nil })
		if gone > 50*time.Millisecond {
			t.Errorf("the element was offered for %v", gone)
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
		b.listen(b.node(host, b.pr), asap.ListenConfig{})
		host.Down()
		gone := b.eventually("the element is gone", func() bool { return b.ids(pu) == nil })
		if gone < time.Second || gone > 4*time.Second+50*time.Millisecond {
			t.Errorf("the element was offered for %v", gone)
		}
	})
}

// A user's report makes the registrar ask the element, which answers and stays.
func TestReport(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{Elements: registrar.ElementsConfig{MaxBadReports: 2}})
		l := b.listen(b.node(b.net.Host(), b.pr), asap.ListenConfig{})
		for range 3 {
			pu := b.node(b.net.Host(), b.pr)
			if err := pu.ReportUnreachable(b.limit(), "echo", l.ID()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			if ids := b.ids(pu); !slices.Equal(ids, []wire.PEID{l.ID()}) {
				t.Errorf("the pool has %v", ids)
			}
		}
	})
}
