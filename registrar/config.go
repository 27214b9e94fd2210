package registrar

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/netip"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
)

// PresenceGroup is where registrars announce themselves to each other, as the
// deployed implementation has it (RFC 5353, 3.1, leaves the address to IANA).
var PresenceGroup = netip.AddrPortFrom(netip.AddrFrom4([4]byte{239, 0, 0, 51}), wire.PortENRP)

// Config configures a [Server].
type Config struct {
	// Network is where the endpoints are bound. Required.
	Network transport.Network

	// ID is the registrar's identifier. 0: drawn at random.
	ID wire.ServerID

	// ASAP is where pool elements and pool users reach the registrar, and ENRP
	// where other registrars do. Zero: at all addresses, and any port.
	ASAP, ENRP transport.ListenConfig

	// Announce is the group to which the registrar announces itself to pool
	// elements and pool users (usually [asap.AnnounceGroup]), and Presence the one
	// in which it and other registrars do so among themselves (usually
	// [PresenceGroup]). Zero: it does not.
	Announce, Presence netip.AddrPort

	// Elements is how the registrar deals with pool elements and pool users, and
	// Peers how with other registrars.
	Elements ElementsConfig
	Peers    PeersConfig

	// MaxElements bounds the handlespace: further elements are refused for lack of
	// resources. 0: 4 million.
	MaxElements int

	// MaxIncrement is how many of the elements that a handle resolution returns
	// count as used, for policies that keep count. 0: one.
	MaxIncrement int

	// Logger gets what an operator acts on at level Info and above, and each
	// message at Debug; the registrar waits while its handler does. Nil: nothing is
	// logged.
	Logger *slog.Logger

	// Observe is called for each message that is received or sent, and for each element
	// that is removed, in the order in which that happens, by the goroutine that serves
	// all: who is slow there is slow to everybody. What cannot be decoded is left out.
	// Nil: nobody observes, and nothing is prepared for it.
	Observe func(Observation)

	// Random draws identifiers, choices and the jitter of timers. Nil: seeded at
	// random.
	Random *rand.Rand
}

const defaultMaxElements = 4_000_000

func (c Config) withDefaults() (Config, error) {
	if c.Network == nil {
		return c, errors.New("registrar: no network configured")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
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
	return c, nil
}
