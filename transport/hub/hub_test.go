package hub_test

import (
	"context"
	"encoding"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/transport/step"
)

// text is a message that encodes itself.
type text string

func (m text) AppendBinary(b []byte) ([]byte, error) { return append(b, m...), nil }

// broken is a message that cannot be encoded.
type broken struct{}

var errBroken = errors.New("cannot be encoded")

func (broken) AppendBinary([]byte) ([]byte, error) { return nil, errBroken }

var errParse = errors.New("cannot be decoded")

const ppid = 11

func parse(data []byte) (string, error) {
	if string(data) == "garbage" {
		return "", errParse
	}
	return string(data), nil
}

type received = step.Received[string]

// bed is a network with a hub on one host and a bare endpoint on the other.
type bed struct {
	t        *testing.T
	network  *memnet.Network
	hubHost  *memnet.Host
	peerHost *memnet.Host
	hub      *hub.Hub[string]
	peer     transport.Endpoint
}

// run makes a bed in a bubble, and closes it at the end: goroutines that are left then
// are a failure.
func run(t *testing.T, config hub.Config[string], test func(t *testing.T, b *bed)) {
	runWrapped(t, config, func(e transport.Endpoint) transport.Endpoint { return e }, test)
}

// runWrapped is run with a wrapper around the endpoint of the hub.
func runWrapped(t *testing.T, config hub.Config[string], wrap func(transport.Endpoint) transport.Endpoint, test func(t *testing.T, b *bed)) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New(memnet.Config{Link: memnet.Link{Latency: time.Millisecond}, QueueLen: 8})
		b := &bed{t: t, network: n, hubHost: n.Host(), peerHost: n.Host()}
		config.Endpoint = wrap(listen(t, b.hubHost))
		config.PPID, config.Parse = ppid, parse
		b.hub = hub.New(config)
		b.peer = listen(t, b.peerHost)
		test(t, b)
		if err := b.hub.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := b.peer.Close(); err != nil {
			t.Errorf("closing the peer: %v", err)
		}
	})
}

func listen(t *testing.T, host *memnet.Host) transport.Endpoint {
	t.Helper()
	e, err := host.Listen(t.Context(), transport.ListenConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// next returns the next event.
func (b *bed) next() step.Event {
	b.t.Helper()
	select {
	case ev := <-b.hub.Events():
		return ev
	case <-time.After(time.Minute):
		b.t.Fatal("no event")
		return nil
	}
}

// want checks the kind of the next event.
func want[E step.Event](b *bed) E {
	b.t.Helper()
	next := b.next()
	ev, ok := next.(E)
	if !ok {
		b.t.Fatalf("event %#v, want %T", next, ev)
	}
	return ev
}

// dial opens an association from the peer, and returns it with the hub's Up.
func (b *bed) dial() (transport.Association, step.Up) {
	b.t.Helper()
	a, err := b.peer.Dial(b.t.Context(), b.hub.LocalAddrs())
	if err != nil {
		b.t.Fatal(err)
	}
	return a, want[step.Up](b)
}

func (b *bed) send(a transport.Association, data string) {
	b.t.Helper()
	if err := a.Send(b.t.Context(), transport.Message{PPID: ppid, Data: []byte(data)}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bed) receive(a transport.Association) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	m, err := a.Receive(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(m.Data)
}

func TestOrder(t *testing.T) {
	run(t, hub.Config[string]{}, func(t *testing.T, b *bed) {
		a, err := b.peer.Dial(t.Context(), b.hub.LocalAddrs())
		if err != nil {
			t.Fatal(err)
		}
		b.send(a, "one")
		b.send(a, "garbage")
		if err := a.Send(t.Context(), transport.Message{PPID: ppid + 1, Data: []byte("another protocol")}); err != nil {
			t.Fatal(err)
		}
		b.send(a, "two")
		if err := a.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		up := want[step.Up](b)
		if up.Dial != 0 || len(up.Peer) == 0 || up.Peer[0] != a.LocalAddrs()[0] {
			t.Errorf("Up %+v", up)
		}
		for _, wanted := range []step.Event{
			received{Assoc: up.Assoc, Message: "one"},
			step.Malformed{Assoc: up.Assoc, Data: []byte("garbage"), Err: errParse},
			step.Malformed{Assoc: up.Assoc, Data: []byte("another protocol"), Err: hub.ErrPPID},
			received{Assoc: up.Assoc, Message: "two"},
		} {
			if ev := b.next(); !reflect.DeepEqual(ev, wanted) {
				t.Errorf("%+v, want %+v", ev, wanted)
			}
		}
		down := want[step.Down](b)
		if down, ok := errors.AsType[*transport.DownError](down.Err); !ok || down.Cause != transport.CauseShutdown {
			t.Errorf("Down %+v", down)
		}
		if err := b.hub.Send(up.Assoc, text("late")); err != hub.ErrNotUp {
			t.Errorf("Send after Down: %v", err)
		}
		b.hub.End(up.Assoc)
		b.hub.Abort(up.Assoc, "late")
	})
}

func TestSendKeepsOrder(t *testing.T) {
	run(t, hub.Config[string]{}, func(t *testing.T, b *bed) {
		a, up := b.dial()
		const n = 1000
		for i := range n {
			if err := b.hub.Send(up.Assoc, text(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
		}
		for i := range n {
			if got := b.receive(a); got != fmt.Sprint(i) {
				t.Fatalf("message %d is %q", i, got)
			}
		}
	})
}

// A peer that asks and does not read the answers is not read any more, until it does.
func TestBackpressure(t *testing.T) {
	const limit = 16
	run(t, hub.Config[string]{ReadLimit: limit}, func(t *testing.T, b *bed) {
		a, up := b.dial()
		other, _ := b.secondPeer()
		asked := make(chan int, 1)
		stop, cancel := context.WithCancel(t.Context())
		go func() {
			n := 0
			for a.Send(stop, transport.Message{PPID: ppid, Data: []byte("?")}) == nil {
				n++
			}
			asked <- n
		}()
		// The owner answers whatever comes.
		answered := 0
		for idle := false; !idle; {
			synctest.Wait()
			select {
			case ev := <-b.hub.Events():
				answered++
				if err := b.hub.Send(ev.(received).Assoc, text("!")); err != nil {
					t.Fatal(err)
				}
			case <-time.After(time.Second):
				idle = true
			}
		}
		// In flight are what the network takes, the limit, and one that was being read.
		if most := 2*8 + limit + 2; answered > most {
			t.Errorf("%d messages were taken from a peer that does not read, want at most %d", answered, most)
		}
		// Others are served as ever.
		b.send(other, "hello")
		if ev := want[received](b); ev.Message != "hello" {
			t.Errorf("%+v", ev)
		}
		// When the peer reads, all goes on.
		go func() {
			for {
				if _, err := a.Receive(stop); err != nil {
					return
				}
			}
		}()
		for range 100 {
			ev := want[received](b)
			if err := b.hub.Send(ev.Assoc, text("!")); err != nil {
				t.Fatal(err)
			}
		}
		cancel()
		<-asked
		b.hub.Abort(up.Assoc, "enough")
		for down := false; !down; {
			_, down = b.next().(step.Down)
		}
	})
}

func (b *bed) secondPeer() (transport.Association, step.Up) {
	b.t.Helper()
	e := listen(b.t, b.network.Host())
	b.t.Cleanup(func() { _ = e.Close() })
	a, err := e.Dial(b.t.Context(), b.hub.LocalAddrs())
	if err != nil {
		b.t.Fatal(err)
	}
	return a, want[step.Up](b)
}

// An owner that does not take its events holds up its peers, and costs no more memory.
func TestOwnerThatWaits(t *testing.T) {
	run(t, hub.Config[string]{}, func(t *testing.T, b *bed) {
		a, _ := b.dial()
		sent := 0
		for {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			err := a.Send(ctx, transport.Message{PPID: ppid, Data: []byte("x")})
			cancel()
			if err != nil {
				break
			}
			if sent++; sent > 1000 {
				t.Fatal("messages are taken without end")
			}
		}
		for range sent {
			want[received](b)
		}
	})
}

func TestDial(t *testing.T) {
	run(t, hub.Config[string]{DialTimeout: time.Second}, func(t *testing.T, b *bed) {
		b.hub.Dial(5, b.peer.LocalAddrs())
		up := want[step.Up](b)
		if up.Dial != 5 {
			t.Errorf("Up %+v", up)
		}
		// The association is up already: there is one more Up with the same ID.
		b.hub.Dial(6, b.peer.LocalAddrs())
		if again := want[step.Up](b); again.Dial != 6 || again.Assoc != up.Assoc {
			t.Errorf("Up %+v, want association %d", again, up.Assoc)
		}
		a, err := b.peer.Accept(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b.send(a, "once")
		want[received](b)
		a.Abort("end")
		want[step.Down](b)
		// Nobody listens there.
		b.hub.Dial(7, []netip.AddrPort{netip.AddrPortFrom(b.peerHost.Addrs()[0], 9)})
		if failed := want[step.DialFailed](b); failed.Dial != 7 || failed.Err == nil {
			t.Errorf("%+v", failed)
		}
		// The host does not answer.
		b.network.Partition([]*memnet.Host{b.hubHost}, []*memnet.Host{b.peerHost})
		begin := time.Now()
		b.hub.Dial(8, b.peer.LocalAddrs())
		if failed := want[step.DialFailed](b); failed.Dial != 8 {
			t.Errorf("%+v", failed)
		}
		if took := time.Since(begin); took != time.Second {
			t.Errorf("the dial failed after %v", took)
		}
	})
}

// Whatever dials of an association that is up and about to end find, Down is the last
// that is said of it, and every dial has one answer.
func TestDialOfAnAssociationThatEnds(t *testing.T) {
	for round := range 50 {
		run(t, hub.Config[string]{}, func(t *testing.T, b *bed) {
			a, _ := b.dial()
			const dials = 8
			for i := range dials {
				b.hub.Dial(step.DialID(i+1), []netip.AddrPort{a.LocalAddrs()[0]})
			}
			for range round {
				runtime.Gosched()
			}
			a.Abort("end")
			go func() { // It is dialled anew by those that come late.
				for {
					if _, err := b.peer.Accept(t.Context()); err != nil {
						return
					}
				}
			}()
			ended := make(map[step.AssocID]bool)
			for answered := 0; answered < dials; {
				switch ev := b.next().(type) {
				case step.Up:
					if ended[ev.Assoc] {
						t.Fatalf("association %d is up after it was down", ev.Assoc)
					}
					if ev.Dial != 0 {
						answered++
					}
				case step.DialFailed:
					answered++
				case step.Down:
					ended[ev.Assoc] = true
				}
			}
		})
	}
}

// End delivers what is queued, then shuts down.
func TestEnd(t *testing.T) {
	run(t, hub.Config[string]{}, func(t *testing.T, b *bed) {
		a, up := b.dial()
		const n = 100
		for i := range n {
			if err := b.hub.Send(up.Assoc, text(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
		}
		b.hub.End(up.Assoc)
		b.hub.End(up.Assoc)
		for i := range n {
			if got := b.receive(a); got != fmt.Sprint(i) {
				t.Fatalf("message %d is %q", i, got)
			}
		}
		<-a.Done()
		down, ok := errors.AsType[*transport.DownError](a.Err())
		if !ok || down.Cause != transport.CauseShutdown {
			t.Errorf("the peer sees %v", a.Err())
		}
		want[step.Down](b)
	})
}

// A peer that does not read is not waited for for ever.
func TestEndOfAPeerThatDoesNotRead(t *testing.T) {
	run(t, hub.Config[string]{ShutdownTimeout: 3 * time.Second}, func(t *testing.T, b *bed) {
		a, up := b.dial()
		for range 100 {
			if err := b.hub.Send(up.Assoc, text("x")); err != nil {
				t.Fatal(err)
			}
		}
		begin := time.Now()
		b.hub.End(up.Assoc)
		want[step.Down](b)
		if took := time.Since(begin); took != 3*time.Second {
			t.Errorf("ended after %v", took)
		}
		<-a.Done()
	})
}

func TestShutdown(t *testing.T) {
	run(t, hub.Config[string]{}, func(t *testing.T, b *bed) {
		a, up := b.dial()
		const n = 50
		for range n {
			if err := b.hub.Send(up.Assoc, text("x")); err != nil {
				t.Fatal(err)
			}
		}
		go func() {
			for range n {
				b.receive(a)
			}
		}()
		if err := b.hub.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		<-a.Done()
		if down, ok := errors.AsType[*transport.DownError](a.Err()); !ok || down.Cause != transport.CauseShutdown {
			t.Errorf("the peer sees %v", a.Err())
		}
		b.hub.Dial(1, b.peer.LocalAddrs()) // Nothing comes of it, nor is it waited for.
	})
}

func TestShutdownIsBounded(t *testing.T) {
	run(t, hub.Config[string]{}, func(t *testing.T, b *bed) {
		_, up := b.dial()
		for range 100 {
			if err := b.hub.Send(up.Assoc, text("x")); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		if err := b.hub.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
		if took := time.Since(begin); took != time.Second/2 {
			t.Errorf("Shutdown took %v", took)
		}
	})
}

// A peer that does not read keeps no other one from a graceful end.
func TestShutdownBesideAPeerThatDoesNotRead(t *testing.T) {
	run(t, hub.Config[string]{}, func(t *testing.T, b *bed) {
		stuck, up := b.dial()
		for range 100 {
			if err := b.hub.Send(up.Assoc, text("x")); err != nil {
				t.Fatal(err)
			}
		}
		good, _ := b.secondPeer()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.hub.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
		<-stuck.Done()
		<-good.Done()
		if down, ok := errors.AsType[*transport.DownError](stuck.Err()); !ok || down.Cause != transport.CauseAbortPeer {
			t.Errorf("the peer that does not read sees %v", stuck.Err())
		}
		if down, ok := errors.AsType[*transport.DownError](good.Err()); !ok || down.Cause != transport.CauseShutdown {
			t.Errorf("the other peer sees %v", good.Err())
		}
	})
}

// What cannot be encoded, or is refused by an association that is up, ends it: the peer
// would wait for it.
func TestMessageThatCannotBeSent(t *testing.T) {
	for _, m := range []encoding.BinaryAppender{broken{}, text(""), text(strings.Repeat("x", 1<<20))} {
		for _, queued := range []int{0, 9} { // The association takes 8 at once.
			run(t, hub.Config[string]{}, func(t *testing.T, b *bed) {
				a, up := b.dial()
				for range queued {
					if err := b.hub.Send(up.Assoc, text("x")); err != nil {
						t.Fatal(err)
					}
				}
				if err := b.hub.Send(up.Assoc, m); err != nil {
					t.Fatal(err)
				}
				for range queued {
					if m == (broken{}) {
						break // Its end comes at once.
					}
					b.receive(a)
				}
				want[step.Down](b)
				<-a.Done()
			})
		}
	}
}

// Close does not wait for an owner that takes no more events, nor for dials and peers
// that do not answer.
func TestCloseInTheMiddle(t *testing.T) {
	run(t, hub.Config[string]{}, func(t *testing.T, b *bed) {
		a, up := b.dial()
		for range 20 {
			if err := b.hub.Send(up.Assoc, text("x")); err != nil {
				t.Fatal(err)
			}
		}
		go func() {
			for a.Send(t.Context(), transport.Message{PPID: ppid, Data: []byte("x")}) == nil {
			}
		}()
		b.network.Partition([]*memnet.Host{b.hubHost}, []*memnet.Host{b.network.Host()})
		b.hub.Dial(1, []netip.AddrPort{netip.MustParseAddrPort("10.9.9.9:1")})
		b.hub.End(up.Assoc)
		synctest.Wait()
		if err := b.hub.Close(); err != nil {
			t.Error(err)
		}
		b.hub.Dial(2, b.peer.LocalAddrs())
		if err := b.hub.Send(up.Assoc, text("late")); err != nil && err != hub.ErrNotUp {
			t.Error(err)
		}
	})
}

// stale is an endpoint whose dials find the association that is given, whatever has
// become of it.
type stale struct {
	transport.Endpoint
	found func() transport.Association
}

func (e stale) Dial(context.Context, []netip.AddrPort) (transport.Association, error) {
	return e.found(), nil
}

func TestDialFindsAnAssociationThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New(memnet.Config{})
		server, client := listen(t, n.Host()), listen(t, n.Host())
		var last transport.Association
		endpoint := stale{Endpoint: client, found: func() transport.Association { return last }}
		h := hub.New(hub.Config[string]{Endpoint: endpoint, PPID: ppid, Parse: parse})
		b := &bed{t: t, hub: h, peer: server}
		var err error
		last, err = client.Dial(t.Context(), server.LocalAddrs())
		if err != nil {
			t.Fatal(err)
		}
		h.Dial(1, nil)
		want[step.Up](b)
		last.Abort("end")
		want[step.Down](b)
		h.Dial(2, nil)
		if failed := want[step.DialFailed](b); failed.Dial != 2 || failed.Err == nil {
			t.Errorf("%+v", failed)
		}
		if err := errors.Join(h.Close(), server.Close()); err != nil {
			t.Error(err)
		}
	})
}
