package onetomany

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
)

func TestBind(t *testing.T) {
	t.Parallel()
	inUse := fmt.Errorf("bind: %w", syscall.EADDRINUSE)
	for _, c := range []struct {
		name  string
		port  uint16
		fails int // The number of calls that fail.
		err   error
		calls int
		ok    bool
	}{
		{"any port, free at once", 0, 0, inUse, 1, true},
		{"any port, free at last", 0, attemptsAtAnyPort - 1, inUse, attemptsAtAnyPort, true},
		{"any port, never free", 0, attemptsAtAnyPort, inUse, attemptsAtAnyPort, false},
		{"any port, without the right", 0, 5, syscall.EACCES, 1, false},
		{"given port, free", 3863, 0, inUse, 1, true},
		{"given port, in use", 3863, 1, inUse, 1, false},
	} {
		calls := 0
		v, err := Bind(c.port, func() (int, error) {
			if calls++; calls <= c.fails {
				return 0, c.err
			}
			return 7, nil
		})
		if calls != c.calls || (err == nil) != c.ok || (v == 7) != c.ok || err != nil && !errors.Is(err, c.err) {
			t.Errorf("%s: %d, %v after %d calls", c.name, v, err, calls)
		}
	}
}
