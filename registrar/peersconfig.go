package registrar

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/wire"
)

// PeersConfig configures how a registrar deals with other registrars, its peers. A zero
// duration means the default of RSPLIB. The timers of RFC 5353 are so long that registrars
// with RFC timers and registrars with RSPLIB's would take each other for dead.
type PeersConfig struct {
	// Static holds peers known beforehand, each with its ENRP addresses.
	Static [][]netip.AddrPort

	// HeartbeatCycle is the time between two Presences, each of which varies by an
	// eighth (RFC 5353: PEER-HEARTBEAT-CYCLE). 0: 2444 ms.
	HeartbeatCycle time.Duration

	// MaxTimeLastHeard is the silence of a peer after which the registrar asks whether
	// it lives (RFC 5353: MAX-TIME-LAST-HEARD). 0: 5 seconds.
	MaxTimeLastHeard time.Duration

	// MaxTimeNoResponse is the time that the peer then has to answer
	// (RFC 5353: MAX-TIME-NO-RESPONSE). 0: 5 seconds.
	MaxTimeNoResponse time.Duration

	// MentorDiscovery is the time that a new registrar waits for a first peer
	// (RFC 5353, 3.2.2.1). 0: 1 second.
	MentorDiscovery time.Duration

	// TakeoverExpiry is the time that peers have to acknowledge a takeover. 0: 5
	// seconds.
	TakeoverExpiry time.Duration

	// TableTimeout is the time that a peer has to answer a Handle Table Request. 0: 5
	// seconds.
	TableTimeout time.Duration

	// MaxTableElements is the largest number of elements in a Handle Table Response. 0:
	// 128. RSPLIB reads no more than 1024.
	MaxTableElements int

	// MaxElementsPerPeer bounds the elements of each peer. Further elements are refused, and the
	// rest of the peer's handle table is not read. A takeover is not bounded. 0: 250,000.
	// Registrars that have more elements need more at each of their peers.
	MaxElementsPerPeer int

	// HigherWins has the higher identifier win the arbitration of a takeover, as
	// RFC 5353, 3.5.1, says. With RSPLIB the lower identifier wins.
	HigherWins bool

	// SuggestTakeovers has each element suggested to the peer whose identifier suits
	// the element best. Suggestions of peers are always followed.
	SuggestTakeovers bool
}

// machineConfig returns the configuration of the machine for the peers of the registrar id. It
// rounds the distances of peers to multiples of distanceStep.
func (c *PeersConfig) machineConfig(id wire.ServerID, distanceStep time.Duration) enrp.Config {
	return enrp.Config{
		ID:                id,
		Peers:             c.Static,
		HeartbeatCycle:    c.HeartbeatCycle,
		MaxTimeLastHeard:  c.MaxTimeLastHeard,
		MaxTimeNoResponse: c.MaxTimeNoResponse,
		MentorDiscovery:   c.MentorDiscovery,
		TakeoverExpiry:    c.TakeoverExpiry,
		TableTimeout:      c.TableTimeout,
		MaxTableElements:  c.MaxTableElements,
		DistanceStep:      distanceStep,
		HigherWins:        c.HigherWins,
		SuggestTakeovers:  c.SuggestTakeovers,

		MaxElementsPerPeer: c.MaxElementsPerPeer,
	}
}
