package defaults

import (
	"testing"
	"time"
)

func TestSet(t *testing.T) {
	t.Parallel()
	for v, want := range map[time.Duration]time.Duration{-1: time.Hour, 0: time.Hour, 1: 1, 2 * time.Hour: 2 * time.Hour} {
		got := v
		if Set(&got, time.Hour); got != want {
			t.Errorf("%v becomes %v, want %v", v, got, want)
		}
	}
}
