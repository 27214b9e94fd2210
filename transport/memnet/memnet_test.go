package memnet_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
)

// latency is the latency of most networks of the tests.
const latency = 10 * time.Millisecond

// late is a message that does not get through.
var late = transport.Message{Data: []byte("late")}

// A world is a network of two hosts with an endpoint on each, in a bubble.
type world struct {
	t    *testing.T
	net  *memnet.Network
	a, b *memnet.Host
	ea   transport.Endpoint
	eb   transport.Endpoint
}

// inWorld runs a test in a bubble. The endpoints are closed at its end.
func inWorld(t *testing.T, config memnet.Config, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, net: memnet.New(config)}
		w.a, w.b = w.net.Host(), w.net.Host()
		w.ea = listen(t, w.a, 1000)
		w.eb = listen(t, w.b, 2000)
		test(t, w)
	})
}

func listen(t *testing.T, h *memnet.Host, port uint16) transport.Endpoint {
	t.Helper()
	e, err := h.Listen(t.Context(), transport.ListenConfig{Port: port})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return e
}

// connect opens an association from one endpoint to another.
func connect(t *testing.T, from, to transport.Endpoint) (near, far transport.Association) {
	t.Helper()
	near, err := from.Dial(t.Context(), to.LocalAddrs())
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	return near, accept(t, to)
}

func accept(t *testing.T, e transport.Endpoint) transport.Association {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	a, err := e.Accept(ctx)
	if err != nil {
		t.Fatalf("Accept: %v", err)
	}
	return a
}

func send(t *testing.T, a transport.Association, text string) {
	t.Helper()
	if err := a.Send(t.Context(), transport.Message{PPID: 11, Stream: 3, Data: []byte(text)}); err != nil {
		t.Fatalf("Send: %v", err)
	}
}

func wantMessage(t *testing.T, a transport.Association, text string) {
	t.Helper()
	m, err := a.Receive(t.Context())
	if err != nil {
		t.Fatalf("Receive: %v", err)
	}
	if m.PPID != 11 || m.Stream != 3 || string(m.Data) != text {
		t.Fatalf("received %+v, want %q", m, text)
	}
}

// wantDown fails unless the association has ended, or ends, for a cause.
func wantDown(t *testing.T, a transport.Association, cause transport.Cause) {
	t.Helper()
	<-a.Done()
	wantCause(t, a.Err(), cause)
}

func wantCause(t *testing.T, err error, cause transport.Cause) {
	t.Helper()
	if down, ok := errors.AsType[*transport.DownError](err); !ok || down.Cause != cause {
		t.Errorf("error %v, want cause %v", err, cause)
	}
}

// wantUp fails if the association has ended.
func wantUp(t *testing.T, a transport.Association) {
	t.Helper()
	if err := a.Err(); err != nil {
		t.Errorf("association ended: %v", err)
	}
}

// wantElapsed fails unless exactly this much time has gone by.
func wantElapsed(t *testing.T, since time.Time, want time.Duration) {
	t.Helper()
	if got := time.Since(since); got != want {
		t.Errorf("took %v, want %v", got, want)
	}
}

func TestDialAndMessages(t *testing.T) {
	inWorld(t, memnet.Config{Link: memnet.Link{Latency: latency}}, func(t *testing.T, w *world) {
		start := time.Now()
		accepted := make(chan time.Duration, 1)
		go func() {
			if _, err := w.eb.Accept(t.Context()); err == nil {
				accepted <- time.Since(start)
			}
		}()
		near, err := w.ea.Dial(t.Context(), w.eb.LocalAddrs())
		if err != nil {
			t.Fatal(err)
		}
		wantElapsed(t, start, 4*latency)
		if got := <-accepted; got != 3*latency {
			t.Errorf("accepted after %v, want %v", got, 3*latency)
		}
		if near.RTT() != 2*latency {
			t.Errorf("RTT %v, want %v", near.RTT(), 2*latency)
		}
		again, err := w.ea.Dial(t.Context(), w.eb.LocalAddrs())
		if err != nil || again != near {
			t.Errorf("second Dial: %v, %v, want the first association", again, err)
		}
		if got, want := near.RemoteAddrs(), w.eb.LocalAddrs(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("remote addresses %v, want %v", got, want)
		}
	})
}

func TestBothWays(t *testing.T) {
	inWorld(t, memnet.Config{Link: memnet.Link{Latency: latency}}, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		start := time.Now()
		data := []byte("ping")
		if err := near.Send(t.Context(), transport.Message{PPID: 11, Stream: 3, Data: data}); err != nil {
			t.Fatal(err)
		}
		copy(data, "XXXX") // Send has returned: the buffer is ours.
		wantMessage(t, far, "ping")
		wantElapsed(t, start, latency)
		send(t, far, "pong")
		wantMessage(t, near, "pong")
		wantElapsed(t, start, 2*latency)
		// The accepting side's endpoint gets to the peer by the same association.
		back, err := w.eb.Dial(t.Context(), far.RemoteAddrs())
		if err != nil || back != far {
			t.Errorf("Dial from the accepting side: %v, %v, want the association", back, err)
		}
	})
}

func TestOrderWithJitter(t *testing.T) {
	inWorld(t, memnet.Config{Link: memnet.Link{Latency: latency, Jitter: 5 * latency}}, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		for i := range 50 {
			send(t, near, fmt.Sprint(i))
			time.Sleep(time.Millisecond)
		}
		for i := range 50 {
			wantMessage(t, far, fmt.Sprint(i))
		}
	})
}

func TestBackPressure(t *testing.T) {
	inWorld(t, memnet.Config{QueueLen: 4}, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		for i := range 4 {
			send(t, near, fmt.Sprint(i))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		err := near.Send(ctx, transport.Message{Data: []byte("too much")})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Send into a full queue: %v", err)
		}
		wantElapsed(t, start, time.Second)

		sent := make(chan error, 1)
		go func() { sent <- near.Send(t.Context(), transport.Message{PPID: 11, Stream: 3, Data: []byte("4")}) }()
		synctest.Wait()
		select {
		case err := <-sent:
			t.Fatalf("Send returned %v with the queue full", err)
		default:
		}
		for i := range 5 {
			wantMessage(t, far, fmt.Sprint(i))
		}
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
	})
}

func TestMessageTooLarge(t *testing.T) {
	inWorld(t, memnet.Config{MaxMessage: 100}, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		if err := near.Send(t.Context(), transport.Message{Data: make([]byte, 101)}); !errors.Is(err, transport.ErrMessageTooLarge) {
			t.Errorf("Send: %v", err)
		}
		send(t, near, "small")
		wantMessage(t, far, "small")
	})
}

func TestShutdown(t *testing.T) {
	inWorld(t, memnet.Config{Link: memnet.Link{Latency: latency}}, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		send(t, near, "last from a")
		send(t, far, "last from b")
		start := time.Now()
		if err := near.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantElapsed(t, start, 2*latency)
		wantDown(t, near, transport.CauseShutdown)
		wantUp(t, far)
		wantCause(t, far.Send(t.Context(), late), transport.CauseShutdown)
		wantDown(t, far, transport.CauseShutdown)
		wantElapsed(t, start, 3*latency)
		for _, tt := range []struct {
			a    transport.Association
			text string
		}{{near, "last from b"}, {far, "last from a"}} {
			wantMessage(t, tt.a, tt.text)
			_, err := tt.a.Receive(t.Context())
			wantCause(t, err, transport.CauseShutdown)
		}
		wantCause(t, near.Send(t.Context(), late), transport.CauseShutdown)
		if err := near.Shutdown(t.Context()); err != nil {
			t.Errorf("second Shutdown: %v", err)
		}
		// There is a new association thereafter.
		again, _ := connect(t, w.ea, w.eb)
		if again.ID() == near.ID() {
			t.Error("two associations with one ID")
		}
	})
}

func TestShutdownFromBothSides(t *testing.T) {
	inWorld(t, memnet.Config{Link: memnet.Link{Latency: latency}}, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		result := make(chan error, 1)
		go func() { result <- near.Shutdown(t.Context()) }()
		if err := errors.Join(far.Shutdown(t.Context()), <-result); err != nil {
			t.Error(err)
		}
	})
}

func TestShutdownDeadline(t *testing.T) {
	inWorld(t, memnet.Config{}, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		w.net.Partition([]*memnet.Host{w.a}, []*memnet.Host{w.b})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if err := near.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
		wantElapsed(t, start, time.Second)
		wantDown(t, near, transport.CauseAbortLocal)
		wantDown(t, far, transport.CauseUnreachable) // The abort was lost.
		wantElapsed(t, start, 5*time.Second)
	})
}

func TestAbort(t *testing.T) {
	inWorld(t, memnet.Config{Link: memnet.Link{Latency: latency}}, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		send(t, near, "before")
		start := time.Now()
		near.Abort("enough")
		near.Abort("twice")
		wantDown(t, near, transport.CauseAbortLocal)
		wantElapsed(t, start, 0)
		wantDown(t, far, transport.CauseAbortPeer)
		wantElapsed(t, start, latency)
		down, _ := errors.AsType[*transport.DownError](far.Err())
		if down.Reason != "enough" {
			t.Errorf("reason %q", down.Reason)
		}
		wantMessage(t, far, "before")
		_, err := far.Receive(t.Context())
		wantCause(t, err, transport.CauseAbortPeer)
	})
}

func TestEndpointShutdownAndClose(t *testing.T) {
	inWorld(t, memnet.Config{Link: memnet.Link{Latency: latency}}, func(t *testing.T, w *world) {
		others := []transport.Endpoint{w.ea, listen(t, w.a, 1001), listen(t, w.a, 1002)}
		var fars []transport.Association
		for _, e := range others {
			near, err := e.Dial(t.Context(), w.eb.LocalAddrs())
			if err != nil {
				t.Fatal(err)
			}
			fars = append(fars, near)
		}
		accept(t, w.eb) // The other two wait for Accept.
		refused := make(chan error, 1)
		late := listen(t, w.a, 1003)
		go func() {
			_, err := late.Dial(t.Context(), w.eb.LocalAddrs())
			refused <- err
		}()
		start := time.Now()
		if err := w.eb.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantElapsed(t, start, 2*latency) // All at once.
		for _, a := range fars {
			wantDown(t, a, transport.CauseShutdown)
		}
		wantCause(t, <-refused, transport.CauseAbortPeer)
		if _, err := w.eb.Accept(t.Context()); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Accept: %v", err)
		}
		if _, err := w.eb.Dial(t.Context(), w.ea.LocalAddrs()); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Dial: %v", err)
		}
		if err := w.eb.SendMulticast(netip.MustParseAddrPort("239.0.0.50:3863"), nil); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("SendMulticast: %v", err)
		}
		_, err := w.ea.Dial(t.Context(), w.eb.LocalAddrs())
		wantCause(t, err, transport.CauseRefused)
		listen(t, w.b, 2000) // The port is free.
	})
}

func TestCloseWakesEverybody(t *testing.T) {
	inWorld(t, memnet.Config{QueueLen: 1}, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		send(t, near, "fills the queue")
		calls := map[string]func() error{
			"Accept":  func() error { _, err := w.ea.Accept(t.Context()); return err },
			"Receive": func() error { _, err := near.Receive(t.Context()); return err },
			"Send":    func() error { return near.Send(t.Context(), late) },
			"Dial": func() error {
				_, err := w.ea.Dial(t.Context(), []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:1")})
				return err
			},
		}
		results := make(map[string]chan error)
		for name, call := range calls {
			c := make(chan error, 1)
			results[name] = c
			go func() { c <- call() }()
		}
		synctest.Wait()
		if err := w.ea.Close(); err != nil {
			t.Fatal(err)
		}
		for name, c := range results {
			err := <-c
			if name == "Accept" || name == "Dial" {
				if !errors.Is(err, transport.ErrClosed) {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			wantCause(t, err, transport.CauseAbortLocal)
		}
		wantDown(t, far, transport.CauseAbortPeer)
	})
}

func TestCancelledCalls(t *testing.T) {
	inWorld(t, memnet.Config{}, func(t *testing.T, w *world) {
		near, far := connect(t, w.ea, w.eb)
		send(t, far, "kept")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, acceptErr := w.ea.Accept(ctx)
		_, receiveErr := near.Receive(ctx)
		_, dialErr := w.ea.Dial(ctx, w.eb.LocalAddrs())
		for name, err := range map[string]error{
			"Accept": acceptErr, "Receive": receiveErr, "Dial": dialErr, "Send": near.Send(ctx, late),
		} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
		}
		wantMessage(t, near, "kept")
		wantUp(t, near)
	})
}
