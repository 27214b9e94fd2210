package registrar

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/netip"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
)

// Config configures a [Server].
type Config struct {
	// Network is where the endpoints are bound. Required.
	Network transport.Network

	// ASAP is where pool elements and pool users reach the registrar. Zero: at all
	// addresses, and any port.
	ASAP transport.ListenConfig

	// Announce is the group to which the registrar announces itself. Zero: it does
	// not.
	Announce netip.AddrPort

	// Machine is how the registrar behaves. An ID of 0 is replaced by one drawn at
	// random.
	Machine machine.RegistrarConfig

	// MaxElements bounds the handlespace: further elements are refused for lack of
	// resources. 0: 4 million.
	MaxElements int

	// Logger gets what an operator acts on at level Info and above, and each
	// message at Debug. Nil: nothing is logged.
	Logger *slog.Logger

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
	if c.Machine.ID == 0 {
		c.Machine.ID = wire.ServerID(1 + c.Random.Uint32N(0xffffffff))
	}
	if c.MaxElements == 0 {
		c.MaxElements = defaultMaxElements
	}
	if !c.Announce.IsValid() {
		c.Machine.AnnounceCycle = -1
	}
	return c, nil
}
