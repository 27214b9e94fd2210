package step

import (
	"net/netip"
	"time"
)

// An Event is what a machine is told. Machines add kinds to those of this package.
type Event interface{ IsEvent() }

// AssocID identifies an association of an endpoint, over the endpoint's whole life. 0 is
// no association.
type AssocID uint64

// DialID identifies an attempt to open an association. The machine that asks for the
// attempt chooses it. 0 is no attempt.
type DialID uint64

// Tick says that time has passed.
type Tick struct{}

// Up says that an association is up. Of an association, Up comes first and [Down] last.
// An attempt that finds an association which is up already leads to a further Up.
type Up struct {
	Assoc AssocID
	// Dial is the attempt that led to the association, 0 if the peer opened it.
	Dial DialID
	// Peer holds the transport addresses of the peer, the primary address first.
	Peer []netip.AddrPort
}

// Down says that an association has ended.
type Down struct {
	Assoc AssocID
	// Err is the cause, as transport.Association.Err returns it.
	Err error
}

// DialFailed says that an association could not be opened.
type DialFailed struct {
	Dial DialID
	// Err is the cause.
	Err error
}

// LocalAddrs says where the endpoint can be reached. If hub.Config.AddrsInterval is set,
// LocalAddrs comes before all other events, and again after each change; otherwise it never
// comes.
type LocalAddrs struct{ Addrs []netip.AddrPort }

// Received brings a message of type M.
type Received[M any] struct {
	Assoc   AssocID
	Message M
	// RTT is the smoothed round-trip time of the association, 0 if it is not known, or if
	// the message needs none.
	RTT time.Duration
}

// Malformed says that a message came that could not be decoded.
type Malformed struct {
	Assoc AssocID
	// Data is the message.
	Data []byte
	// Err is the decoder's error.
	Err error
}

// Heard brings a message of type M that came by multicast.
type Heard[M any] struct {
	// Source is where the datagram came from.
	Source  netip.AddrPort
	Message M
}

// IsEvent marks an event.
func (Tick) IsEvent() {}

// IsEvent marks an event.
func (Up) IsEvent() {}

// IsEvent marks an event.
func (Down) IsEvent() {}

// IsEvent marks an event.
func (DialFailed) IsEvent() {}

// IsEvent marks an event.
func (LocalAddrs) IsEvent() {}

// IsEvent marks an event.
func (Received[M]) IsEvent() {}

// IsEvent marks an event.
func (Malformed) IsEvent() {}

// IsEvent marks an event.
func (Heard[M]) IsEvent() {}
