package udpsctp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
)

// frag returns a fragment. The flags are letters: B, E and U.
func frag(tsn uint32, stream, ssn uint16, flags, data string) *fragment {
	f := &fragment{tsn: tsn, stream: stream, ssn: ssn, ppid: uint32(ssn), data: []byte(data)}
	for _, c := range flags {
		f.flags |= map[rune]uint8{'B': flagBegin, 'E': flagEnd, 'U': flagUnordered}[c]
	}
	return f
}

func TestReassembly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   []*fragment
		want []string // Stream, PPID and data of each message.
		kept int
		err  error
	}{
		"whole":           {in: []*fragment{frag(1, 0, 0, "BE", "a"), frag(2, 3, 0, "BE", "b")}, want: []string{"0 0 a", "3 0 b"}},
		"fragments":       {in: []*fragment{frag(1, 1, 0, "B", "a"), frag(2, 1, 0, "", "b"), frag(3, 1, 0, "E", "c")}, want: []string{"1 0 abc"}},
		"backwards":       {in: []*fragment{frag(3, 1, 0, "E", "c"), frag(2, 1, 0, "", "b"), frag(1, 1, 0, "B", "a")}, want: []string{"1 0 abc"}},
		"middle last":     {in: []*fragment{frag(3, 1, 0, "E", "c"), frag(1, 1, 0, "B", "a"), frag(2, 1, 0, "", "b")}, want: []string{"1 0 abc"}},
		"wrapped TSN":     {in: []*fragment{frag(0xffffffff, 1, 0, "B", "a"), frag(0, 1, 0, "E", "b")}, want: []string{"1 0 ab"}},
		"order":           {in: []*fragment{frag(3, 0, 2, "BE", "c"), frag(2, 0, 1, "BE", "b"), frag(1, 0, 0, "BE", "a")}, want: []string{"0 0 a", "0 1 b", "0 2 c"}},
		"streams apart":   {in: []*fragment{frag(2, 0, 1, "BE", "b"), frag(3, 1, 0, "BE", "c")}, want: []string{"1 0 c"}, kept: 1},
		"unordered":       {in: []*fragment{frag(2, 0, 9, "BEU", "b"), frag(3, 0, 9, "BU", "c"), frag(4, 0, 9, "EU", "d")}, want: []string{"0 9 b", "0 9 cd"}},
		"no sequence":     {in: []*fragment{frag(3, 0, 2, "EU", "c"), frag(2, 0, 1, "BU", "b")}, want: []string{"0 1 bc"}},
		"incomplete":      {in: []*fragment{frag(2, 0, 0, "B", "b"), frag(4, 0, 0, "E", "d")}, kept: 2},
		"begun inside":    {in: []*fragment{frag(2, 0, 0, "B", "b"), frag(3, 0, 1, "BE", "c")}, err: errMixedFragments},
		"begun outside":   {in: []*fragment{frag(3, 0, 1, "", "c"), frag(2, 0, 0, "BE", "b")}, err: errMixedFragments},
		"not ended":       {in: []*fragment{frag(3, 0, 1, "B", "c"), frag(2, 0, 0, "B", "b")}, err: errMixedFragments},
		"other stream":    {in: []*fragment{frag(2, 0, 0, "B", "b"), frag(3, 1, 0, "E", "c")}, err: errMixedFragments},
		"other sequence":  {in: []*fragment{frag(3, 0, 1, "E", "c"), frag(2, 0, 0, "B", "b")}, err: errMixedFragments},
		"half unordered":  {in: []*fragment{frag(2, 0, 0, "B", "b"), frag(3, 0, 0, "EU", "c")}, err: errMixedFragments},
		"sequence twice":  {in: []*fragment{frag(2, 0, 0, "BE", "b"), frag(3, 0, 0, "BE", "c")}, want: []string{"0 0 b"}, err: errRepeatedSequence},
		"waits twice":     {in: []*fragment{frag(2, 0, 5, "BE", "b"), frag(3, 0, 5, "BE", "c")}, err: errRepeatedSequence},
		"sequence behind": {in: []*fragment{frag(2, 0, 0xffff, "BE", "b")}, err: errRepeatedSequence},
	} {
		r := newReassembly(1000)
		var got []string
		var err error
		for _, f := range c.in {
			if err = r.add(f, func(m transport.Message) { got = append(got, fmt.Sprint(m.Stream, m.PPID, " ", string(m.Data))) }); err != nil {
				break
			}
		}
		if !errors.Is(err, c.err) || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v, want %q, %v", name, got, err, c.want, c.err)
		}
		if err == nil && r.pieces != c.kept {
			t.Errorf("%s: %d pieces are kept, want %d", name, r.pieces, c.kept)
		}
	}
}

// TestReassemblyShuffled cuts messages into fragments, and hands these over in random order.
func TestReassemblyShuffled(t *testing.T) {
	t.Parallel()
	const streams = 3
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		var sent []transport.Message
		var fragments []*fragment
		tsn, ssn := rng.Uint32(), [streams]uint16{}
		for i := range 30 {
			s := uint16(rng.IntN(streams))
			m := transport.Message{Stream: s, PPID: uint32(i)}
			flags := uint8(flagBegin)
			if rng.IntN(4) == 0 {
				flags |= flagUnordered
			}
			for last := false; !last; flags &^= flagBegin {
				if last = rng.IntN(3) == 0; last {
					flags |= flagEnd
				}
				data := []byte(fmt.Sprintf("%d.%d", i, tsn))
				fragments = append(fragments, &fragment{tsn: tsn, stream: s, ssn: ssn[s], ppid: uint32(i), flags: flags, data: data})
				m.Data = append(m.Data, data...)
				tsn++
			}
			if flags&flagUnordered == 0 {
				ssn[s]++
			}
			sent = append(sent, m)
		}
		ordered := make(map[uint16][]uint32)
		for i, f := range fragments {
			if f.begins() && f.flags&flagUnordered == 0 {
				ordered[f.stream] = append(ordered[f.stream], fragments[i].ppid)
			}
		}
		rng.Shuffle(len(fragments), func(i, j int) { fragments[i], fragments[j] = fragments[j], fragments[i] })
		r := newReassembly(1 << 20)
		var got []transport.Message
		for _, f := range fragments {
			if err := r.add(f, func(m transport.Message) { got = append(got, m) }); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		for s, want := range ordered {
			var order []uint32
			for _, m := range got {
				if m.Stream == s && slices.Contains(want, m.PPID) {
					order = append(order, m.PPID)
				}
			}
			if !slices.Equal(order, want) {
				t.Fatalf("round %d: the order in stream %d is %d, want %d", round, s, order, want)
			}
		}
		slices.SortFunc(got, func(x, y transport.Message) int { return int(x.PPID) - int(y.PPID) })
		if !slices.EqualFunc(got, sent, func(x, y transport.Message) bool {
			return x.PPID == y.PPID && x.Stream == y.Stream && slices.Equal(x.Data, y.Data)
		}) {
			t.Fatalf("round %d: received %v, want %v", round, got, sent)
		}
		if len(r.runs) != 0 || len(r.waiting) != 0 || r.pieces != 0 || r.octets != 0 {
			t.Fatalf("round %d: something is left: %+v", round, r)
		}
	}
}

// TestReassemblyLimit keeps more octets than the limit.
func TestReassemblyLimit(t *testing.T) {
	t.Parallel()
	r := newReassembly(10)
	for i := range uint32(5) {
		if err := r.add(frag(2*i, 0, 0, "", "xy"), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.add(frag(10, 0, 0, "", "x"), nil); err != errTooMuchUndelivered {
		t.Errorf("%v, want %v", err, errTooMuchUndelivered)
	}
}

// TestReassemblyOfLargeBuffer keeps as many messages as pion/sctp accepts behind a missing chunk,
// for several receive buffers.
func TestReassemblyOfLargeBuffer(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	for buffer, distance := range map[int]int{mib / 8: 2048, mib / 4: 2112, mib / 2: 4224, mib: 8448, 5000000: 40000, 16 * mib: 40000} {
		a := &association{e: &endpoint{config: Config{ReceiveBuffer: buffer}.withDefaults()}}
		a.pipe.init(a, 1)
		for i := range fragmentsMax + distance {
			if err := a.pipe.reassembly.add(frag(uint32(2+i), uint16(i%16), uint16(1+i/16), "BE", "x"), nil); err != nil {
				t.Errorf("with a buffer of %d octets, %d messages are kept: %v", buffer, i, err)
				break
			}
		}
	}
}

// An evilPeer sends packets of its own in the name of a peer.
type evilPeer struct {
	victim *endpoint
	a, b   *association // At the victim, and at the peer.
	tsn    uint32
}

func newEvilPeer(t testing.TB) *evilPeer {
	t.Helper()
	config := Config{HeartbeatInterval: time.Hour}
	victim := bindLoopback(t, config)
	a, b := connect(t, victim, bindLoopback(t, config))
	return &evilPeer{victim: victim, a: a, b: b, tsn: a.pipe.cumTSN.Load() + 1}
}

// send sends a packet with chunks.
func (p *evilPeer) send(chunks ...chunk) {
	b := appendHeader(nil, header{src: p.b.e.port, dst: p.victim.port, tag: p.a.localTag})
	for _, c := range chunks {
		b = appendChunk(b, c.typ, c.flags, c.value)
	}
	p.victim.handle(p.victim.sockets[0], p.a.key.udp, netip.Addr{}, seal(b))
}

// chunk returns the DATA chunk of a fragment.
func (f *fragment) chunk() chunk {
	v := binary.BigEndian.AppendUint32(nil, f.tsn)
	v = binary.BigEndian.AppendUint16(v, f.stream)
	v = binary.BigEndian.AppendUint16(v, f.ssn)
	v = binary.BigEndian.AppendUint32(v, f.ppid)
	return chunk{typ: chunkData, flags: f.flags, value: append(v, f.data...)}
}

// TestEndlessMessages sends data of which no message ever becomes complete or deliverable. The
// association ends, and both sides learn why.
func TestEndlessMessages(t *testing.T) {
	t.Parallel()
	const packets, perPacket = 120, 50
	for name, c := range map[string]struct {
		next func(i int, tsn uint32) *fragment
		want error
	}{
		"no end":        {func(i int, tsn uint32) *fragment { return frag(tsn, 0, 0, beginIf(i == 0), "x") }, errTooManyFragments},
		"no begin":      {func(i int, tsn uint32) *fragment { return frag(tsn, 0, 0, "", "x") }, errTooManyFragments},
		"unordered":     {func(i int, tsn uint32) *fragment { return frag(tsn, 0, 0, "U"+beginIf(i == 0), "x") }, errTooManyFragments},
		"begun only":    {func(i int, tsn uint32) *fragment { return frag(tsn, 0, uint16(i), "B", "x") }, errMixedFragments},
		"all streams":   {func(i int, tsn uint32) *fragment { return frag(tsn, uint16(i%16), 0, beginIf(i < 16), "x") }, errMixedFragments},
		"first missing": {func(i int, tsn uint32) *fragment { return frag(tsn, 0, uint16(i+1), "BE", "x") }, errTooManyIncomplete},
		"large":         {func(i int, tsn uint32) *fragment { return frag(tsn, 0, 0, beginIf(i == 0), string(make([]byte, 1000))) }, errMessageTooLarge},
	} {
		p := newEvilPeer(t)
		for i := 0; i < packets*perPacket; i += perPacket {
			var chunks []chunk
			for j := i; j < i+perPacket; j++ {
				chunks = append(chunks, c.next(j, p.tsn+uint32(j)).chunk())
			}
			p.send(chunks...)
		}
		if down := assoctest.WantDown(t, p.a, transport.CauseProtocol); down.Reason != c.want.Error() {
			t.Errorf("%s: down because %v, want %v", name, down, c.want)
		}
		if down := assoctest.WantDown(t, p.b, transport.CauseAbortPeer); down.Reason != "protocol violation: "+c.want.Error() {
			t.Errorf("%s: the peer was told %v, want %v", name, down, c.want)
		}
	}
}

// TestMissingChunks sends chunks with gaps, and each chunk twice. What is kept is bounded, and
// everything is delivered when the gaps are filled.
func TestMissingChunks(t *testing.T) {
	t.Parallel()
	p := newEvilPeer(t)
	const messages, size = 500, 2000
	received := 0
	message := func(i int) chunk {
		return frag(p.tsn+uint32(i), 0, uint16(i), "BE", string(make([]byte, size))).chunk()
	}
	most := p.a.pipe.receiveMax() + size
	for range 3 {
		for i := 1; i < messages; i += 2 {
			p.send(message(i))
			p.send(message(i))
			if got := int(p.a.held.parts.Load()); got > most {
				t.Fatalf("%d octets are kept, want at most %d", got, most)
			}
		}
	}
	p.awaitRead(t) // While packets wait to be read, further packets may be lost.
	// A correct peer repeats the first chunk that is not acknowledged.
	const sackNow = 0x08
	for next := p.tsn; next != p.tsn+messages; next = p.a.pipe.cumTSN.Load() + 1 {
		c := message(int(next - p.tsn))
		c.flags |= sackNow
		p.send(c)
		poll(t, "an acknowledgement", func() bool { return p.a.pipe.cumTSN.Load()+1 != next || p.a.Err() != nil })
		if octets, _ := p.a.received.Size(); octets > p.a.e.config.ReceiveBuffer {
			receive(t, p.a, octets/size)
			received += octets / size
		}
	}
	receive(t, p.a, messages-received)
	if p.a.Err() != nil || p.a.held.parts.Load() != 0 {
		t.Errorf("%v, %d octets are kept", p.a.Err(), p.a.held.parts.Load())
	}
}

// awaitRead waits until pion/sctp has read all packets.
func (p *evilPeer) awaitRead(t testing.TB) {
	t.Helper()
	poll(t, "all packets are read", func() bool {
		p.a.pipe.mu.Lock()
		defer p.a.pipe.mu.Unlock()
		return p.a.pipe.inbox.Len() == 0
	})
}

// poll waits until a condition holds.
func poll(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(assoctest.Timeout); !condition(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("no end of the wait for %s", what)
		}
	}
}

// receive takes messages.
func receive(t testing.TB, a *association, messages int) {
	t.Helper()
	for i := range messages {
		if _, err := a.Receive(assoctest.Limit(t)); err != nil {
			t.Fatalf("Receive after %d messages: %v", i, err)
		}
	}
}

// TestLargeChunk receives a DATA chunk that fills a datagram.
func TestLargeChunk(t *testing.T) {
	t.Parallel()
	p := newEvilPeer(t)
	want := make([]byte, 60000)
	want[len(want)-1] = 1
	p.send(frag(p.tsn, 2, 0, "BE", string(want)).chunk(), chunk{typ: chunkHeartbeat, value: []byte{0, 1, 0, 4}})
	m, err := p.a.Receive(assoctest.Limit(t))
	if err != nil || m.Stream != 2 || !slices.Equal(m.Data, want) {
		t.Errorf("Receive: stream %d, %d octets, %v", m.Stream, len(m.Data), err)
	}
}

func beginIf(begin bool) string {
	if begin {
		return "B"
	}
	return ""
}
