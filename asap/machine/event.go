package machine

import (
	"encoding"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// An Event is what a machine is told. The kinds are the types of this package with
// an event method; each machine says which of them it takes.
type Event interface{ event() }

// An Action is what a machine asks its owner to do.
type Action interface{ action() }

// AssocID identifies an association of the endpoint. 0 is none.
type AssocID uint64

// DialID identifies an attempt to open an association. 0 is none.
type DialID uint64

// Tick says that time has passed.
type Tick struct{}

// AssociationUp says that an association is up.
type AssociationUp struct {
	Assoc AssocID
	// Dial is the attempt that led to it, 0 if the peer opened it.
	Dial DialID
	// Peer are the addresses of the peer, the primary one first.
	Peer []netip.AddrPort
}

// AssociationDown says that an association has ended, whatever the cause.
type AssociationDown struct{ Assoc AssocID }

// DialFailed says that an association could not be opened.
type DialFailed struct{ Dial DialID }

// LocalAddrs says at which addresses a registrar's endpoint, and with it its host, can
// be reached. It comes before all else, and again when that changes.
type LocalAddrs struct{ Addrs []netip.AddrPort }

// Received brings a message.
type Received struct {
	Assoc   AssocID
	Message asapmsg.Message
	// RTT is the round-trip time of the association, 0 if it is not known. Only a
	// registrar asks, for registrations.
	RTT time.Duration
}

// Malformed says that a message came that could not be decoded.
type Malformed struct {
	Assoc AssocID
	// Type is the type in its header.
	Type asapmsg.Type
	Err  *wire.SyntaxError
}

func (Tick) event()            {}
func (AssociationUp) event()   {}
func (AssociationDown) event() {}
func (DialFailed) event()      {}
func (LocalAddrs) event()      {}
func (Received) event()        {}
func (Malformed) event()       {}

// Message is what Send sends: an [asapmsg.Message], or one that is encoded already.
type Message interface {
	encoding.BinaryAppender
	Type() asapmsg.Type
}

// Send asks to send a message.
type Send struct {
	Assoc   AssocID
	Message Message
	// Unasked: the peer has not asked for this message just now, so that it can be
	// sent any number of them without a word. If it does not take them, the
	// association is to be aborted.
	Unasked bool
}

// Dial asks to open an association with a peer of these addresses. AssociationUp
// or DialFailed answers.
type Dial struct {
	Dial  DialID
	Addrs []netip.AddrPort
}

// End asks to shut an association down gracefully. AssociationDown follows.
type End struct{ Assoc AssocID }

// Abort asks to end an association at once. AssociationDown follows.
type Abort struct {
	Assoc  AssocID
	Reason string
}

func (Send) action()  {}
func (Dial) action()  {}
func (End) action()   {}
func (Abort) action() {}
