package memnet_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
)

// slow is a network with latency.
var slow = memnet.Config{Link: memnet.Link{Latency: latency}}

// with returns slow with a change.
func with(change func(*memnet.Config)) memnet.Config {
	config := slow
	change(&config)
	return config
}

// cut separates the two hosts.
func (w *world) cut() { w.net.Partition([]*memnet.Host{w.a}, []*memnet.Host{w.b}) }

func TestDialRefused(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		for name, addr := range map[string]netip.AddrPort{
			"no listener":    netip.AddrPortFrom(w.b.Addrs()[0], 2001),
			"on its own":     netip.AddrPortFrom(w.a.Addrs()[0], 2001),
			"its own itself": w.ea.LocalAddrs()[0],
		} {
			start := time.Now()
			_, err := w.ea.Dial(t.Context(), []netip.AddrPort{addr})
			wantCause(t, err, transport.CauseRefused)
			if name == "no listener" {
				wantElapsed(t, start, 2*latency)
			}
		}
	})
}

func TestDialUnreachable(t *testing.T) {
	nowhere := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:2000")}
	tests := []struct {
		name  string
		fault func(w *world)
		peer  func(w *world) []netip.AddrPort
	}{
		{"no host", func(*world) {}, func(*world) []netip.AddrPort { return nowhere }},
		{"partition", (*world).cut, func(w *world) []netip.AddrPort { return w.eb.LocalAddrs() }},
		{"down", func(w *world) { w.b.Down() }, func(w *world) []netip.AddrPort { return w.eb.LocalAddrs() }},
	}
	for _, tt := range tests {
		t.Run(tt.name+" until the context ends", func(t *testing.T) {
			inWorld(t, slow, func(t *testing.T, w *world) {
				tt.fault(w)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				start := time.Now()
				if _, err := w.ea.Dial(ctx, tt.peer(w)); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Dial: %v", err)
				}
				wantElapsed(t, start, time.Hour)
			})
		})
		t.Run(tt.name+" until DialTimeout", func(t *testing.T) {
			inWorld(t, with(func(c *memnet.Config) { c.DialTimeout = 3 * time.Second }), func(t *testing.T, w *world) {
				tt.fault(w)
				start := time.Now()
				_, err := w.ea.Dial(t.Context(), tt.peer(w))
				wantCause(t, err, transport.CauseUnreachable)
				wantElapsed(t, start, 3*time.Second)
			})
		})
	}
}

func TestDialSeveralAddresses(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		nowhere := netip.MustParseAddrPort("192.0.2.1:2000")
		refusing := netip.AddrPortFrom(w.b.Addrs()[0], 2001)
		good := w.eb.LocalAddrs()[0]

		start := time.Now()
		a, err := w.ea.Dial(t.Context(), []netip.AddrPort{nowhere, good})
		if err != nil {
			t.Fatal(err)
		}
		wantElapsed(t, start, 250*time.Millisecond+4*latency) // A head start for the first.
		if err := a.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}

		start = time.Now()
		if _, err := w.ea.Dial(t.Context(), []netip.AddrPort{refusing, good}); err != nil {
			t.Fatal(err)
		}
		wantElapsed(t, start, 6*latency) // The second at once after the refusal.

		e := listen(t, w.a, 0)
		start = time.Now()
		_, err = e.Dial(t.Context(), []netip.AddrPort{refusing, refusing})
		wantCause(t, err, transport.CauseRefused)
		wantElapsed(t, start, 4*latency)
	})
}

func TestDialFromBothSides(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		dialled := make(chan transport.Association, 1)
		go func() {
			a, err := w.eb.Dial(t.Context(), w.ea.LocalAddrs())
			if err != nil {
				t.Errorf("Dial: %v", err)
			}
			dialled <- a
		}()
		near, err := w.ea.Dial(t.Context(), w.eb.LocalAddrs())
		if err != nil {
			t.Fatal(err)
		}
		far := <-dialled
		send(t, near, "one association")
		wantMessage(t, far, "one association")
		time.Sleep(time.Second)
		wantUp(t, near)
		wantUp(t, far)
		for _, e := range []transport.Endpoint{w.ea, w.eb} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if a, err := e.Accept(ctx); err == nil {
				t.Errorf("a second association: %v", a.RemoteAddrs())
			}
			cancel()
		}
	})
}

func TestDialTwiceAtOnce(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		dialled := make(chan transport.Association, 2)
		for range 2 {
			go func() {
				a, err := w.ea.Dial(t.Context(), w.eb.LocalAddrs())
				if err != nil {
					t.Errorf("Dial: %v", err)
				}
				dialled <- a
			}()
		}
		if a, b := <-dialled, <-dialled; a != b {
			t.Error("two associations with one peer")
		}
	})
}

// A dial that is cancelled at any time leaves no association behind.
func TestDialCancelled(t *testing.T) {
	for after := time.Duration(0); after < 4*latency; after += latency / 2 {
		t.Run(after.String(), func(t *testing.T) {
			inWorld(t, slow, func(t *testing.T, w *world) {
				ctx, cancel := context.WithTimeout(t.Context(), after)
				defer cancel()
				if _, err := w.ea.Dial(ctx, w.eb.LocalAddrs()); !errors.Is(err, context.DeadlineExceeded) {
					t.Fatalf("Dial: %v", err)
				}
				if after > 3*latency { // The peer has accepted it.
					wantDown(t, accept(t, w.eb), transport.CauseAbortPeer)
				}
				time.Sleep(time.Second)
				connect(t, w.ea, w.eb)
			})
		})
	}
}

func TestBacklog(t *testing.T) {
	inWorld(t, memnet.Config{Backlog: 2}, func(t *testing.T, w *world) {
		for range 2 {
			if _, err := listen(t, w.a, 0).Dial(t.Context(), w.eb.LocalAddrs()); err != nil {
				t.Fatal(err)
			}
		}
		_, err := listen(t, w.a, 0).Dial(t.Context(), w.eb.LocalAddrs())
		wantCause(t, err, transport.CauseAbortPeer)
		accept(t, w.eb)
		if _, err := listen(t, w.a, 0).Dial(t.Context(), w.eb.LocalAddrs()); err != nil {
			t.Errorf("Dial with space again: %v", err)
		}
	})
}

func TestCrash(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		send(t, near, "arrives in time")
		time.Sleep(latency)
		w.b.Crash()
		wantDown(t, far, transport.CauseAbortLocal)
		if _, err := w.eb.Accept(t.Context()); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Accept of a crashed process: %v", err)
		}
		time.Sleep(time.Hour)
		wantUp(t, near) // Nothing tells.
		start := time.Now()
		send(t, near, "to the dead")
		wantDown(t, near, transport.CauseRefused)
		wantElapsed(t, start, 2*latency)
		_, err := w.ea.Dial(t.Context(), w.eb.LocalAddrs())
		wantCause(t, err, transport.CauseRefused)
	})
}

func TestCrashWithHeartbeat(t *testing.T) {
	inWorld(t, with(func(c *memnet.Config) { c.Heartbeat = time.Second }), func(t *testing.T, w *world) {
		near, _ := connect(t, w.ea, w.eb)
		up := time.Now()
		time.Sleep(2500 * time.Millisecond)
		w.b.Crash()
		wantDown(t, near, transport.CauseRefused)
		// near was made with the COOKIE ACK under way.
		wantElapsed(t, up, 3*time.Second-latency+2*latency)
	})
}

func TestCrashAndRestart(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		near, _ := connect(t, w.ea, w.eb)
		w.b.Crash()
		again := listen(t, w.b, 2000)
		start := time.Now()
		back, err := again.Dial(t.Context(), w.ea.LocalAddrs())
		if err != nil {
			t.Fatal(err)
		}
		wantElapsed(t, start, 4*latency)
		wantDown(t, near, transport.CauseRestart)
		next := accept(t, w.ea)
		if next.ID() == near.ID() {
			t.Error("the new association has the old one's ID")
		}
		send(t, next, "hello again")
		wantMessage(t, back, "hello again")
	})
}

// A peer that sends before the restarted process dials is told by an abort.
func TestSendToRestarted(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		near, _ := connect(t, w.ea, w.eb)
		w.b.Crash()
		again := listen(t, w.b, 2000)
		start := time.Now()
		send(t, near, "who is there")
		wantDown(t, near, transport.CauseAbortPeer)
		wantElapsed(t, start, 2*latency)
		connect(t, w.ea, again)
	})
}

func TestDown(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		near, _ := connect(t, w.ea, w.eb)
		start := time.Now()
		w.b.Down()
		send(t, near, "into the void")
		if _, err := w.b.Listen(t.Context(), transport.ListenConfig{}); !errors.Is(err, syscall.ENETDOWN) {
			t.Errorf("Listen on a host that is down: %v", err)
		}
		wantDown(t, near, transport.CauseUnreachable)
		wantElapsed(t, start, 5*time.Second)
		w.b.Up()
		connect(t, w.ea, listen(t, w.b, 2000))
	})
}

// A host that is back before the verdict refuses what its peers repeat.
func TestDownAndUp(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		near, _ := connect(t, w.ea, w.eb)
		w.b.Down()
		send(t, near, "repeated")
		time.Sleep(time.Second)
		start := time.Now()
		w.b.Up()
		wantDown(t, near, transport.CauseRefused)
		wantElapsed(t, start, 2*latency)
	})
}

func TestPartitionHeals(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		send(t, near, "under way") // Would arrive after the cut.
		time.Sleep(latency / 2)
		w.cut()
		send(t, near, "held")
		time.Sleep(latency)
		send(t, near, "held too")
		send(t, far, "other way")
		time.Sleep(5*time.Second - latency - 1)
		start := time.Now()
		w.net.Heal()
		for _, text := range []string{"under way", "held", "held too"} {
			wantMessage(t, far, text)
		}
		wantElapsed(t, start, latency)
		wantMessage(t, near, "other way")
		wantElapsed(t, start, latency)
		time.Sleep(time.Minute) // The verdict was called off.
		wantUp(t, near)
		wantUp(t, far)
	})
}

func TestPartitionLasts(t *testing.T) {
	inWorld(t, with(func(c *memnet.Config) { c.Timeout = 2 * time.Second }), func(t *testing.T, w *world) {
		c := listen(t, w.net.Host(), 3000)
		near, far := connect(t, w.ea, w.eb)
		other, _ := connect(t, c, w.eb)
		start := time.Now()
		w.cut()
		send(t, near, "lost with the association")
		wantDown(t, near, transport.CauseUnreachable)
		wantDown(t, far, transport.CauseUnreachable)
		wantElapsed(t, start, 2*time.Second)
		wantUp(t, other)

		dialled := make(chan error, 1)
		go func() {
			_, err := w.ea.Dial(t.Context(), w.eb.LocalAddrs())
			dialled <- err
		}()
		time.Sleep(time.Minute)
		start = time.Now()
		w.net.Heal()
		if err := <-dialled; err != nil { // It has repeated INIT all the time.
			t.Error(err)
		}
		wantElapsed(t, start, 4*latency)
		next := accept(t, w.eb)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if m, err := next.Receive(ctx); err == nil {
			t.Errorf("the new association got the old one's message %q", m.Data)
		}
	})
}

// A partition that begins during the handshake delays it.
func TestPartitionDuringDial(t *testing.T) {
	for after := time.Duration(0); after < 4*latency; after += latency / 2 {
		t.Run(after.String(), func(t *testing.T) {
			inWorld(t, slow, func(t *testing.T, w *world) {
				time.AfterFunc(after, w.cut)
				time.AfterFunc(after+time.Second, w.net.Heal)
				start := time.Now()
				near, far := connect(t, w.ea, w.eb)
				if took := time.Since(start); took < time.Second || took > time.Second+5*latency {
					t.Errorf("took %v", took)
				}
				send(t, near, "there")
				wantMessage(t, far, "there")
			})
		})
	}
}

// A cut that is over before a packet arrives does no harm to it; one at the time
// of its arrival loses an abort.
func TestCutUnderWay(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		start := time.Now()
		send(t, near, "unharmed")
		w.cut()
		send(t, near, "held")
		time.Sleep(latency / 2)
		w.net.Heal()
		wantMessage(t, far, "unharmed")
		wantElapsed(t, start, latency)
		wantMessage(t, far, "held")
		wantElapsed(t, start, latency*3/2)

		send(t, near, "repeated for nobody")
		near.Abort("lost")
		time.Sleep(latency / 2)
		w.cut()
		time.Sleep(latency)
		w.net.Heal()
		time.Sleep(time.Minute)
		wantUp(t, far)
	})
}

// Where messages are held, an abort behind them is lost alone.
func TestAbortBehindHeldMessage(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		send(t, far, "held")
		time.Sleep(time.Millisecond)
		near.Abort("lost")
		time.Sleep(latency / 2)
		w.cut()
		time.Sleep(time.Second)
		w.net.Heal()
		wantDown(t, far, transport.CauseAbortPeer) // By the answer to the message.
	})
}

// A dial to a peer that is just being shut down waits for that.
func TestDialDuringShutdown(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		down := make(chan error, 1)
		start := time.Now()
		go func() { down <- near.Shutdown(t.Context()) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), latency)
		defer cancel()
		if _, err := w.ea.Dial(ctx, w.eb.LocalAddrs()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Dial during shutdown: %v", err)
		}
		again, err := w.ea.Dial(t.Context(), w.eb.LocalAddrs())
		if err != nil || again == near {
			t.Fatalf("Dial: %v, %v, want a new association", again, err)
		}
		wantElapsed(t, start, 6*latency)
		wantDown(t, far, transport.CauseShutdown)
		if err := <-down; err != nil {
			t.Error(err)
		}
		wantUp(t, again)
	})
}

// Where the peer has died, a shutdown does not succeed.
func TestShutdownOfDead(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		near, _ := connect(t, w.ea, w.eb)
		w.b.Crash()
		wantCause(t, near.Shutdown(t.Context()), transport.CauseRefused)
	})
}

func TestEndpointShutdownDeadline(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		near, _ := connect(t, w.ea, w.eb)
		w.cut()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if err := w.ea.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
		wantElapsed(t, start, time.Second)
		wantDown(t, near, transport.CauseAbortLocal)
	})
}

// An abort that a partition swallows is made up for after it.
func TestAbortLost(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		w.cut()
		near.Abort("unheard")
		time.Sleep(time.Second)
		w.net.Heal()
		time.Sleep(time.Minute)
		wantUp(t, far)
		send(t, far, "anybody there")
		wantDown(t, far, transport.CauseAbortPeer)
	})
}

func TestSetLink(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		w.net.SetLink(w.a, w.b, memnet.Link{Latency: time.Second})
		start := time.Now()
		send(t, near, "slow")
		wantMessage(t, far, "slow")
		wantElapsed(t, start, time.Second)
	})
}

func TestAddresses(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world) {
		v6, global, local := netip.MustParseAddr("fd00::5"), netip.MustParseAddr("198.51.100.5"), netip.MustParseAddr("169.254.1.5")
		h := w.net.Host(local, v6, global)
		e := listen(t, h, 0)
		want := []netip.Addr{global, v6, local}
		port := e.LocalAddrs()[0].Port()
		for i, a := range e.LocalAddrs() {
			if a != netip.AddrPortFrom(want[i], port) {
				t.Errorf("address %d is %v, want %v and one port", i, a, want[i])
			}
		}
		near, err := w.ea.Dial(t.Context(), []netip.AddrPort{netip.AddrPortFrom(v6, port)})
		if err != nil {
			t.Fatal(err)
		}
		if a := near.RemoteAddrs(); a[0].Addr() != v6 || len(a) != 3 {
			t.Errorf("remote addresses %v, want the dialled one first of all", a)
		}
		one, err := h.Listen(t.Context(), transport.ListenConfig{Addrs: []netip.Addr{global}, Port: 77})
		if err != nil {
			t.Fatal(err)
		}
		defer one.Close()
		_, err = w.ea.Dial(t.Context(), []netip.AddrPort{netip.AddrPortFrom(v6, 77)})
		wantCause(t, err, transport.CauseRefused)
		for _, tt := range []struct {
			config transport.ListenConfig
			want   error
		}{
			{transport.ListenConfig{Port: 77}, syscall.EADDRINUSE},
			{transport.ListenConfig{Addrs: w.b.Addrs()}, syscall.EADDRNOTAVAIL},
		} {
			if _, err := h.Listen(t.Context(), tt.config); !errors.Is(err, tt.want) {
				t.Errorf("Listen(%v): %v, want %v", tt.config, err, tt.want)
			}
		}
		// Loopback leads to the host itself.
		if _, err := listen(t, h, 0).Dial(t.Context(), []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:77")}); err != nil {
			t.Errorf("Dial over loopback: %v", err)
		}
	})
}

// One seed gives one course of events.
func TestDeterminism(t *testing.T) {
	run := func(t *testing.T, seed uint64) (course string) {
		synctest.Test(t, func(t *testing.T) {
			config := memnet.Config{
				Link: memnet.Link{Latency: latency, Jitter: latency},
				Loss: 0.5,
				Rand: rand.New(rand.NewPCG(seed, 0)),
			}
			n := memnet.New(config)
			a, b := listen(t, n.Host(), 1), listen(t, n.Host(), 1)
			near, far := connect(t, a, b)
			start := time.Now()
			for i := range 20 {
				send(t, near, fmt.Sprint(i))
				wantMessage(t, far, fmt.Sprint(i))
				course += fmt.Sprintln(i, time.Since(start))
			}
		})
		return course
	}
	first := run(t, 1)
	if again := run(t, 1); again != first {
		t.Errorf("one seed, two courses:\n%s\n%s", first, again)
	}
	if run(t, 2) == first {
		t.Error("two seeds, one course")
	}
}
