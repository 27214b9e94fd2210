package memnet

import (
	"math/rand/v2"
	"time"
)

// Config describes a network. The zero value is a network without latency.
type Config struct {
	// Link is the default link between two hosts; SetLink replaces it.
	Link Link

	// Loss is the probability, from 0 to 1, that a multicast datagram does not reach a
	// group on another host. It is drawn for each group separately.
	Loss float64

	// Rand decides about jitter and loss. Nothing else may use it. Nil: a generator with
	// a fixed seed.
	Rand *rand.Rand

	// Timeout is the time after which the associations with an unreachable peer end with
	// CauseUnreachable. 0: 5 s.
	Timeout time.Duration

	// DialTimeout is the time after which Dial fails with CauseUnreachable. 0: Dial tries
	// until its context ends.
	DialTimeout time.Duration

	// Heartbeat is the interval, counted from the start of the association, at which a
	// side checks whether the peer's process has crashed. 0: a side detects the crash
	// only when it sends.
	Heartbeat time.Duration

	// QueueLen bounds the sent messages, in each direction of an association, that the
	// receiver has not read. 0: 64.
	QueueLen int

	// Backlog bounds the associations that wait for Accept. Further associations are
	// aborted. 0: 128.
	Backlog int

	// MaxMessage is the maximum size of a message, in octets. 0: 64 KiB.
	MaxMessage int
}

// withDefaults returns the configuration with defaults for unset fields.
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

// A Link describes the connection of two hosts, the same in both directions.
type Link struct {
	// Latency is the time that a packet takes in one direction.
	Latency time.Duration
	// Jitter is the maximum of a random time that is added to the latency. The packets of
	// an association stay in order; datagrams may not.
	Jitter time.Duration
}
