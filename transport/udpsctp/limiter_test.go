package udpsctp

import (
	"net/netip"
	"testing"
	"time"
)

// take counts the packets of a source that a limiter lets pass at a time.
func take(l *limiter, src string, packets int, at time.Duration) (passed int) {
	for range packets {
		if l.take(netip.MustParseAddr(src), l.epoch.Add(at)) {
			passed++
		}
	}
	return passed
}

// apart reports whether sources have slots of their own, as nearly all sources have.
func (l *limiter) apart(srcs ...string) bool {
	slots := make(map[int]bool)
	for _, s := range srcs {
		slots[l.slot(netip.MustParseAddr(s))] = true
	}
	return len(slots) == len(srcs)
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	l := newLimiter(10, 4)
	for !l.apart("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:1::1") {
		l = newLimiter(10, 4)
	}
	for _, c := range []struct {
		src     string
		packets int
		at      time.Duration
		want    int
	}{
		{"192.0.2.1", 100, 0, 4},
		{"192.0.2.2", 3, 0, 3},
		{"192.0.2.1", 100, 250*time.Millisecond - 1, 0},
		{"192.0.2.1", 100, 250 * time.Millisecond, 1},
		{"2001:db8::1", 100, 250 * time.Millisecond, 4},
		{"2001:db8::2", 100, 250 * time.Millisecond, 0},     // Of the same /64.
		{"2001:db8:0:1::1", 100, 250 * time.Millisecond, 0}, // The limit for all is reached.
		{"192.0.2.1", 100, time.Hour, 4},
		{"2001:db8:0:1::1", 100, time.Hour, 4},
		{"192.0.2.2", 100, time.Hour, 2},
	} {
		if got := take(l, c.src, c.packets, c.at); got != c.want {
			t.Errorf("%d packets of %s at %v: %d pass, want %d", c.packets, c.src, c.at, got, c.want)
		}
	}
}

// TestLimiterMemory asserts that a limiter allocates once, whatever the number of sources.
func TestLimiterMemory(t *testing.T) {
	l := newLimiter(1, 1)
	l.take(source(0), l.epoch)
	i := 0
	if got := testing.AllocsPerRun(10000, func() { i++; l.take(source(i), l.epoch) }); got != 0 {
		t.Errorf("%v allocations for each source", got)
	}
}
