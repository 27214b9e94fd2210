package enrp

import (
	"cmp"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// Config configures a [Machine]. A zero duration stands for the default, which is RSPLIB's.
// With the RFC's longer times, an RSPLIB registrar would consider ours dead.
type Config struct {
	// ID is the registrar's identifier, not 0.
	ID wire.ServerID

	// Peers holds the addresses of each peer known beforehand.
	Peers [][]netip.AddrPort

	// HeartbeatCycle is the time between two Presences, each varied by an eighth
	// (RFC 5353: PEER-HEARTBEAT-CYCLE). 0: 2444 ms.
	HeartbeatCycle time.Duration

	// MaxTimeLastHeard is how long a peer may be silent before it is probed
	// (RFC 5353: MAX-TIME-LAST-HEARD). 0: 5 seconds.
	MaxTimeLastHeard time.Duration

	// MaxTimeNoResponse is how long a probed peer has to answer
	// (RFC 5353: MAX-TIME-NO-RESPONSE). 0: 5 seconds.
	MaxTimeNoResponse time.Duration

	// MentorDiscovery is how long a new registrar waits for a first peer
	// (RFC 5353, 3.2.2.1). 0: 1 second.
	MentorDiscovery time.Duration

	// TakeoverExpiry is how long the peers have to acknowledge a takeover. 0: 5
	// seconds.
	TakeoverExpiry time.Duration

	// TableTimeout is how long a peer has to answer a Handle Table Request. 0: 5
	// seconds.
	TableTimeout time.Duration

	// MaxTableElements is the maximum number of elements in a Handle Table Response.
	// RSPLIB reads 128 by default, and at most 1024. 0: 128.
	MaxTableElements int

	// MaxElementsPerPeer bounds the elements of each peer. Further elements are refused, and a
	// handle table with further elements is not read to its end. A takeover is not bounded.
	// 0: 250,000.
	MaxElementsPerPeer int

	// Slice is the number of elements that a step moves or removes at most, if a single event
	// concerns many. The next slice is due a millisecond later. 0: 128.
	Slice int

	// DistanceStep is the unit to which the distance to a peer is rounded. Policies
	// with distances add this distance to each of the peer's elements. 0: 50 ms.
	DistanceStep time.Duration

	// HigherWins makes the higher identifier win the arbitration of a takeover, as
	// RFC 5353, 3.5.1, says. With RSPLIB, the lower identifier wins.
	HigherWins bool

	// SuggestTakeovers suggests each element to the peer with the best matching
	// identifier. Suggestions of peers are followed in any case.
	SuggestTakeovers bool
}

// withDefaults returns c with defaults in place of zero values.
func (c Config) withDefaults() Config {
	c.HeartbeatCycle = cmp.Or(c.HeartbeatCycle, 2444*time.Millisecond)
	c.MaxTimeLastHeard = cmp.Or(c.MaxTimeLastHeard, 5*time.Second)
	c.MaxTimeNoResponse = cmp.Or(c.MaxTimeNoResponse, 5*time.Second)
	c.MentorDiscovery = cmp.Or(c.MentorDiscovery, time.Second)
	c.TakeoverExpiry = cmp.Or(c.TakeoverExpiry, 5*time.Second)
	c.TableTimeout = cmp.Or(c.TableTimeout, 5*time.Second)
	c.DistanceStep = cmp.Or(max(c.DistanceStep, 0), 50*time.Millisecond)
	c.MaxTableElements = cmp.Or(c.MaxTableElements, 128)
	c.MaxElementsPerPeer = cmp.Or(c.MaxElementsPerPeer, 250_000)
	c.Slice = cmp.Or(c.Slice, 128)
	return c
}

// monitoringPause returns how long a peer is not monitored after it is left to other
// registrars. If they fail, its elements must not stay without a home.
func (c *Config) monitoringPause() time.Duration {
	return 2*c.TakeoverExpiry + c.MaxTimeNoResponse
}
