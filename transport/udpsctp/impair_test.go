package udpsctp

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
)

// A lossy wire loses, doubles and holds back datagrams. What is held back goes
// out after the next one.
type lossy struct {
	mu   sync.Mutex
	rng  *rand.Rand
	held func()
}

func (l *lossy) impair(b []byte, send func([]byte)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	dice := l.rng.Float64()
	switch {
	case dice < 0.05:
		return
	case dice < 0.10:
		send(b)
	case dice < 0.20 && l.held == nil:
		l.held = func() { send(b) }
		return
	}
	send(b)
	if l.held != nil {
		l.held()
		l.held = nil
	}
}

func TestLossAndReordering(t *testing.T) {
	t.Parallel()
	wire := &lossy{rng: rand.New(rand.NewPCG(1, 2))}
	n := NewNetwork(Config{RTOMax: 50 * time.Millisecond})
	n.impair = wire.impair
	ea, eb := bindNetwork(t, n, loopback), bindNetwork(t, n, loopback)
	var wg sync.WaitGroup
	const messages, streams = 1500, 3
	a, b := connect(t, ea, eb)
	for _, way := range [][2]*association{{a, b}, {b, a}} {
		wg.Go(func() {
			for i := range messages {
				data := make([]byte, 4+i*37%3000)
				binary.BigEndian.PutUint32(data, uint32(i))
				if err := way[0].Send(assoctest.Limit(t), transport.Message{Stream: uint16(i % streams), Data: data}); err != nil {
					t.Errorf("Send: %v", err)
					return
				}
			}
		})
		wg.Go(func() {
			var next [streams]int
			for s := range next {
				next[s] = s
			}
			for range messages {
				m, err := way[1].Receive(assoctest.Limit(t))
				if err != nil {
					t.Errorf("Receive: %v", err)
					return
				}
				i := int(binary.BigEndian.Uint32(m.Data))
				if i != next[m.Stream] || len(m.Data) != 4+i*37%3000 {
					t.Errorf("message %d of %d octets on stream %d, want %d", i, len(m.Data), m.Stream, next[m.Stream])
					return
				}
				next[m.Stream] += streams
			}
		})
	}
	wg.Wait()
	if err := a.Shutdown(assoctest.Limit(t)); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	assoctest.WantDown(t, b, transport.CauseShutdown)
}

// TestLateSack has a SACK come when the peer is through with a shutdown, and all that says so
// is lost: the peer, which does not know the association any more, answers by ABORT.
func TestLateSack(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var sack []byte
	acks := 0
	n := NewNetwork(Config{RTOMax: 50 * time.Millisecond})
	n.impair = func(b []byte, send func([]byte)) {
		mu.Lock()
		defer mu.Unlock()
		switch chunkType(b[headerLen]) {
		case chunkSack:
			sack = bytes.Clone(b)
		case chunkShutdownAck:
			if acks++; acks > 1 {
				b = sack
			}
		case chunkShutdownComplete:
			return
		}
		send(b)
	}
	a, b := connect(t, bindNetwork(t, n, loopback), bindNetwork(t, n, loopback))
	if err := a.Send(assoctest.Limit(t), transport.Message{Data: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Receive(assoctest.Limit(t)); err != nil {
		t.Fatal(err)
	}
	if err := a.Shutdown(assoctest.Limit(t)); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	assoctest.WantDown(t, b, transport.CauseShutdown)
}

// TestLossyHandshake opens and shuts down associations over a lossy wire.
func TestLossyHandshake(t *testing.T) {
	t.Parallel()
	wire := &lossy{rng: rand.New(rand.NewPCG(3, 4))}
	n := NewNetwork(Config{RTOMax: 50 * time.Millisecond})
	n.impair = wire.impair
	var wg sync.WaitGroup
	for range 20 {
		ea, eb := bindNetwork(t, n, loopback), bindNetwork(t, n, loopback)
		wg.Go(func() {
			a, err := ea.Dial(assoctest.Limit(t), eb.LocalAddrs())
			if err != nil {
				t.Errorf("Dial: %v", err)
				return
			}
			if err := a.Send(assoctest.Limit(t), transport.Message{Data: []byte("x")}); err != nil {
				t.Errorf("Send: %v", err)
			}
			if err := a.Shutdown(assoctest.Limit(t)); err != nil {
				t.Errorf("Shutdown: %v", err)
			}
			b, err := eb.Accept(assoctest.Limit(t))
			if err != nil {
				t.Errorf("Accept: %v", err)
				return
			}
			if m, err := b.Receive(assoctest.Limit(t)); err != nil || string(m.Data) != "x" {
				t.Errorf("Receive: %q, %v", m.Data, err)
			}
			<-b.Done()
		})
	}
	wg.Wait()
}

// TestCollision lets both sides dial over a lossy wire: whatever is lost of the two
// handshakes, one association comes of them.
func TestCollision(t *testing.T) {
	t.Parallel()
	wire := &lossy{rng: rand.New(rand.NewPCG(5, 6))}
	n := NewNetwork(Config{RTOMax: 50 * time.Millisecond})
	n.impair = wire.impair
	var wg sync.WaitGroup
	for range 100 {
		ea, eb := bindNetwork(t, n, loopback), bindNetwork(t, n, loopback)
		results := make(chan transport.Association, 2)
		dial := func(from, to *endpoint) {
			a, err := from.Dial(assoctest.Limit(t), to.LocalAddrs())
			if err != nil {
				t.Errorf("Dial: %v", err)
			}
			results <- a
		}
		wg.Go(func() { dial(ea, eb) })
		wg.Go(func() { dial(eb, ea) })
		wg.Go(func() {
			a, b := (<-results), (<-results)
			if a == nil || b == nil {
				return
			}
			if a.(*association).localTag != b.(*association).peerTag || a.(*association).peerTag != b.(*association).localTag {
				t.Errorf("two associations: %v and %v", a.Err(), b.Err())
			}
			exchange(t, a, b)
		})
	}
	wg.Wait()
}

// A cut wire carries nothing while it is cut.
type cut struct{ cut atomic.Bool }

func (c *cut) impair(b []byte, send func([]byte)) {
	if !c.cut.Load() {
		send(b)
	}
}

// cuttable returns two endpoints with a wire between them that can be cut.
func cuttable(t testing.TB, config Config) (*cut, *endpoint, *endpoint) {
	wire := &cut{}
	n := NewNetwork(config)
	n.impair = wire.impair
	return wire, bindNetwork(t, n, loopback), bindNetwork(t, n, loopback)
}

func TestSilentPeer(t *testing.T) {
	t.Parallel()
	const interval = 200 * time.Millisecond
	wire, ea, eb := cuttable(t, Config{HeartbeatInterval: interval, MaxMissed: 4})
	a, b := connect(t, ea, eb)
	if a.RTT() == 0 || b.RTT() == 0 {
		t.Error("the handshake has not measured the round-trip time")
	}

	// While the wire is good, heartbeats change nothing.
	beats := a.heart.rtt.Load()
	for end := time.Now().Add(assoctest.Timeout); a.heart.rtt.Load() == beats; {
		if time.Now().After(end) {
			t.Fatal("no heartbeat was answered")
		}
		runtime.Gosched()
	}
	exchange(t, a, b)

	begin := time.Now()
	wire.cut.Store(true)
	assoctest.WantDown(t, a, transport.CauseUnreachable)
	assoctest.WantDown(t, b, transport.CauseUnreachable)
	if took := time.Since(begin); took < 3*interval {
		t.Errorf("given up after %v, want %v at least", took, 3*interval)
	}
}

// TestShutdownSilentPeer ends the wait for a peer that does not answer.
func TestShutdownSilentPeer(t *testing.T) {
	t.Parallel()
	wire, ea, eb := cuttable(t, Config{HeartbeatInterval: time.Hour})
	a, _ := connect(t, ea, eb)
	wire.cut.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := a.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v, want %v", err, context.DeadlineExceeded)
	}
	assoctest.WantDown(t, a, transport.CauseAbortLocal)

	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := eb.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown of the endpoint: %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestDialSilentPeer(t *testing.T) {
	t.Parallel()
	wire, ea, eb := cuttable(t, Config{HandshakeTimeout: 50 * time.Millisecond})
	wire.cut.Store(true)
	_, err := ea.Dial(assoctest.Limit(t), eb.LocalAddrs())
	if down, ok := errors.AsType[*transport.DownError](err); !ok || down.Cause != transport.CauseUnreachable {
		t.Errorf("Dial: %v, want %v", err, transport.CauseUnreachable)
	}
	wantRegistered(t, ea, 0)

	wire, ea, eb = cuttable(t, Config{})
	wire.cut.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		_, err := ea.Dial(ctx, eb.LocalAddrs())
		result <- err
	}()
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("Dial: %v, want %v", err, context.Canceled)
	}
	wantRegistered(t, ea, 0)
}

// TestHeadStart dials a peer whose first address does not answer.
func TestHeadStart(t *testing.T) {
	t.Parallel()
	config := Config{HeadStart: 30 * time.Millisecond}
	ea, eb := bindLoopback(t, config), bindLoopback(t, config)
	n := NewNetwork(config)
	n.impair = func([]byte, func([]byte)) {}
	silent := bindNetwork(t, n, loopback)
	begin := time.Now()
	a, err := ea.Dial(assoctest.Limit(t), []netip.AddrPort{silent.LocalAddrs()[0], eb.LocalAddrs()[0]})
	if err != nil {
		t.Fatal(err)
	}
	b, err := eb.Accept(assoctest.Limit(t))
	if err != nil {
		t.Fatal(err)
	}
	exchange(t, a, b)
	if took := time.Since(begin); took < config.HeadStart {
		t.Errorf("the second address was tried after %v, want %v", took, config.HeadStart)
	}
}

// TestSlowReceiver shows that a peer's window is opened again as soon as messages
// are received, and not by the next probe, which takes a second at least.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	ea, eb := bindLoopback(t, Config{}), bindLoopback(t, Config{})
	a, b := connect(t, ea, eb)
	data := make([]byte, 16<<10)
	sent := 0
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		err := a.Send(ctx, transport.Message{Data: data})
		cancel()
		if err != nil {
			break
		}
		sent++
	}
	octets, _ := b.received.Size()
	if most := b.e.config.ReceiveBuffer + receiveReserve; octets > most || sent*len(data) > 2*most+a.e.config.SendBuffer {
		t.Errorf("%d octets are received and %d sent", octets, sent*len(data))
	}
	begin := time.Now()
	for range sent {
		if _, err := b.Receive(assoctest.Limit(t)); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("the rest came after %v", time.Since(begin))
	exchange(t, a, b)
}
