package enrp

import (
	"cmp"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// Config configures a [Machine]. A zero duration means the default, which is that of
// the deployed implementation: the RFC's are so long that both together would take
// each other for dead.
type Config struct {
	// ID is the registrar's identifier, not 0.
	ID wire.ServerID

	// Peers are peers known beforehand, each with its addresses.
	Peers [][]netip.AddrPort

	// HeartbeatCycle is the time between two Presences, of which each varies by an
	// eighth (RFC 5353: PEER-HEARTBEAT-CYCLE). 0: 2444 ms.
	HeartbeatCycle time.Duration

	// MaxTimeLastHeard is how long a peer may be silent before it is asked whether
	// it lives (RFC 5353: MAX-TIME-LAST-HEARD). 0: 5 seconds.
	MaxTimeLastHeard time.Duration

	// MaxTimeNoResponse is how long it then has to answer
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

	// MaxTableElements is how many elements a Handle Table Response has at the
	// most. 0: 128, which the deployed implementation reads; it reads no more than
	// 1024.
	MaxTableElements int

	// DistanceStep is to what the distance to a peer is rounded, which is added to
	// those of its elements for the policies that count them. 0: 50 ms.
	DistanceStep time.Duration

	// HigherWins has the higher identifier win the arbitration of a takeover, as
	// RFC 5353, 3.5.1, says. The deployed implementation has the lower one win.
	HigherWins bool

	// SuggestTakeovers has each element suggested to the peer whose identifier
	// suits that of the element best. Suggestions of peers are always followed.
	SuggestTakeovers bool
}

func (c Config) withDefaults() Config {
	c.HeartbeatCycle = cmp.Or(c.HeartbeatCycle, 2444*time.Millisecond)
	c.MaxTimeLastHeard = cmp.Or(c.MaxTimeLastHeard, 5*time.Second)
	c.MaxTimeNoResponse = cmp.Or(c.MaxTimeNoResponse, 5*time.Second)
	c.MentorDiscovery = cmp.Or(c.MentorDiscovery, time.Second)
	c.TakeoverExpiry = cmp.Or(c.TakeoverExpiry, 5*time.Second)
	c.TableTimeout = cmp.Or(c.TableTimeout, 5*time.Second)
	c.DistanceStep = cmp.Or(max(c.DistanceStep, 0), 50*time.Millisecond)
	c.MaxTableElements = cmp.Or(c.MaxTableElements, 128)
	return c
}
