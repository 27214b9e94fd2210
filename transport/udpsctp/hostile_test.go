package udpsctp

import (
	"encoding/binary"
	"encoding/hex"
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

// A flood is the answers of an endpoint that gets many packets of strangers.
type flood struct {
	e      *endpoint
	began  time.Time
	quiet  atomic.Bool // Nothing is sent.
	answer chunkType   // The answers that are counted.
	got    int
}

// newFlood binds an endpoint that answers nobody from now on, except that its answers of a
// type are counted.
func newFlood(t *testing.T, answer chunkType) *flood {
	t.Helper()
	f := &flood{answer: answer}
	n := NewNetwork(Config{})
	n.impair = func(b []byte, send func([]byte)) {
		if !f.quiet.Load() {
			send(b)
		} else if chunkType(b[headerLen]) == f.answer {
			f.got++
		}
	}
	f.e = bindNetwork(t, n, loopback)
	f.quiet.Store(true)
	return f
}

// send hands a packet to the endpoint, and reports whether it has been answered.
func (f *flood) send(src netip.Addr, tag uint32, c chunk) bool {
	was := f.got
	packet := singleChunk(header{src: 1000, dst: f.e.port, tag: tag}, c.typ, c.flags, c.value)
	f.e.handle(f.e.sockets[0], netip.AddrPortFrom(src, 1000), netip.Addr{}, packet)
	return f.got > was
}

// The rates in a flood.
const (
	floodRate       rate = 200
	floodSourceRate rate = 50
)

// limit lowers the rates of a limiter, so that few packets are a flood.
func (f *flood) limit(l *limiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total, l.source = floodRate, floodSourceRate
	f.began = time.Now()
}

// want checks the number of answers against a rate.
func (f *flood) want(t *testing.T, r rate) {
	t.Helper()
	if most := int(r) + int(time.Since(f.began)/r.interval()) + 1; f.got < int(r) || f.got > most {
		t.Errorf("%d packets were answered, want %d to %d", f.got, r, most)
	}
}

// source returns an address of its own for each number.
func source(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

// anotherSource returns a source with another slot in a limiter than source(0).
func anotherSource(l *limiter) (i int) {
	for i = 1; l.slot(source(i)) == l.slot(source(0)); i++ {
	}
	return i
}

// someInit returns an INIT with a tag.
func someInit(tag int) chunk {
	return chunk{typ: chunkInit, value: appendInit(nil, initParams{tag: uint32(tag), window: 1 << 16, out: 1, in: 1})}
}

// TestInitFlood sends INITs from a single source, and then from many sources. No state is left
// of them, and a bounded number is answered.
func TestInitFlood(t *testing.T) {
	t.Parallel()
	f := newFlood(t, chunkInitAck)
	f.limit(f.e.inits)
	const inits = 2000
	for i := range inits {
		f.send(source(0), 0, someInit(i+1))
	}
	f.want(t, floodSourceRate)
	if !f.send(source(anotherSource(f.e.inits)), 0, someInit(1)) {
		t.Error("a single source keeps another one from being answered")
	}
	for i := range inits {
		f.send(source(i), 0, someInit(i+1))
	}
	f.want(t, floodRate)
	wantRegistered(t, f.e, 0)

	f.quiet.Store(false)
	f.e.inits.mu.Lock()
	f.e.inits.all = 0
	f.e.inits.mu.Unlock()
	a, b := connect(t, bindLoopback(t, Config{}), f.e)
	exchange(t, a, b)
}

// TestDamagedFloodCounts sends INITs with a wrong checksum. The shield counts them, since they take
// the same room in the receive buffer.
func TestDamagedFloodCounts(t *testing.T) {
	t.Parallel()
	e := bindLoopback(t, Config{})
	before := e.shield.arrived.Load()
	packet := singleChunk(header{src: 1000, dst: e.port}, chunkInit, 0, appendInit(nil, initParams{tag: 1}))
	packet[8]++
	e.handle(e.sockets[0], netip.AddrPortFrom(source(0), 1000), netip.Addr{}, packet)
	if n := e.shield.arrived.Load() - before; n != 1 {
		t.Errorf("%d packets are counted, want 1", n)
	}
}

// TestCookieFlood echoes stale cookies from a single source, and then from many sources. A
// bounded number is verified, and answered therefore.
func TestCookieFlood(t *testing.T) {
	t.Parallel()
	f := newFlood(t, chunkError)
	f.limit(f.e.cookieEchoes)
	const tag, echoes = 7, 2000
	cookie := stateCookie{issued: time.Now().Add(-2 * cookieLife), localTag: tag}
	echo := func(i int) chunk {
		key := peerKey{udp: netip.AddrPortFrom(source(i), 1000), port: 1000}
		return chunk{typ: chunkCookieEcho, value: f.e.cookies.seal(cookie, key)}
	}
	first := echo(0)
	for range echoes {
		f.send(source(0), tag+1, first) // The tag is not the cookie's, so nothing is verified.
	}
	for range echoes {
		f.send(source(0), tag, first)
	}
	f.want(t, floodSourceRate)
	if i := anotherSource(f.e.cookieEchoes); !f.send(source(i), tag, echo(i)) {
		t.Error("a single source keeps another one from being answered")
	}
	for i := range echoes {
		f.send(source(i), tag, echo(i))
	}
	f.want(t, floodRate)
	wantRegistered(t, f.e, 0)
}

// TestOutOfTheBlueFlood sends DATA of unknown associations.
func TestOutOfTheBlueFlood(t *testing.T) {
	t.Parallel()
	f := newFlood(t, chunkAbort)
	f.limit(f.e.outOfTheBlue)
	const packets = 2000
	for range packets {
		f.send(source(0), 1, chunk{typ: chunkAbort}) // Not answered, so it takes no token.
	}
	for range packets {
		f.send(source(0), 1, chunk{value: make([]byte, 16)})
	}
	f.want(t, floodSourceRate)
	for i := range packets {
		f.send(source(i), 1, chunk{value: make([]byte, 16)})
	}
	f.want(t, floodRate)
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
	e.outOfTheBlue.all = bucket(time.Hour)
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

// TestHeartbeatFlood sends heartbeats in the name of a peer: some that are too large, many in a
// packet, and many packets. A bounded number is answered.
func TestHeartbeatFlood(t *testing.T) {
	t.Parallel()
	var answers atomic.Int32
	n := NewNetwork(Config{HeartbeatInterval: time.Hour})
	n.impair = func(b []byte, send func([]byte)) {
		if chunkType(b[headerLen]) != chunkHeartbeatAck {
			send(b)
		} else if answers.Add(1); len(b) > n.config.MTU {
			t.Errorf("an answer of %d octets", len(b))
		}
	}
	victim := bindNetwork(t, n, loopback)
	a, b := connect(t, bindLoopback(t, Config{HeartbeatInterval: time.Hour}), victim)
	p := &evilPeer{victim: victim, a: b, b: a}
	large := chunk{typ: chunkHeartbeat, value: make([]byte, n.config.MTU)}
	p.send(large, large, large)
	if got := answers.Load(); got != 0 {
		t.Errorf("%d large heartbeats were answered", got)
	}
	for range 50 {
		p.send(slices.Repeat([]chunk{{typ: chunkHeartbeat, value: []byte{0, 1, 0, 4}}}, 50)...)
	}
	most := int32(heartbeatRate) + int32(time.Since(b.heart.epoch)/heartbeatRate.interval()) + 1
	if got := answers.Load(); got < int32(heartbeatRate) || got > most {
		t.Errorf("%d heartbeats were answered, want %d to %d", got, heartbeatRate, most)
	}
	exchange(t, a, b)
}

// TestSacksOfTheUnsent acknowledges data that was never sent, in the name of a peer. The
// acknowledgements are ignored, and the association goes on.
func TestSacksOfTheUnsent(t *testing.T) {
	t.Parallel()
	p := newEvilPeer(t)
	exchange(t, p.a, p.b)
	sack := func(cum, window uint32, gaps []uint16, blocks, duplicates uint16) chunk {
		v := binary.BigEndian.AppendUint32(nil, cum)
		v = binary.BigEndian.AppendUint32(v, window)
		v = binary.BigEndian.AppendUint16(v, blocks)
		v = binary.BigEndian.AppendUint16(v, duplicates)
		for _, g := range gaps {
			v = binary.BigEndian.AppendUint16(v, g)
		}
		return chunk{typ: chunkSack, value: append(v, make([]byte, 4*int(duplicates))...)}
	}
	last := p.b.pipe.cumTSN.Load()
	const window = 1 << 20
	for _, c := range []chunk{
		sack(last+1000, window, nil, 0, 0),
		sack(last+1<<31-1, window, nil, 0, 0),
		sack(last, window, []uint16{1, 65535}, 1, 0),
		sack(last, window, []uint16{0, 0}, 1, 0),
		sack(last, window, []uint16{9, 2}, 1, 0),
		sack(last, window, nil, 65535, 0),
		sack(last, window, slices.Repeat([]uint16{1, 65535}, 1500), 1500, 0),
		sack(last, window, nil, 0, 15000),
		sack(last, 0, nil, 0, 0),
		sack(last, window, nil, 0, 0),
	} {
		p.send(c)
	}
	exchange(t, p.a, p.b)
}

func TestIsValidSack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, tail string // The part behind TSN and window.
		want       bool
	}{
		{"plain", "00000000", true},
		{"block and duplicate", "00010001" + "00020003" + "00000007", true},
		{"all TSNs", "00010000" + "0001ffff", true},
		{"too many TSNs", "00020000" + "0001ffff" + "00010001", false},
		{"block of zero", "00010000" + "00000001", false},
		{"block backwards", "00010000" + "00030002", false},
		{"count too large", "00020000" + "00020003", false},
		{"count too small", "00000000" + "00020003", false},
		{"cut", "0000", false},
	} {
		tail, _ := hex.DecodeString(c.tail)
		if got := isValidSack(append(make([]byte, 8), tail...)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if isValidSack(append(make([]byte, 8), append([]byte{0, 0, 8, 0}, make([]byte, 4*2048)...)...)) {
		t.Error("a SACK that pion/sctp cannot read whole is valid")
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
