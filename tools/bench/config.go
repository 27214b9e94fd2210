package bench

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
)

// Mode is what is asked of the registrar.
type Mode string

// The modes.
const (
	// Resolve: handle resolutions of pools that were filled before.
	Resolve Mode = "resolve"
	// Register: registrations of elements that are new.
	Register Mode = "register"
	// Reregister: registrations of elements that are registered, with another load
	// if the policy has one.
	Reregister Mode = "reregister"
	// Mix: of ten requests eight resolutions and two re-registrations.
	Mix Mode = "mix"
)

// Config is a measurement.
type Config struct {
	// Network is what the registrar is reached by. Required.
	Network transport.Network
	// Registrar are the registrar's addresses. Required.
	Registrar []netip.AddrPort
	// Mode is what is asked. Empty: Resolve.
	Mode Mode
	// Associations is how many ask at a time. 0: 1.
	Associations int
	// Sources is the number of addresses of 127.0.0.0/8 among which the associations are
	// shared out, since a registrar limits the associations of an address. It needs a
	// registrar on this machine, and a system that has all of these addresses, such as Linux.
	// 0: the system chooses the address.
	Sources int
	// Window is how many requests of an association may be unanswered. 0: 1.
	Window int
	// Rate is how many requests are sent in a second by all associations together,
	// whether or not the answers keep up (as far as the windows allow); latency
	// counts from when a request was due. 0: as fast as answers come.
	Rate float64
	// Duration is how long it takes. 0: 10 seconds.
	Duration time.Duration
	// Pools is how many pools there are, and Elements how many elements each has.
	// 0: 1 and 10. There are more elements where associations that register them again
	// would have none.
	Pools, Elements int
	// Policy is the pools' policy. Zero: [wire.RoundRobin].
	Policy wire.Policy
	// Progress is called from time to time during the measurement, never by two goroutines at a
	// time. Nil: it is not called.
	Progress func(Progress)
}

// Progress tells how far a measurement is.
type Progress struct {
	// Elapsed is the time since the beginning.
	Elapsed time.Duration
	// Operations are the answers so far.
	Operations int64
}

// Limits of a measurement, within which identifiers stay unique.
const (
	MaxAssociations = 10_000
	MaxSources      = 10_000
	MaxPools        = 1 << 20
	MaxElements     = 1 << 20
	MaxRate         = 1_000_000_000
)

func (c Config) withDefaults() (Config, error) {
	c.Mode = cmp.Or(c.Mode, Resolve)
	c.Associations = cmp.Or(c.Associations, 1)
	c.Window = cmp.Or(c.Window, 1)
	c.Duration = cmp.Or(c.Duration, 10*time.Second)
	c.Pools = cmp.Or(c.Pools, 1)
	c.Elements = cmp.Or(c.Elements, 10)
	if c.Policy.Type == 0 {
		c.Policy.Type = wire.RoundRobin
	}
	switch {
	case c.Network == nil || len(c.Registrar) == 0:
		return c, errors.New("bench: no network or no registrar")
	case c.Mode != Resolve && c.Mode != Register && c.Mode != Reregister && c.Mode != Mix:
		return c, fmt.Errorf("bench: unknown mode %q", c.Mode)
	case c.Associations < 1 || c.Associations > MaxAssociations:
		return c, fmt.Errorf("bench: %d associations, not 1 to %d", c.Associations, MaxAssociations)
	case c.Sources < 0 || c.Sources > MaxSources:
		return c, fmt.Errorf("bench: %d sources, not 0 to %d", c.Sources, MaxSources)
	case c.Sources > 0 && !isLoopback(c.Registrar):
		return c, fmt.Errorf("bench: sources in 127.0.0.0/8, but a registrar at %v", c.Registrar)
	case c.Window < 1 || c.Duration < 0:
		return c, errors.New("bench: window or duration below its least value")
	case !(c.Rate >= 0 && c.Rate <= MaxRate): // NaN is neither.
		return c, fmt.Errorf("bench: rate %v, not 0 to %d", c.Rate, MaxRate)
	case c.Pools < 1 || c.Pools > MaxPools || c.Elements < 1 || c.Elements > MaxElements:
		return c, errors.New("bench: number of pools or elements out of range")
	}
	if c.Mode == Reregister || c.Mode == Mix {
		c.Elements = max(c.Elements, (c.Associations+c.Pools-1)/c.Pools) // One of its own for each association.
	}
	return c, nil
}

// isLoopback reports whether all addresses can be reached from 127.0.0.0/8.
func isLoopback(addrs []netip.AddrPort) bool {
	return !slices.ContainsFunc(addrs, func(a netip.AddrPort) bool { return !a.Addr().Is4() || !a.Addr().IsLoopback() })
}

// source returns the local addresses of an association; none: the system chooses.
func (c *Config) source(association int) []netip.Addr {
	if c.Sources == 0 {
		return nil
	}
	n := association%c.Sources + 1
	return []netip.Addr{netip.AddrFrom4([4]byte{127, byte(n >> 16), byte(n >> 8), byte(n)})}
}

// pool returns the handle of a pool.
func pool(i int) wire.PoolHandle { return wire.PoolHandle(fmt.Sprintf("bench-%06x", i)) }
