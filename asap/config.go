package asap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/sctp"
	"github.com/rserpool-go/rserpool/wire"
)

// AnnounceGroup is the multicast group in which registrars announce themselves (RFC 5352,
// 3.6, leaves the address open). RSPLIB has the same group.
var AnnounceGroup = netip.AddrPortFrom(netip.AddrFrom4([4]byte{239, 0, 0, 50}), wire.PortASAP)

// Config configures a [Node]. The zero value works: it uses SCTP over whatever this host has,
// and finds registrars by their announces.
type Config struct {
	// Registrars are registrars known beforehand. Forms of an entry:
	//
	//	10.0.0.1:3863               a registrar
	//	10.0.0.1:3863,10.1.0.1      a registrar with two addresses, both with the port 3863
	//	registrar.example:3863      a registrar at all addresses of the name
	//	dns:pool.example:3863       a registrar at each address of the name
	//
	// Without a port, the port is 3863. Names are looked up at each hunt for a registrar, so
	// a name may change its addresses, and need not resolve yet.
	Registrars []string

	// Resolver looks up the names in Registrars, as a [net.Resolver] does. Nil:
	// [net.DefaultResolver].
	Resolver interface {
		LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	}

	// Announce is the multicast group in which registrars announce themselves. Zero:
	// [AnnounceGroup].
	Announce transport.GroupConfig

	// Network is where the node's endpoints are bound. Nil: SCTP of the kernel, and SCTP in
	// UDP (package transport/sctp), with announces on all interfaces. To keep
	// announces on this machine: sctp.New(sctp.Config{Interfaces: []string{"lo"}}).
	Network transport.Network

	// Local is where the ASAP endpoint is bound. Registrars open associations to it when
	// they take over from another, so it must be reachable by them. Zero: all addresses
	// and any port.
	Local transport.ListenConfig

	// AnnounceTimeout is the time for which a registrar is remembered after its announce.
	// 0: 5 seconds.
	AnnounceTimeout time.Duration

	// ConnectTimeout limits the opening of an association with a registrar or an
	// element. 0: 5 seconds.
	ConnectTimeout time.Duration

	// HuntRounds is the number of rounds through the known registrars after which a handle
	// resolution fails with [ErrNoRegistrar]. 0: it waits until its context ends.
	HuntRounds int

	// ResponseTimeout is the time that a registrar has to answer. Afterwards the request
	// is sent again, and another registrar is sought. 0: 3 seconds.
	ResponseTimeout time.Duration

	// RequestTrials is the number of times that a handle resolution is sent before it fails
	// with [ErrTimeout]. 0: 3.
	RequestTrials int

	// TrustRegistrars tells which registrars may become the home by taking elements over.
	// Zero: [TrustAny].
	TrustRegistrars Trust

	// Logger gets the news that an operator acts on at level Info and above, and each
	// message at Debug. The node waits for its handler. Nil: [slog.Default].
	Logger *slog.Logger

	// Random draws identifiers and the jitter of timers. A single goroutine at a time uses
	// it. Nil: seeded at random.
	Random *rand.Rand
}

// Trust tells which registrars may become the home registrar by taking elements over. Known
// registrars always may: they are in [Config.Registrars], or have announced themselves lately.
type Trust uint8

const (
	// TrustAny lets an unknown registrar become the home, with a warning, if there is no home
	// that answers.
	TrustAny Trust = iota
	// TrustConfigured refuses unknown registrars, with a warning. If announces are off,
	// Registrars should have the primary addresses of all registrars of the pools.
	TrustConfigured
)

func (c Config) withDefaults() (Config, error) {
	if c.Announce.Off && len(c.Registrars) == 0 {
		return c, errors.New("asap: neither announces nor registrars configured")
	}
	if min(c.AnnounceTimeout, c.ConnectTimeout, c.ResponseTimeout) < 0 {
		return c, errors.New("asap: a timeout below 0 is configured")
	}
	if c.TrustRegistrars > TrustConfigured {
		return c, fmt.Errorf("asap: trust %d in registrars is not defined", c.TrustRegistrars)
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Network == nil {
		c.Network = sctp.New(sctp.Config{Log: c.Logger})
	}
	if c.Resolver == nil {
		c.Resolver = net.DefaultResolver
	}
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 5*time.Second)
	if c.Random == nil {
		c.Random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	return c, nil
}

// client returns the configuration of the machine.
func (c *Config) client(registrars *registrars) machine.ClientConfig {
	return machine.ClientConfig{
		Registrars:      registrars.known(),
		NamedRegistrars: registrars.hasNames(),
		AnnounceTimeout: c.AnnounceTimeout,
		HuntRounds:      c.HuntRounds,
		ResponseTimeout: c.ResponseTimeout,
		RequestTrials:   c.RequestTrials,
		TrustRegistrars: machine.Trust(c.TrustRegistrars),
	}
}
