package sim

import (
	"cmp"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
)

// Config says what a [World] is made of.
type Config struct {
	// Seed decides all that is left to chance.
	Seed uint64

	// Registrars, Elements, Users and Pools are how many there are. Elements and
	// users are spread over the pools evenly.
	Registrars, Elements, Users, Pools int

	// StaticPeers has registrars configured with the addresses of all; else they
	// find each other by multicast. ChainedPeers has each configured with the next
	// one only.
	StaticPeers, ChainedPeers bool

	// StaticRegistrars has elements and users configured with the addresses of all
	// registrars; else they find them by announces.
	StaticRegistrars bool

	// Spread is over which time the nodes start.
	Spread time.Duration

	// ClockSkew is by which part clocks go too fast or too slow at most.
	ClockSkew float64

	// Network connects the nodes.
	Network Network

	// Elements' side, peers' side, and clients: see there. Identifiers are given
	// by the world.
	ASAP   asapside.Config
	ENRP   enrp.Config
	Client machine.ClientConfig

	// Interval is the time between registrations of an element, which hold three
	// times as long. 0: 30 seconds.
	Interval time.Duration

	// Trace gets the lines of a transcript. Nil: there is none.
	Trace func(line string)
}

func (c Config) withDefaults() Config {
	c.Pools = cmp.Or(c.Pools, 1)
	c.Interval = cmp.Or(c.Interval, 30*time.Second)
	c.Network.Delay = cmp.Or(c.Network.Delay, time.Millisecond)
	c.Network.Heartbeat = cmp.Or(c.Network.Heartbeat, 2*time.Second)
	c.Network.Verdict = cmp.Or(c.Network.Verdict, 10*time.Second)
	c.Network.QueueLimit = cmp.Or(c.Network.QueueLimit, 16384)
	return c
}

// fast sets the timers of the fast profile.
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
