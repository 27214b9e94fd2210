package udpsctp

import (
	"slices"
	"testing"
	"time"
)

// TestShield counts handshake packets at several rates, as a system would pass them.
func TestShield(t *testing.T) {
	t.Parallel()
	now := time.Now()
	level, due := 0, time.Time{}
	s := &shield{last: now, apply: func(l int) { level = l }, set: func(at time.Time) { due = at }}
	var levels []int
	for _, rate := range []int{1000, 31000, 40000, 40000, 100000, 100000, 1 << 20, 1 << 27, 1000, 1000} {
		for range (rate / 4) >> level {
			s.count()
		}
		now = now.Add(shieldInterval)
		if !due.IsZero() {
			due = time.Time{}
			s.look(now)
		}
		levels = append(levels, level)
	}
	if want := []int{0, 0, 1, 1, 2, 2, 6, 8, 0, 0}; !slices.Equal(levels, want) {
		t.Errorf("the levels are %d, want %d", levels, want)
	}
	if !due.IsZero() {
		t.Error("the shield is watched after the flood")
	}
}
