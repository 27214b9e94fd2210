package memnet_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
)

// announces is the group of the tests.
var announces = netip.MustParseAddrPort("239.0.0.50:3863")

func join(t *testing.T, h *memnet.Host, addr netip.AddrPort) transport.Group {
	t.Helper()
	g, err := h.Join(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return g
}

func announce(t *testing.T, e transport.Endpoint, text string) {
	t.Helper()
	if err := e.SendMulticast(announces, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// drain returns the datagrams that arrive within a second.
func drain(t *testing.T, g transport.Group) (texts []string, sources []netip.AddrPort) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	for {
		data, source, err := g.Receive(ctx)
		if err != nil {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("Receive: %v", err)
			}
			return texts, sources
		}
		texts, sources = append(texts, string(data)), append(sources, source)
	}
}

func TestMulticast(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		own, other, second := join(t, w.a, announces), join(t, w.b, announces), join(t, w.b, announces)
		elsewhere := join(t, w.b, netip.MustParseAddrPort("239.0.0.50:3864"))
		start := time.Now()
		data := []byte("here")
		if err := w.ea.SendMulticast(announces, data); err != nil {
			t.Fatal(err)
		}
		copy(data, "XXXX")
		for _, tt := range []struct {
			group transport.Group
			after time.Duration
		}{{own, 0}, {other, latency}, {second, latency}} {
			data, source, err := tt.group.Receive(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			wantElapsed(t, start, tt.after)
			if string(data) != "here" || source != w.ea.LocalAddrs()[0] {
				t.Errorf("received %q from %v", data, source)
			}
		}
		if texts, _ := drain(t, elsewhere); texts != nil {
			t.Errorf("another group got %q", texts)
		}
		// The source leads to the endpoint.
		if _, err := w.eb.Dial(t.Context(), []netip.AddrPort{w.ea.LocalAddrs()[0]}); err != nil {
			t.Error(err)
		}
	})
}

func TestMulticastSourceFamily(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		v4, v6 := netip.MustParseAddr("198.51.100.9"), netip.MustParseAddr("fd00::9")
		h := w.net.Host(v4, v6)
		e := listen(t, h, 5)
		group6 := netip.MustParseAddrPort("[ff02::50]:3863")
		g4, g6 := join(t, w.a, announces), join(t, w.a, group6)
		announce(t, e, "4")
		if err := e.SendMulticast(group6, []byte("6")); err != nil {
			t.Fatal(err)
		}
		for want, g := range map[netip.Addr]transport.Group{v4: g4, v6: g6} {
			if _, source, err := g.Receive(t.Context()); err != nil || source != netip.AddrPortFrom(want, 5) {
				t.Errorf("source %v, %v, want %v", source, err, want)
			}
		}
	})
}

func TestMulticastLoss(t *testing.T) {
	config := with(func(c *memnet.Config) {
		c.Loss = 0.5
		c.Rand = rand.New(rand.NewPCG(7, 7))
	})
	inWorld(t, config, func(t *testing.T, w *world) {
		own, other := join(t, w.a, announces), join(t, w.b, announces)
		for i := range 200 {
			announce(t, w.ea, fmt.Sprint(i))
		}
		if texts, _ := drain(t, own); len(texts) != 200 {
			t.Errorf("the own host got %d of 200", len(texts))
		}
		if texts, _ := drain(t, other); len(texts) < 70 || len(texts) > 130 {
			t.Errorf("another host got %d of 200 with half of them lost", len(texts))
		}
	})
}

func TestMulticastFaults(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		g := join(t, w.b, announces)
		w.cut()
		announce(t, w.ea, "cut off")
		w.net.Heal()
		announce(t, w.ea, "under way")
		time.Sleep(latency / 2)
		w.cut()
		time.Sleep(latency)
		w.net.Heal()
		announce(t, w.ea, "healed")
		if texts, _ := drain(t, g); len(texts) != 1 || texts[0] != "healed" {
			t.Errorf("received %q, want what was sent after healing", texts)
		}
		w.b.Crash()
		if _, _, err := g.Receive(t.Context()); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Receive of a crashed process: %v", err)
		}
		announce(t, w.ea, "to nobody")
		g = join(t, w.b, announces)
		if texts, _ := drain(t, g); texts != nil {
			t.Errorf("received %q from before Join", texts)
		}
		w.b.Down()
		if _, err := w.b.Join(t.Context(), announces); err == nil {
			t.Error("Join on a host that is down")
		}
	})
}

func TestMulticastQueue(t *testing.T) {
	inWorld(t, memnet.Config{}, func(t *testing.T, w *world) {
		g := join(t, w.b, announces)
		for i := range 300 {
			announce(t, w.ea, fmt.Sprint(i))
		}
		texts, _ := drain(t, g)
		if len(texts) != 256 || texts[0] != "44" || texts[255] != "299" {
			t.Errorf("got %d datagrams, %s to %s, want the newest 256", len(texts), texts[0], texts[len(texts)-1])
		}
	})
}

func TestGroupClose(t *testing.T) {
	inWorld(t, memnet.Config{}, func(t *testing.T, w *world) {
		g := join(t, w.a, announces)
		result := make(chan error, 1)
		go func() { _, _, err := g.Receive(t.Context()); result <- err }()
		synctest.Wait()
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-result; !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Receive: %v", err)
		}
		for _, addr := range []string{"192.0.2.1:3863", "239.0.0.50:0"} {
			if _, err := w.a.Join(t.Context(), netip.MustParseAddrPort(addr)); err == nil {
				t.Errorf("Join(%s) gave no error", addr)
			}
			if err := w.ea.SendMulticast(netip.MustParseAddrPort(addr), nil); err == nil {
				t.Errorf("SendMulticast(%s) gave no error", addr)
			}
		}
		if err := w.ea.SendMulticast(announces, make([]byte, 65508)); !errors.Is(err, transport.ErrMessageTooLarge) {
			t.Errorf("SendMulticast of too much: %v", err)
		}
	})
}
