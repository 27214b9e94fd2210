package registrar

import (
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar/internal/core"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/sctp"
	"github.com/rserpool-go/rserpool/wire"
)

// PresenceGroup is the multicast group in which the registrars of RSPLIB find each other:
// 239.0.0.51, UDP port 9901. The RFCs have no such group. Where RFC 5353 announces to all
// peers, it sends a copy over each association ("group-cast", RFC 5353, 1.1).
var PresenceGroup = netip.AddrPortFrom(netip.AddrFrom4([4]byte{239, 0, 0, 51}), wire.PortENRP)

// Config configures a [Server]. The zero value works: the registrar serves at all addresses of
// this host, at the ports of ASAP and ENRP, and uses both multicast groups.
type Config struct {
	// Network binds the endpoints. Nil: SCTP of the kernel, and SCTP in UDP (package
	// transport/sctp), with announces on all interfaces. To keep announces on this
	// machine: sctp.New(sctp.Config{Interfaces: []string{"lo"}}).
	Network transport.Network

	// ID is the registrar's identifier. 0: drawn at random.
	ID wire.ServerID

	// ASAP says where the endpoint for pool elements and pool users is bound, and ENRP
	// where the endpoint for other registrars is bound. Nil: at all addresses, at port 3863
	// or 9901.
	ASAP, ENRP *transport.ListenConfig

	// Announce is the multicast group for announces to pool elements and pool users.
	// Zero: [asap.AnnounceGroup].
	Announce transport.GroupConfig

	// Presence is the multicast group in which registrars find each other. Zero:
	// [PresenceGroup].
	Presence transport.GroupConfig

	// Elements configures the work for pool elements and pool users.
	Elements ElementsConfig

	// Peers configures the work among registrars.
	Peers PeersConfig

	// MaxElements bounds the handlespace: further elements are refused for lack of
	// resources. 0: 4 million.
	MaxElements int

	// MaxOctets bounds the sum of the lengths of all Pool Element parameters, in octets:
	// elements beyond it are refused for lack of resources, and so is growth of registered
	// elements. An element with a single IPv4 address per transport takes 60 to 80 octets, and
	// every element at most 4096 octets. The memory of the process is several times this sum
	// if elements are small. 0: 1 GiB.
	MaxOctets int

	// MaxIncrement is the number of elements in an answer that count as used, for
	// policies that keep count. 0: 1.
	MaxIncrement int

	// IdleTimeout is the time without a message after which an association is shut down. An
	// element is asked for a sign of life and a registrar sends heartbeats, so their
	// associations stay if the timeout is longer than those intervals. 0: never.
	IdleTimeout time.Duration

	// Logger gets records for operators at level Info and above, and a record for each
	// message at level Debug. The registrar waits for its handler. Nil: [slog.Default].
	Logger *slog.Logger

	// Observe is called for each received or sent message and for each removed element,
	// in order. Messages that cannot be decoded are left out, and so are elements that
	// peers remove, or that a peer's handle table lacks. The calls come from the
	// goroutine that serves all associations, so a slow Observe delays every answer.
	// Nil: no calls.
	Observe func(Observation)

	// Random draws identifiers, the random choices of policies and the jitter of timers.
	// Nil: a source with a random seed.
	Random *rand.Rand
}

// defaultMaxElements is the default of Config.MaxElements.
const defaultMaxElements = 4_000_000

// defaultMaxOctets is the default of Config.MaxOctets. It leaves 268 octets to each of
// defaultMaxElements elements.
const defaultMaxOctets = 1 << 30

// announces returns the group for announces. It is not valid if there are none.
func (c *Config) announces() netip.AddrPort { return c.Announce.Or(asap.AnnounceGroup) }

// presences returns the group of the registrars. It is not valid if there is none.
func (c *Config) presences() netip.AddrPort { return c.Presence.Or(PresenceGroup) }

// withDefaults returns c with defaults in place of zero values.
func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Network == nil {
		c.Network = sctp.New(sctp.Config{Log: c.Logger})
	}
	if c.ASAP == nil {
		c.ASAP = &transport.ListenConfig{Port: wire.PortASAP}
	}
	if c.ENRP == nil {
		c.ENRP = &transport.ListenConfig{Port: wire.PortENRP}
	}
	if c.Random == nil {
		c.Random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	if c.ID == 0 {
		c.ID = wire.ServerID(1 + c.Random.Uint32N(0xffffffff))
	}
	if c.MaxElements == 0 {
		c.MaxElements = defaultMaxElements
	}
	if c.MaxOctets == 0 {
		c.MaxOctets = defaultMaxOctets
	}
	return c
}

// core returns the configuration of the core.
func (c *Config) core() core.Config {
	return core.Config{
		Elements:     c.Elements.machineConfig(c.ID, !c.Announce.Off),
		Peers:        c.Peers.machineConfig(c.ID, c.Elements.DistanceStep),
		MaxElements:  c.MaxElements,
		MaxOctets:    c.MaxOctets,
		MaxIncrement: c.MaxIncrement,
		Random:       c.Random,
	}
}
