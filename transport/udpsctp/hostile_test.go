package udpsctp

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
)

// A recorder keeps a copy of each datagram that goes out.
type recorder struct {
	mu   sync.Mutex
	sent [][]byte
}

func (r *recorder) impair(b []byte, send func([]byte)) {
	r.mu.Lock()
	r.sent = append(r.sent, slices.Clone(b))
	r.mu.Unlock()
	send(b)
}

// record returns the datagrams of the life of an association.
func record(t testing.TB) [][]byte {
	t.Helper()
	r := &recorder{}
	n := NewNetwork(Config{HeartbeatInterval: 10 * time.Millisecond, MaxMissed: 1000})
	n.impair = r.impair
	ea, eb := bindNetwork(t, n, loopback), bindNetwork(t, n, loopback)
	a, b := connect(t, ea, eb)
	exchange(t, a, b)
	if err := a.Send(assoctest.Limit(t), transport.Message{Data: make([]byte, 3000)}); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(assoctest.Timeout); time.Now().Before(end); runtime.Gosched() {
		r.mu.Lock()
		beats := slices.ContainsFunc(r.sent, func(b []byte) bool { return b[headerLen] == byte(chunkHeartbeatAck) })
		r.mu.Unlock()
		if beats {
			break
		}
	}
	if err := a.Shutdown(assoctest.Limit(t)); err != nil {
		t.Fatal(err)
	}
	<-b.Done()
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.sent)
}

// mutate damages a packet that is addressed to an endpoint. Most of the results
// have a good checksum and the right ports and tag, so that they get far.
func mutate(rng *rand.Rand, b []byte, h header) []byte {
	b = slices.Clone(b)
	switch rng.IntN(4) {
	case 0:
		b = make([]byte, rng.IntN(200))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
	case 1:
		b = b[:rng.IntN(len(b)+1)]
	case 2:
		for range 1 + rng.IntN(4) {
			b[rng.IntN(len(b))] = byte(rng.Uint32())
		}
	case 3:
		i := headerLen + rng.IntN(len(b)-headerLen)
		b = slices.Insert(b, i, b[headerLen:headerLen+rng.IntN(len(b)-headerLen)]...)
	}
	if len(b) < headerLen {
		return b
	}
	if rng.IntN(4) > 0 {
		copy(b, appendHeader(nil, h))
		if rng.IntN(8) == 0 {
			binary.BigEndian.PutUint32(b[4:], 0)
		}
		seal(b)
	}
	return b
}

// TestMalformed attacks an endpoint with random and mutated packets, from a
// stranger and in the name of a peer. Other associations go on.
func TestMalformed(t *testing.T) {
	t.Parallel()
	const packets = 20000
	templates := record(t)
	rng := rand.New(rand.NewPCG(5, 6))
	config := Config{HeartbeatInterval: time.Hour}
	victim, good := bindLoopback(t, config), bindLoopback(t, config)
	a, b := connect(t, good, victim)

	stranger, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(victim.LocalAddrs()[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	bad := bindLoopback(t, config)
	source := bad.LocalAddrs()[0]
	var c *association
	ended := 0
	for i := range packets {
		if c == nil || c.Err() != nil {
			// What has attacked so far has lost its association, and dials again.
			for _, x := range bad.associations() {
				x.Abort("") // It may not have been told.
				ended++
			}
			_, c = connect(t, bad, victim)
		}
		if i%1000 == 0 {
			exchange(t, a, b)
		}
		packet := mutate(rng, templates[rng.IntN(len(templates))], header{src: bad.port, dst: victim.port, tag: c.localTag})
		victim.handle(victim.sockets[0], source, source.Addr(), packet)
		if i%4 == 0 {
			_, _ = stranger.Write(packet) // It is refused when the buffer is full.
		}
	}
	exchange(t, a, b)
	t.Logf("%d attacking associations have ended", ended)
}

// TestInitFlood sends INITs from many sources: no state is left of them.
func TestInitFlood(t *testing.T) {
	t.Parallel()
	const inits = 20000
	n := NewNetwork(Config{})
	var quiet atomic.Bool
	var answered atomic.Int32
	n.impair = func(b []byte, send func([]byte)) {
		if !quiet.Load() {
			send(b)
		} else if chunkType(b[headerLen]) == chunkInitAck {
			answered.Add(1)
		}
	}
	e, good := bindNetwork(t, n, loopback), bindNetwork(t, n, loopback)
	quiet.Store(true)
	for i := range inits {
		src := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 1000)
		init := initParams{tag: uint32(i + 1), window: 1 << 16, out: 1, in: 1}
		packet := singleChunk(header{src: 1000, dst: e.port}, chunkInit, 0, appendInit(nil, init))
		e.handle(e.sockets[0], src, netip.Addr{}, packet)
	}
	wantRegistered(t, e, 0)
	if got := answered.Load(); got != inits {
		t.Errorf("%d INITs were answered, want %d", got, inits)
	}
	quiet.Store(false)
	a, b := connect(t, good, e)
	exchange(t, a, b)
}

func TestBounds(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]Config{
		"in all":     {MaxAssociations: 2},
		"per source": {MaxAssociationsPerSource: 2},
		"backlog":    {AcceptBacklog: 2},
	} {
		e := bindLoopback(t, config)
		var up []transport.Association
		for range 2 {
			a, err := bindLoopback(t, Config{}).Dial(assoctest.Limit(t), e.LocalAddrs())
			if err != nil {
				t.Fatalf("%s: Dial: %v", name, err)
			}
			up = append(up, a)
		}
		third := bindLoopback(t, Config{})
		_, err := third.Dial(assoctest.Limit(t), e.LocalAddrs())
		down, ok := errors.AsType[*transport.DownError](err)
		if !ok || down.Cause != transport.CauseAbortPeer || !strings.Contains(down.Reason, "out of resource: too many") {
			t.Errorf("%s: Dial: %v, want it aborted", name, err)
		}
		for range up {
			if _, err := e.Accept(assoctest.Limit(t)); err != nil {
				t.Fatalf("%s: Accept: %v", name, err)
			}
		}
		up[0].Abort("")
		for len(e.associations()) == 2 {
			runtime.Gosched()
		}
		if _, err := third.Dial(assoctest.Limit(t), e.LocalAddrs()); err != nil {
			t.Errorf("%s: Dial when there is room again: %v", name, err)
		}
	}
}

// TestOutOfTheBlue checks the answers to packets of unknown associations.
func TestOutOfTheBlue(t *testing.T) {
	t.Parallel()
	answers := make(chan []byte, 1)
	n := NewNetwork(Config{})
	n.impair = func(b []byte, _ func([]byte)) { answers <- b }
	e := bindNetwork(t, n, loopback)
	const tag = 0x1234
	shutdownComplete := singleChunk(header{src: e.port, dst: 99, tag: tag}, chunkShutdownComplete, flagT, nil)
	abort := singleChunk(header{src: e.port, dst: 99, tag: tag}, chunkAbort, flagT, nil)
	for _, c := range []struct {
		typ   chunkType
		value []byte
		want  []byte
	}{
		{chunkData, make([]byte, 16), abort},
		{chunkSack, make([]byte, 12), abort},
		{chunkHeartbeat, make([]byte, 8), abort},
		{chunkShutdown, make([]byte, 4), abort},
		{chunkShutdownAck, nil, shutdownComplete},
		{chunkAbort, nil, nil},
		{chunkInitAck, make([]byte, 16), nil},
		{chunkCookieAck, nil, nil},
		{chunkCookieEcho, make([]byte, cookieLen), nil},
		{chunkError, nil, nil},
		{chunkShutdownComplete, nil, nil},
		{chunkInit, make([]byte, 16), nil}, // The tag is not zero.
	} {
		e.handle(e.sockets[0], netip.MustParseAddrPort("127.0.0.1:99"), netip.Addr{}, singleChunk(header{src: 99, dst: e.port, tag: tag}, c.typ, 0, c.value))
		var got []byte
		select {
		case got = <-answers:
		default:
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("the answer to chunk type %d is %x, want %x", c.typ, got, c.want)
		}
	}
	e.outOfTheBlue.tokens, e.outOfTheBlue.last = 0, time.Now().Add(time.Hour)
	e.handle(e.sockets[0], netip.MustParseAddrPort("127.0.0.1:99"), netip.Addr{}, singleChunk(header{src: 99, dst: e.port, tag: tag}, chunkData, 0, make([]byte, 16)))
	if len(answers) != 0 {
		t.Error("answered although the limit is reached")
	}
}

// TestViolations breaks the protocol in the name of a peer.
func TestViolations(t *testing.T) {
	t.Parallel()
	data := func(stream uint16, size int) []byte {
		b := make([]byte, dataHeaderLen+size)
		binary.BigEndian.PutUint16(b[4:], stream)
		return b
	}
	for _, value := range [][]byte{data(0, 0), data(16, 1), data(65535, 1)} {
		ea, eb := bindLoopback(t, Config{}), bindLoopback(t, Config{})
		a, b := connect(t, ea, eb)
		h := header{src: eb.port, dst: ea.port, tag: a.localTag}
		ea.handle(ea.sockets[0], a.key.udp, netip.Addr{}, singleChunk(h, chunkData, 3, value))
		assoctest.WantDown(t, a, transport.CauseProtocol)
		assoctest.WantDown(t, b, transport.CauseAbortPeer)
	}
}

// TestWrongTags sends packets with tags that are not an association's.
func TestWrongTags(t *testing.T) {
	t.Parallel()
	ea, eb := bindLoopback(t, Config{}), bindLoopback(t, Config{})
	a, b := connect(t, ea, eb)
	for _, c := range []struct {
		tag   uint32
		flags uint8
	}{{a.localTag + 1, 0}, {a.peerTag, 0}, {0, 0}, {a.localTag, flagT}, {a.peerTag + 1, flagT}} {
		packet := singleChunk(header{src: eb.port, dst: ea.port, tag: c.tag}, chunkAbort, c.flags, nil)
		ea.handle(ea.sockets[0], a.key.udp, netip.Addr{}, packet)
	}
	exchange(t, a, b)
	packet := singleChunk(header{src: eb.port, dst: ea.port, tag: a.peerTag}, chunkAbort, flagT, nil)
	ea.handle(ea.sockets[0], a.key.udp, netip.Addr{}, packet)
	assoctest.WantDown(t, a, transport.CauseAbortPeer)
}

// TestReboundPort lets a translator on the way choose another UDP port.
func TestReboundPort(t *testing.T) {
	t.Parallel()
	ea, eb := bindLoopback(t, Config{}), bindLoopback(t, Config{})
	a, _ := connect(t, ea, eb)
	heartbeat := singleChunk(header{src: eb.port, dst: ea.port, tag: a.localTag}, chunkHeartbeat, 0, []byte{0, 1, 0, 4})
	moved := netip.AddrPortFrom(a.key.udp.Addr(), 9)
	ea.handle(ea.sockets[0], netip.MustParseAddrPort("10.0.0.1:9"), netip.Addr{}, heartbeat)
	if got := a.path.Load().remote; got == moved || got.Port() != eb.port {
		t.Fatalf("the path leads to %v", got)
	}
	ea.handle(ea.sockets[0], moved, netip.Addr{}, heartbeat)
	if got := a.path.Load().remote; got != moved {
		t.Errorf("the path leads to %v, want %v", got, moved)
	}
	if got := a.RemoteAddrs()[0]; got != eb.LocalAddrs()[0] {
		t.Errorf("RemoteAddrs() has %v, want %v", got, eb.LocalAddrs()[0])
	}
	a.Abort("")
	wantRegistered(t, ea, 0)
}
