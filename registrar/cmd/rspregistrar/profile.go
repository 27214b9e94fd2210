package main

import (
	"cmp"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
)

// The fast profile notices the silent death of an element within a second, and takes
// over from a dead registrar within two.

const fastHeartbeat = 150 * time.Millisecond

// fastElements sets the timers that were not given.
func fastElements(c *registrar.ElementsConfig) {
	c.KeepAliveInterval = cmp.Or(c.KeepAliveInterval, 400*time.Millisecond)
	c.KeepAliveTimeout = cmp.Or(c.KeepAliveTimeout, 400*time.Millisecond)
}

// fastPeers sets the timers that were not given.
func fastPeers(c *registrar.PeersConfig) {
	c.HeartbeatCycle = cmp.Or(c.HeartbeatCycle, 250*time.Millisecond)
	c.MaxTimeLastHeard = cmp.Or(c.MaxTimeLastHeard, 600*time.Millisecond)
	c.MaxTimeNoResponse = cmp.Or(c.MaxTimeNoResponse, 400*time.Millisecond)
	c.MentorDiscovery = cmp.Or(c.MentorDiscovery, 300*time.Millisecond)
	c.TakeoverExpiry = cmp.Or(c.TakeoverExpiry, 400*time.Millisecond)
	c.TableTimeout = cmp.Or(c.TableTimeout, time.Second)
}
