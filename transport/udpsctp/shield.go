package udpsctp

import (
	"sync/atomic"
	"time"
)

const (
	// shieldRate is the number of handshake packets per second that an endpoint is willing
	// to read. Most of them are for the limiters to drop.
	shieldRate = 32000
	// shieldInterval is the time between two looks at a flood.
	shieldInterval = 250 * time.Millisecond
	// shieldMax is the highest level.
	shieldMax = 8
)

// A shield keeps a flood of INITs and COOKIE ECHOs out of the receive buffers, which the
// packets of associations need. At level n the system passes a random one of 2^n such packets,
// and drops the others before they take room. The level is 0 without a flood.
type shield struct {
	apply func(level int)
	watch *timer
	set   func(at time.Time) // Sets watch.

	arrived atomic.Int64 // Handshake packets since the last look.

	// The fields below are used by the timer only.
	level int
	last  time.Time // Of the last look.
}

// newShield returns the shield of an endpoint.
func newShield(e *endpoint) *shield {
	s := &shield{last: time.Now()}
	s.watch = newTimer(s.look)
	s.set = func(at time.Time) { e.timers.set(s.watch, at) }
	s.apply = func(level int) {
		for _, sock := range e.sockets {
			sock.passHandshakes(level)
		}
	}
	return s
}

// isHandshake reports whether a datagram looks like an INIT or a COOKIE ECHO. Those are the
// datagrams that the filter drops, whether their checksum is right or not.
func isHandshake(b []byte) bool {
	return len(b) > headerLen && (chunkType(b[headerLen]) == chunkInit || chunkType(b[headerLen]) == chunkCookieEcho)
}

// count counts a handshake packet. When there may be a flood, count starts to watch it.
func (s *shield) count() {
	if s.arrived.Add(1) == shieldRate/int64(time.Second/shieldInterval) {
		s.set(time.Now())
	}
}

// look chooses the level for the rate of the packets that have been sent to the endpoint.
func (s *shield) look(now time.Time) {
	elapsed := max(now.Sub(s.last), time.Millisecond)
	s.last = now
	rate := (s.arrived.Swap(0) << s.level) * int64(time.Second) / int64(elapsed)
	level := 0
	for level < shieldMax && rate>>level > shieldRate {
		level++
	}
	if level != s.level {
		s.level = level
		s.apply(level)
	}
	if level > 0 {
		s.set(now.Add(shieldInterval))
	}
}
