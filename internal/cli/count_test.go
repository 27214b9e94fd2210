package cli

import "testing"

func TestCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[uint64]string{0: "0 lines", 1: "1 line", 2: "2 lines", 1 << 63: "9223372036854775808 lines"} {
		if got := Count(n, "line"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
