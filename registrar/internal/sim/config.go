package sim

import (
	"cmp"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
)

// Config describes a [World].
type Config struct {
	// Seed determines all random choices.
	Seed uint64

	// Registrars, Elements, Users and Pools are numbers of nodes and pools. Elements and
	// users are spread evenly over the pools. 0 pools: 1.
	Registrars, Elements, Users, Pools int

	// StaticPeers configures each registrar with the addresses of all registrars.
	// ChainedPeers configures each registrar with the next registrar only. Without both,
	// registrars find each other by multicast.
	StaticPeers, ChainedPeers bool

	// StaticRegistrars configures elements and users with the addresses of all
	// registrars. Without it, they find registrars by announces.
	StaticRegistrars bool

	// Spread is the time within which the nodes start.
	Spread time.Duration

	// ClockSkew is the largest relative error of a clock: 0.01 is one percent.
	ClockSkew float64

	// Network connects the nodes.
	Network Network

	// ASAP and ENRP configure the machines of registrars, and Client the machines of
	// elements and users. The world sets identifiers and addresses.
	ASAP   asapside.Config
	ENRP   enrp.Config
	Client machine.ClientConfig

	// TickTime is the time that a registrar needs for a tick. Events may come before the next
	// tick, which finds the rest of a task that is done in slices.
	TickTime time.Duration

	// Interval is the time between registrations of an element. The registration life is
	// three times as long. 0: 30 seconds.
	Interval time.Duration

	// Trace gets the lines of a transcript. Nil: no transcript.
	Trace func(line string)
}

// Network describes the network between the nodes.
type Network struct {
	// Delay is the time that a packet takes. Jitter is the largest additional time.
	// 0 delay: 1 millisecond.
	Delay, Jitter time.Duration
	// Loss is the share of lost packets of associations, which are sent again.
	// DatagramLoss is the share of lost datagrams.
	Loss, DatagramLoss float64
	// Heartbeat is the time between heartbeats to a peer that is out of reach. 0: 2
	// seconds.
	Heartbeat time.Duration
	// Verdict is the time after which an association to a silent peer ends. It varies by
	// a quarter. 0: 10 seconds.
	Verdict time.Duration
	// QueueLimit is the number of messages that may be on their way to a peer. 0: 16384.
	QueueLimit int
}

// withDefaults returns c with defaults in place of zero values.
func (c Config) withDefaults() Config {
	c.Pools = cmp.Or(c.Pools, 1)
	c.Interval = cmp.Or(c.Interval, 30*time.Second)
	c.Network.Delay = cmp.Or(c.Network.Delay, time.Millisecond)
	c.Network.Heartbeat = cmp.Or(c.Network.Heartbeat, 2*time.Second)
	c.Network.Verdict = cmp.Or(c.Network.Verdict, 10*time.Second)
	c.Network.QueueLimit = cmp.Or(c.Network.QueueLimit, 16384)
	return c
}

// fast sets the timers of the fast profile of rspregistrar.
func (c *Config) fast() {
	c.ASAP.KeepAliveInterval = 400 * time.Millisecond
	c.ASAP.KeepAliveTimeout = 400 * time.Millisecond
	c.ENRP.HeartbeatCycle = 250 * time.Millisecond
	c.ENRP.MaxTimeLastHeard = 600 * time.Millisecond
	c.ENRP.MaxTimeNoResponse = 400 * time.Millisecond
	c.ENRP.MentorDiscovery = 300 * time.Millisecond
	c.ENRP.TakeoverExpiry = 400 * time.Millisecond
	c.ENRP.TableTimeout = time.Second
	c.Network.Heartbeat = 150 * time.Millisecond
	c.Network.Verdict = time.Second
}
