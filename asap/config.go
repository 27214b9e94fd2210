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

// AnnounceGroup is the multicast group in which the registrars of RSPLIB announce themselves
// (RFC 5352, 3.6): 239.0.0.50, UDP port 3863. IANA's group is another: 224.0.1.185 (RFC 5352, 8.4).
var AnnounceGroup = netip.AddrPortFrom(netip.AddrFrom4([4]byte{239, 0, 0, 50}), wire.PortASAP)

// Config configures a [Node].
type Config struct {
	// Network binds the node's endpoints. Required.
	Network transport.Network

	// Local says where the ASAP endpoint is bound. After a takeover, registrars open
	// associations to it, so it must be reachable for them. Zero: at all addresses and any port.
	Local transport.ListenConfig

	// Registrars are known registrars, each with its addresses.
	Registrars [][]netip.AddrPort

	// Announce is the multicast group in which registrars announce themselves. Zero:
	// [AnnounceGroup].
	Announce netip.AddrPort

	// NoAnnounce has the node ignore announces. It finds only Registrars then.
	NoAnnounce bool

	// AnnounceTimeout is the time for which an announce of a registrar is valid
	// (RFC 5352: T7-ENRPoutdate). 0: 5 seconds.
	AnnounceTimeout time.Duration

	// ConnectTimeout limits the opening of an association with a registrar or an element.
	// 0: 5 seconds.
	ConnectTimeout time.Duration

	// HuntRounds is the number of rounds through the known registrars after which a handle
	// resolution fails with [ErrNoRegistrar]. 0: a resolution waits until its context ends.
	HuntRounds int

	// ResponseTimeout is the time that a registrar has to answer (RFC 5352: T1-ENRPrequest,
	// T2-registration, T3-deregistration). After it, the node sends the request again, and also
	// looks for another registrar. 0: 3 seconds.
	ResponseTimeout time.Duration

	// RequestTrials is the number of times that a handle resolution is sent before it fails with
	// [ErrTimeout] (RFC 5352: MAX-REQUEST-RETRANSMIT, and the first time). 0: 3.
	RequestTrials int

	// Logger gets records for operators at level Info and above, and a record for each message
	// at level Debug. The node and its sessions wait for its handler. Nil: no log.
	Logger *slog.Logger

	// Random draws identifiers and the jitter of timers, in a single goroutine at a time. Nil: a
	// source with a random seed.
	Random *rand.Rand
}

// withDefaults returns c with defaults in place of zero values. It fails if c is incomplete or
// contradictory.
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

// client returns the configuration of the machine.
func (c *Config) client() machine.ClientConfig {
	return machine.ClientConfig{
		Registrars:      c.Registrars,
		AnnounceTimeout: c.AnnounceTimeout,
		HuntRounds:      c.HuntRounds,
		ResponseTimeout: c.ResponseTimeout,
		RequestTrials:   c.RequestTrials,
	}
}
