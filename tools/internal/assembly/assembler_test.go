package assembly_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/rserpool-go/rserpool/tools/internal/assembly"
	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
)

var key = assembly.FlowKey{Tag: 1, SrcPort: 2, DstPort: 3}

// data returns the chunks as DATA.
func data(t *testing.T, chunks []sctpchunk.Chunk) []sctpchunk.Data {
	t.Helper()
	out := make([]sctpchunk.Data, len(chunks))
	for i, c := range chunks {
		var err error
		if out[i], err = c.Data(); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestBackwards puts a message together whose chunks come from the last to the first, which
// takes no more memory than what is kept of them.
func TestBackwards(t *testing.T) {
	message := bytes.Repeat([]byte("x"), 8000)
	chunks := data(t, capturetest.Fragments(1, 11, message, 1))
	slices.Reverse(chunks)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	a := assembly.New()
	for i, c := range chunks {
		m, ok := a.Add(key, c)
		if last := i == len(chunks)-1; ok != last || last && (!bytes.Equal(m.Payload, message) || m.Fragments != len(message)) {
			t.Fatalf("chunk %d: %v, %d octets of %d fragments", i, ok, len(m.Payload), m.Fragments)
		}
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 20<<20 {
		t.Errorf("%d MB allocated", n>>20)
	}
}

// TestOrders puts many messages together whose chunks come in any order within a
// window, each perhaps several times, with TSNs that wrap.
func TestOrders(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 0))
		var chunks []sctpchunk.Data
		want := make(map[string]bool)
		tsn := uint32(0) - uint32(r.IntN(1000))
		for i := range 100 {
			message := fmt.Appendf(nil, "message %d %s", i, bytes.Repeat([]byte("x"), r.IntN(400)))
			want[string(message)] = true
			pieces := data(t, capturetest.Fragments(tsn, 11, message, 1+r.IntN(100)))
			tsn += uint32(len(pieces))
			chunks = append(chunks, pieces...)
		}
		duplicates := 0
		for range 50 {
			chunks = append(chunks, chunks[r.IntN(len(chunks))])
			duplicates++
		}
		r.Shuffle(len(chunks), func(i, j int) { chunks[i], chunks[j] = chunks[j], chunks[i] })
		a := assembly.New()
		for _, c := range chunks {
			if m, ok := a.Add(key, c); ok {
				if !want[string(m.Payload)] || m.PPID != 11 {
					t.Fatalf("seed %d: %+v", seed, m)
				}
				delete(want, string(m.Payload))
			}
		}
		if len(want) > 0 || a.Stats() != (assembly.Stats{Duplicates: duplicates}) {
			t.Fatalf("seed %d: %d messages missing, %+v", seed, len(want), a.Stats())
		}
	}
}

func TestFlowsAndStreams(t *testing.T) {
	t.Parallel()
	a := assembly.New()
	first := data(t, capturetest.Fragments(10, 11, []byte("abcd"), 2))
	if _, ok := a.Add(key, first[0]); ok {
		t.Error("half a message is complete")
	}
	other := key
	other.Tag++
	if _, ok := a.Add(other, first[1]); ok {
		t.Error("halves of two associations make a message")
	}
	wrong := first[1]
	wrong.Stream++
	if _, ok := a.Add(key, wrong); ok {
		t.Error("halves of two streams make a message")
	}
	if m, ok := a.Add(other, first[0]); !ok || string(m.Payload) != "abcd" || m.TSN != 10 || m.Fragments != 2 {
		t.Errorf("%+v, %v", m, ok)
	}
}

// TestBeginnings holds that the beginning of one message and the end of another do not
// make one.
func TestBeginnings(t *testing.T) {
	t.Parallel()
	a := assembly.New()
	one, two := data(t, capturetest.Fragments(1, 11, []byte("abc"), 1)), data(t, capturetest.Fragments(3, 11, []byte("def"), 1))
	for _, c := range []sctpchunk.Data{one[0], one[1], two[0], two[1]} { // one[2] has the TSN of two[0]
		if _, ok := a.Add(key, c); ok {
			t.Error("complete")
		}
	}
	if m, ok := a.Add(key, two[2]); !ok || string(m.Payload) != "def" {
		t.Errorf("%+v, %v", m, ok)
	}
}

// TestWindow holds which TSNs count as seen.
func TestWindow(t *testing.T) {
	t.Parallel()
	a := assembly.New()
	whole := func(tsn uint32) bool {
		_, ok := a.Add(key, sctpchunk.Data{Begin: true, End: true, TSN: tsn, Payload: []byte("x")})
		return ok
	}
	for _, test := range []struct {
		tsn   uint32
		isNew bool
	}{
		{100, true},
		{100, false},
		{99, true},
		{99, false},
		{101, true},
		{5000, true},
		{4999, true},
		{101, false},
		{102, true},
		{100 + 9000, true},
		{5000, false},
		{101, false},
		{910, true},
		{909, true},
		{908, false},
		{1 << 30, true},
		{9100, false},
		{1<<30 - 1, true},
		{1<<31 + 1<<30 - 1, true},
		{0, true},
		{0xffffffff, true},
		{0xffffffff, false},
	} {
		if got := whole(test.tsn); got != test.isNew {
			t.Errorf("TSN %d: new is %v, want %v", test.tsn, got, test.isNew)
		}
	}
}

// TestBounds sends fragments without end, and holds that messages get through behind
// them.
func TestBounds(t *testing.T) {
	t.Parallel()
	t.Run("message", func(t *testing.T) {
		t.Parallel()
		a := assembly.New()
		piece := make([]byte, 60000)
		for i := range 2 * assembly.MaxMessageLen / len(piece) {
			if _, ok := a.Add(key, sctpchunk.Data{Begin: i == 0, TSN: uint32(i), Payload: piece}); ok {
				t.Fatal("complete")
			}
		}
		if a.Stats().Overflows == 0 {
			t.Error("no overflow")
		}
	})
	t.Run("flows", func(t *testing.T) {
		t.Parallel()
		a := assembly.New()
		for i := range 2 * assembly.MaxFlows {
			a.Add(assembly.FlowKey{Tag: uint32(i)}, sctpchunk.Data{Begin: true, TSN: 1, Payload: []byte("x")})
		}
		if _, ok := a.Add(assembly.FlowKey{Tag: 0}, sctpchunk.Data{End: true, TSN: 2, Payload: []byte("x")}); ok {
			t.Error("the oldest flow is still known")
		}
		if _, ok := a.Add(assembly.FlowKey{Tag: 2*assembly.MaxFlows - 1}, sctpchunk.Data{End: true, TSN: 2, Payload: []byte("x")}); !ok {
			t.Error("the newest flow is gone")
		}
	})
	t.Run("octets", func(t *testing.T) {
		t.Parallel()
		a := assembly.New()
		piece := make([]byte, 60000)
		for i := range assembly.MaxPendingBytes/len(piece) + 10 {
			a.Add(assembly.FlowKey{Tag: uint32(i % 100)}, sctpchunk.Data{Begin: true, TSN: uint32(i), Payload: piece})
		}
		if n := a.Stats().Overflows; n != 1 {
			t.Errorf("%d overflows, want 1", n)
		}
	})
	t.Run("chunks", func(t *testing.T) {
		t.Parallel()
		a := assembly.New()
		for i := range assembly.MaxPending + 1000 {
			a.Add(assembly.FlowKey{Tag: uint32(i % 100)}, sctpchunk.Data{Begin: true, TSN: uint32(i), Payload: []byte("x")})
		}
		if n := a.Stats().Overflows; n != 1 {
			t.Errorf("%d overflows, want 1", n)
		}
	})
}

// TestWrap lets the TSNs go round while a fragment waits for the others.
func TestWrap(t *testing.T) {
	t.Parallel()
	a := assembly.New()
	fragment := sctpchunk.Data{Begin: true, TSN: 5, Payload: []byte("x")}
	a.Add(key, fragment)
	for tsn := uint32(5 + 1<<30); tsn != 5; tsn += 1 << 30 {
		a.Add(key, sctpchunk.Data{Begin: true, End: true, TSN: tsn, Payload: []byte("x")})
	}
	a.Add(key, fragment)
	end := fragment
	end.Begin, end.End, end.TSN = false, true, 6
	if m, ok := a.Add(key, end); !ok || string(m.Payload) != "xx" {
		t.Errorf("%+v, %v", m, ok)
	}
}
