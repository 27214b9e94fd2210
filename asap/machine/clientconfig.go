package machine

import (
	"cmp"
	"net/netip"
	"time"
)

// ClientConfig configures a [Client]. The zero value finds registrars by announces.
type ClientConfig struct {
	// Registrars are registrars known beforehand, each with its addresses.
	Registrars [][]netip.AddrPort

	// NamedRegistrars: some registrars are configured by names, which are looked up at
	// each hunt.
	NamedRegistrars bool

	// AnnounceTimeout is the time for which a registrar is remembered after its announce
	// (RFC 5352: T7-ENRPoutdate). 0: 5 seconds.
	AnnounceTimeout time.Duration

	// HuntInterval is the pause before a registrar is tried again that could not be
	// reached. It doubles to HuntIntervalMax, and varies by up to a half (RFC 5352, 3.6:
	// T5-Serverhunt, RETRAN-MAX, which are 10 and 60 seconds there). 0: 250 ms and 10
	// seconds.
	HuntInterval, HuntIntervalMax time.Duration

	// HuntRounds is the number of rounds of the hunt after which a handle resolution is
	// given up. 0: never; the user cancels it.
	HuntRounds int

	// ResponseTimeout is the time that a registrar has to answer (RFC 5352: T1, T2 and
	// T3, which are 15 to 30 seconds there). 0: 3 seconds.
	ResponseTimeout time.Duration

	// RequestTrials is the number of times that a handle resolution is sent before it is
	// given up (RFC 5352: MAX-REQUEST-RETRANSMIT, 2 besides the first). 0: 3.
	RequestTrials int

	// TrustRegistrars tells which registrars may become the home by taking elements over.
	TrustRegistrars Trust
}

// Trust tells which registrars may become the home by taking elements over (RFC 5353, 3.5).
// Known registrars, which are configured or have announced themselves lately, always may.
type Trust uint8

const (
	// TrustAny lets an unknown registrar become the home unless there is a home that answers.
	TrustAny Trust = iota
	// TrustConfigured refuses unknown registrars.
	TrustConfigured
)

func (c ClientConfig) withDefaults() ClientConfig {
	c.AnnounceTimeout = cmp.Or(c.AnnounceTimeout, 5*time.Second)
	c.HuntInterval = cmp.Or(c.HuntInterval, 250*time.Millisecond)
	c.HuntIntervalMax = cmp.Or(c.HuntIntervalMax, 10*time.Second)
	c.ResponseTimeout = cmp.Or(c.ResponseTimeout, 3*time.Second)
	c.RequestTrials = cmp.Or(c.RequestTrials, 3)
	return c
}
