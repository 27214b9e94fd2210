package integration

import (
	"context"
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

// A registrar is found by its announces.
func TestRegistrarIsFoundByAnnounces(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		server, _ := b.registrar(b.pr, registrar.Config{Announce: asap.AnnounceGroup})
		notify, events := collectEvents()
		b.listen(b.node(b.net.Host()), asap.ListenConfig{Notify: notify})
		if ev := nextEvent[asap.Registered](b, events); ev.Home != server.ID() || ev.ID == 0 {
			t.Errorf("%+v, want home %v", ev, server.ID())
		}
	})
}

func TestHuntRounds(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		n := b.open(asap.Config{Network: b.net.Host(), HuntRounds: 2})
		if _, err := n.Resolve(b.limit(), "echo", 1); !errors.Is(err, asap.ErrNoRegistrar) {
			t.Errorf("Resolve: %v", err)
		}
		// Dial goes on, and tells in the end what was wrong.
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := n.Dial(ctx, "echo", asap.DialConfig{})
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, asap.ErrNoRegistrar) {
			t.Errorf("Dial: %v", err)
		}
	})
}

func TestSilentRegistrar(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		// Somebody is at the registrar's port, and says nothing.
		e, err := b.pr.Listen(t.Context(), listenAt(wire.PortASAP))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = e.Close() }()
		n := b.node(b.net.Host(), b.pr)
		begin := time.Now()
		_, err = n.Resolve(b.limit(), "echo", 1)
		if took := time.Since(begin).Round(time.Second); !errors.Is(err, asap.ErrTimeout) || took != 9*time.Second {
			t.Errorf("Resolve: %v after %v", err, took)
		}
	})
}

// The registrar's process dies and comes back with another identifier. Elements register after its
// first announce.
func TestRegistrarRestart(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{Announce: asap.AnnounceGroup})
		pu := b.node(b.net.Host())
		notify, events := collectEvents()
		l := b.listen(b.node(b.net.Host()), asap.ListenConfig{Notify: notify})
		nextEvent[asap.Registered](b, events)
		b.pr.Crash()
		nextEvent[asap.Lost](b, events)
		// A minute later it is back. ENRP looks for peers first.
		time.Sleep(time.Minute)
		server, _ := b.registrar(b.pr, registrar.Config{Announce: asap.AnnounceGroup})
		begin := time.Now()
		if ev := nextEvent[asap.Registered](b, events); ev.Home != server.ID() {
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

// A registrar ends in order, and its elements and users move to another registrar.
func TestTwoRegistrars(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		other := b.net.Host()
		one, stopOne := b.registrar(b.pr, registrar.Config{})
		two, stopTwo := b.registrar(other, registrar.Config{})
		pu := b.node(b.net.Host(), b.pr, other)
		notify, events := collectEvents()
		l := b.listen(b.node(b.net.Host(), b.pr, other), asap.ListenConfig{Notify: notify})
		// The nodes know each registrar by its address only until it asks the element.
		nextEvent[asap.Registered](b, events)
		stopped, next := stopOne, two
		if home(b, b.node(b.net.Host(), b.pr)) != one.ID() {
			stopped, next = stopTwo, one
		}
		stopped()
		nextEvent[asap.Lost](b, events)
		nextEvent[asap.Registered](b, events)
		b.eventually("the element is at the other registrar", func() bool {
			return slices.Equal(b.ids(pu), []wire.PEID{l.ID()}) && home(b, pu) == next.ID()
		})
	})
}

// home returns the home registrar of the pool's only element, and 0 for an empty pool.
func home(b *bed, n *asap.Node) wire.ServerID {
	b.t.Helper()
	elements, err := n.Resolve(b.limit(), "echo", 1)
	if errors.Is(err, asap.ErrPoolUnknown) {
		return 0
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return elements[0].HomeID
}

// A node leaves a registrar that does not answer any more before the association breaks.
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
		if _, err := pu.Resolve(b.limit(), "echo", 1); !errors.Is(err, asap.ErrPoolUnknown) {
			t.Errorf("Resolve: %v", err)
		}
		if took := time.Since(begin); took > 4*time.Second {
			t.Errorf("answered after %v", took)
		}
		n.Heal()
	})
}

// Users that give up before their registrar is late find another registrar all the same.
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
			_, err := pu.Resolve(ctx, "echo", 1)
			return errors.Is(err, asap.ErrPoolUnknown)
		})
		n.Heal()
	})
}
