package asap

import (
	"cmp"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
)

// AnnounceGroup is where registrars announce themselves, as the deployed
// implementation has it (RFC 5352, 3.6, leaves the address to IANA).
var AnnounceGroup = netip.AddrPortFrom(netip.AddrFrom4([4]byte{239, 0, 0, 50}), wire.PortASAP)

// Config configures a [Node].
type Config struct {
	// Network is where the node's endpoints are bound. Required.
	Network transport.Network

	// Local is where the ASAP endpoint is bound. Registrars open associations to
	// it when they take over from another, so it must be reachable by them. Zero:
	// all addresses and any port.
	Local transport.ListenConfig

	// Registrars are registrars known beforehand, each with its addresses.
	Registrars [][]netip.AddrPort

	// Announce is the group in which registrars announce themselves. Zero:
	// [AnnounceGroup].
	Announce netip.AddrPort

	// NoAnnounce leaves only Registrars.
	NoAnnounce bool

	// AnnounceTimeout is how long a registrar is remembered after its announce.
	// 0: 5 seconds.
	AnnounceTimeout time.Duration

	// ConnectTimeout limits the opening of an association with a registrar or an
	// element. 0: 5 seconds.
	ConnectTimeout time.Duration

	// HuntRounds is after how many rounds through the known registrars a handle
	// resolution fails with [ErrNoRegistrar]. 0: it waits until its context ends.
	HuntRounds int

	// ResponseTimeout is how long a registrar has to answer before it is asked
	// again and another one is sought. 0: 3 seconds.
	ResponseTimeout time.Duration

	// RequestTrials is how often a handle resolution is sent before it fails with
	// [ErrTimeout]. 0: 3.
	RequestTrials int

	// Logger gets what an operator acts on at level Info and above, and each
	// message at Debug; the node and its sessions wait while its handler does. Nil: nothing is
	// logged.
	Logger *slog.Logger

	// Random draws identifiers and the jitter of timers. Nil: seeded at random.
	// It is used by one goroutine at a time.
	Random *rand.Rand
}

func (c Config) withDefaults() (Config, error) {
	if c.Network == nil {
		return c, errors.New("asap: no network configured")
	}
	if c.NoAnnounce && len(c.Registrars) == 0 {
		return c, errors.New("asap: neither announces nor registrars configured")
	}
	for _, addrs := range c.Registrars {
		if len(addrs) == 0 {
			return c, errors.New("asap: a registrar without an address is configured")
		}
	}
	if min(c.AnnounceTimeout, c.ConnectTimeout, c.ResponseTimeout) < 0 {
		return c, errors.New("asap: a timeout below 0 is configured")
	}
	if !c.Announce.IsValid() {
		c.Announce = AnnounceGroup
	}
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 5*time.Second)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Random == nil {
		c.Random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	return c, nil
}

func (c *Config) client() machine.ClientConfig {
	return machine.ClientConfig{
		Registrars:      c.Registrars,
		AnnounceTimeout: c.AnnounceTimeout,
		HuntRounds:      c.HuntRounds,
		ResponseTimeout: c.ResponseTimeout,
		RequestTrials:   c.RequestTrials,
	}
}
