package attack

import (
	"bytes"
	"encoding/binary"
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/internal/attack/rawsctp"
)

const victimPort = 3863

// parsed returns the single chunk of a datagram with a valid checksum.
func parsed(t *testing.T, b []byte) (rawsctp.Packet, rawsctp.Chunk) {
	t.Helper()
	p, err := rawsctp.ParsePacket(b)
	if err != nil || len(p.Chunks) != 1 || p.Destination != victimPort || p.Source == 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	return p, p.Chunks[0]
}

// TestInitFlood asserts that the flood consists of valid INITs (RFC 9260, 3.3.2) from changing ports.
func TestInitFlood(t *testing.T) {
	ports := map[uint16]bool{}
	for i := range 100 {
		p, c := parsed(t, floodInit(i, victimPort))
		in, ok := rawsctp.ParseInit(c)
		if c.Type != rawsctp.TypeInit || !ok || in.Tag == 0 || in.Window < 1500 || in.Streams == 0 || p.Tag != 0 {
			t.Fatalf("%+v, %+v", p, in)
		}
		ports[p.Source] = true
	}
	if len(ports) < 50 {
		t.Errorf("%d different ports", len(ports))
	}
}

func TestCookieFlood(t *testing.T) {
	p, c := parsed(t, floodCookie(0, victimPort))
	if c.Type != rawsctp.TypeCookieEcho || len(c.Value) != forgedCookieLen {
		t.Errorf("%+v", p)
	}
}

func TestStrayPackets(t *testing.T) {
	p, c := parsed(t, floodStray(0, victimPort))
	if c.Type != rawsctp.TypeData || c.Flags != rawsctp.Whole || len(c.Value) != 16 {
		t.Errorf("%+v", p)
	}
}

// TestJunk asserts that half of the junk gets behind the checksum, and that some datagrams are large.
func TestJunk(t *testing.T) {
	valid, large := 0, 0
	for i := range 1000 {
		b := floodJunk(i, victimPort)
		if _, err := rawsctp.ParsePacket(b); err != rawsctp.ErrChecksum && len(b) > 12 {
			valid++
		}
		if len(b) > 1500 {
			large++
		}
	}
	if valid < 400 || valid > 600 || large < 10 {
		t.Errorf("%d with a valid checksum, %d large", valid, large)
	}
}

// TestFragments asserts that no kind of fragments ever completes a message that may be delivered: there is no message from
// beginning to end, or an earlier one is missing in its stream.
func TestFragments(t *testing.T) {
	for _, c := range []struct {
		name string
		f    fragment
		// flags of the first chunk, and of the later ones
		first, later uint8
	}{
		{"fragments-without-end", withoutEnd, rawsctp.FlagBegin, 0},
		{"fragments-without-beginning", withoutBeginning, 0, 0},
		{"unordered-fragments", unorderedInside, rawsctp.FlagUnordered, rawsctp.FlagUnordered},
		{"unordered-beginnings", unorderedBegun, rawsctp.FlagUnordered | rawsctp.FlagBegin, rawsctp.FlagUnordered | rawsctp.FlagBegin},
		{"missing-message", withoutFirst, rawsctp.Whole, rawsctp.Whole},
		{"beginnings", onlyBegun, rawsctp.FlagBegin, rawsctp.FlagBegin},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &work{Dose: Dose{Count: 1000, Size: 1}}
			a := &rawsctp.Association{TSN: math.MaxUint32 - 5}
			for n := 0; n < w.Count; {
				bundle := w.bundle(a, c.f, n)
				packet := rawsctp.Packet{Chunks: bundle}.Append(nil)
				if _, err := rawsctp.ParsePacket(packet); err != nil || len(packet) > 1232 {
					t.Fatalf("packet of %d octets: %v", len(packet), err)
				}
				for _, chunk := range bundle {
					checkFragment(t, chunk, a.TSN+uint32(n), n, c.first, c.later)
					n++
				}
			}
		})
	}
}

// checkFragment checks the n-th chunk of an attack.
func checkFragment(t *testing.T, chunk rawsctp.Chunk, tsn uint32, n int, first, later uint8) {
	t.Helper()
	v := chunk.Value
	want := later
	if n == 0 {
		want = first
	}
	if got := binary.BigEndian.Uint32(v); got != tsn || binary.BigEndian.Uint16(v[4:]) != 0 || chunk.Flags != want {
		t.Fatalf("chunk %d: %+v, want TSN %d and flags %#x", n, chunk, tsn, want)
	}
	if chunk.Flags == rawsctp.Whole && binary.BigEndian.Uint16(v[6:]) == 0 {
		t.Fatalf("chunk %d is the first message of its stream", n)
	}
}

// TestChunkTypes asserts that the attack has every type with every length.
func TestChunkTypes(t *testing.T) {
	seen := map[[2]int]bool{}
	for n := range chunkTypes * len(chunkLens) {
		c := oddChunk(n)
		if p, err := rawsctp.ParsePacket((rawsctp.Packet{Chunks: []rawsctp.Chunk{c}}).Append(nil)); err != nil || p.Chunks[0].Type != c.Type {
			t.Fatalf("%+v, %v", p, err)
		}
		seen[[2]int{int(c.Type), len(c.Value)}] = true
	}
	if len(seen) != 256*5 {
		t.Errorf("%d kinds", len(seen))
	}
}

// TestForgedSacks asserts that each kind of SACK lies in its own way.
func TestForgedSacks(t *testing.T) {
	const cumulative = math.MaxUint32 - 2
	kinds := forgedSacks(cumulative)
	for i, want := range []struct {
		ahead            uint32
		gaps, duplicates int
		octets           int
	}{
		{1e6, 0, 0, 12},
		{math.MaxInt32, 0, 0, 12},
		{^uint32(4), 0, 0, 12},
		{0, 1, 0, 16},
		{0, 1, 0, 16},
		{0, 1, 0, 16},
		{0, 10000, 0, 40012},
		{0, 65535, 0, 12}, // 65,535 gaps, and none there
		{0, 0, 15000, 60012},
	} {
		v := kinds[i].Value
		ahead, gaps, duplicates := binary.BigEndian.Uint32(v)-cumulative, int(binary.BigEndian.Uint16(v[8:])), int(binary.BigEndian.Uint16(v[10:]))
		if kinds[i].Type != rawsctp.TypeSack || ahead != want.ahead || gaps != want.gaps || duplicates != want.duplicates || len(v) != want.octets {
			t.Errorf("SACK %d: %d ahead, %d gaps, %d duplicates, %d octets, want %+v", i, ahead, gaps, duplicates, len(v), want)
		}
	}
	if len(kinds) != 9 || !bytes.Equal(kinds[4].Value[12:16], []byte{60000 >> 8, 60000 & 0xff, 0, 2}) {
		t.Errorf("%d kinds, gap %x", len(kinds), kinds[4].Value[12:])
	}
}

// TestSources asserts that the addresses of an attack are used in turn, within their network.
func TestSources(t *testing.T) {
	w := &work{Target: Target{From: netip.MustParsePrefix("127.98.0.254/30")}, Dose: Dose{Sources: 9}}
	for k, want := range []string{"127.98.0.254:0", "127.98.0.255:0", "127.98.0.255:0"} {
		if got := w.source(k).String(); got != want {
			t.Errorf("source %d is %s, want %s", k, got, want)
		}
	}
	if w.source(9) != w.source(0) {
		t.Errorf("source 9 is %v", w.source(9))
	}
}

// TestPacer asserts that a pacer never runs ahead of its rate.
func TestPacer(t *testing.T) {
	w := &work{Dose: Dose{Rate: 2000}}
	p := w.pacer(2)
	for n := range 50 {
		if !p.next(t.Context()) {
			t.Fatal("the pacer has ended")
		}
		// The n-th thing is due after n ms, and a pacer may be a millisecond early.
		if early := time.Duration(n)*time.Millisecond - time.Since(p.start); early > time.Millisecond {
			t.Fatalf("thing %d is %v early", n, early)
		}
	}
}
