package memnet

import (
	"math/rand/v2"
	"time"
)

// Config describes a network. The zero value is a network without latency.
type Config struct {
	// Link is the link between hosts for which SetLink has not set another.
	Link Link

	// Loss is the probability from 0 to 1 that a multicast datagram does not
	// reach a group on another host, for each group on its own.
	Loss float64

	// Rand decides about jitter and loss. The network uses it alone.
	// Nil: one with a fixed seed.
	Rand *rand.Rand

	// Timeout is the time for which a peer has to be out of reach for its
	// associations to end with CauseUnreachable. 0: 5 s.
	Timeout time.Duration

	// DialTimeout is the time after which Dial fails with CauseUnreachable.
	// 0: it tries until its context ends.
	DialTimeout time.Duration

	// Heartbeat is the interval, from the association's start on, at which it
	// notices that its peer's process has crashed. 0: it notices only when it
	// sends.
	Heartbeat time.Duration

	// QueueLen is the number of messages of each direction of an association
	// that are sent and not read yet. 0: 64.
	QueueLen int

	// Backlog is the number of associations that wait for Accept. Further ones
	// are aborted. 0: 128.
	Backlog int

	// MaxMessage is the size of the largest message in bytes. 0: 64 KiB.
	MaxMessage int
}

// withDefaults returns the configuration with its defaults filled in.
func (c Config) withDefaults() Config {
	if c.Rand == nil {
		c.Rand = rand.New(rand.NewPCG(1, 2))
	}
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Second
	}
	if c.QueueLen == 0 {
		c.QueueLen = 64
	}
	if c.Backlog == 0 {
		c.Backlog = 128
	}
	if c.MaxMessage == 0 {
		c.MaxMessage = 64 << 10
	}
	return c
}

// A Link describes the way between two hosts, the same in both directions.
type Link struct {
	// Latency is the time that a packet takes one way.
	Latency time.Duration
	// Jitter is the most that is added to it, at random. It does not put an
	// association's packets out of order, but may do so with datagrams.
	Jitter time.Duration
}
