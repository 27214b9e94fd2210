package replay

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
)

// Registrar is a live registrar.
type Registrar struct {
	// ASAP are the addresses for pool elements and pool users. Required.
	ASAP []netip.AddrPort
	// ENRP are the addresses for other registrars. Empty: peers of the capture are not
	// played.
	ENRP []netip.AddrPort
}

// Config is a replay.
type Config struct {
	// Network is the network of the endpoints. Required.
	Network transport.Network
	// Registrars are one registrar, whose answers are compared with those of the capture, or
	// two, whose answers are compared with each other. Required.
	Registrars []Registrar
	// Input opens the capture or the recorded session, once for each round. Required.
	Input func() (io.ReadCloser, error)
	// As is the registrar of the capture whose part the live registrar plays. 0: the first
	// registrar heard in the capture.
	As wire.ServerID
	// Local are the addresses of the endpoints. Empty: the address from which this host
	// reaches the registrar.
	Local []netip.Addr
	// Speed is the ratio of the time of the capture to the time of the session. 0: as fast as
	// answers come.
	Speed float64
	// Overlap sends requests of several clients at the same time, as they overlap in the capture.
	// Otherwise a request waits for the answer to the request before it, so that the registrar
	// takes them in the order of the capture.
	Overlap bool
	// Rounds is how often the capture is played. 0: 1.
	Rounds int
	// Patience is the time that an answer may take. 0: 5 seconds.
	Patience time.Duration
	// Offset is added to the identifiers of pool elements, so that they differ from those of
	// the capture.
	Offset uint32
	// Record gets the session with the first registrar, in a form that Input may return. Nil:
	// nothing is recorded.
	Record io.Writer

	// Difference is called for each difference. Nil: it is only counted.
	Difference func(Difference)
	// Mapping is called when something of the capture has got its counterpart in the session
	// with the first registrar. Nil: no calls.
	Mapping func(Mapping)
	// Progress is called a few times a second. Nil: no calls.
	Progress func(Progress)
}

// Mapping is something of the capture, and what stands for it in the session.
type Mapping struct {
	// Kind is registrar, address, or element.
	Kind    string `json:"kind"`
	Capture string `json:"capture"`
	Live    string `json:"live"`
}

// Progress is how far a replay is.
type Progress struct {
	// Round counts from 1.
	Round int
	// At is the time in the capture since its first message.
	At time.Duration
	// Sent counts the messages sent, and Differences the differences found.
	Sent        int
	Differences int
}

// MaxRegistrars is the number of registrars that a replay compares.
const MaxRegistrars = 2

func (c Config) withDefaults() (Config, error) {
	c.Rounds = cmp.Or(c.Rounds, 1)
	c.Patience = cmp.Or(c.Patience, 5*time.Second)
	switch {
	case c.Network == nil || c.Input == nil:
		return c, errors.New("replay: no network or no input")
	case len(c.Registrars) < 1 || len(c.Registrars) > MaxRegistrars:
		return c, fmt.Errorf("replay: %d registrars, not 1 or %d", len(c.Registrars), MaxRegistrars)
	case !(c.Speed >= 0): // NaN is not.
		return c, fmt.Errorf("replay: speed %v below 0", c.Speed)
	case c.Rounds < 1:
		return c, fmt.Errorf("replay: %d rounds", c.Rounds)
	}
	for _, r := range c.Registrars {
		if len(r.ASAP) == 0 {
			return c, errors.New("replay: a registrar without address")
		}
	}
	return c, nil
}

// localFor returns the local addresses of endpoints that talk to a registrar.
func (c *Config) localFor(r Registrar) ([]netip.Addr, error) {
	if len(c.Local) > 0 {
		return c.Local, nil
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(r.ASAP[0])) // It sends nothing.
	if err != nil {
		return nil, fmt.Errorf("registrar %v: %w", r.ASAP[0], err)
	}
	defer conn.Close() //nolint:errcheck // nothing was sent
	local, _ := conn.LocalAddr().(*net.UDPAddr)
	return []netip.Addr{local.AddrPort().Addr().Unmap()}, nil
}
