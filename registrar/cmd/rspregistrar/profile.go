package main

import (
	"cmp"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
)

// fastHeartbeat is the time between heartbeats of an idle association in the fast profile. The
// profile notices the silent death of an element within a second. The elements of a dead registrar
// have another home within two seconds.
const fastHeartbeat = 150 * time.Millisecond

// speedUpElements sets the timers that are not given to the values of the fast profile.
func speedUpElements(c *registrar.ElementsConfig) {
	c.KeepAliveInterval = cmp.Or(c.KeepAliveInterval, 400*time.Millisecond)
	c.KeepAliveTimeout = cmp.Or(c.KeepAliveTimeout, 400*time.Millisecond)
}

// speedUpPeers sets the timers that are not given to the values of the fast profile.
func speedUpPeers(c *registrar.PeersConfig) {
	c.HeartbeatCycle = cmp.Or(c.HeartbeatCycle, 250*time.Millisecond)
	c.MaxTimeLastHeard = cmp.Or(c.MaxTimeLastHeard, 600*time.Millisecond)
	c.MaxTimeNoResponse = cmp.Or(c.MaxTimeNoResponse, 400*time.Millisecond)
	c.MentorDiscovery = cmp.Or(c.MentorDiscovery, 300*time.Millisecond)
	c.TakeoverExpiry = cmp.Or(c.TakeoverExpiry, 400*time.Millisecond)
	c.TableTimeout = cmp.Or(c.TableTimeout, time.Second)
}
