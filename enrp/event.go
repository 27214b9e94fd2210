package enrp

import (
	"encoding"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// An Event is what the machine is told.
type Event interface{ event() }

// An Action is what the machine asks its owner to do.
type Action interface{ action() }

// AssocID identifies an association of the ENRP endpoint. 0 is none.
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
	// Peer are the peer's addresses, the primary one first.
	Peer []netip.AddrPort
}

// AssociationDown says that an association has ended, whatever the cause.
type AssociationDown struct{ Assoc AssocID }

// DialFailed says that an association could not be opened.
type DialFailed struct{ Dial DialID }

// Received brings a message.
type Received struct {
	Assoc   AssocID
	Message enrpmsg.Message
	// RTT is the round-trip time of the association, 0 if it is not known.
	RTT time.Duration
}

// Malformed says that a message came that could not be decoded.
type Malformed struct {
	Assoc AssocID
	// Type is the type in its header.
	Type enrpmsg.Type
	Err  *wire.SyntaxError
}

// Heard brings a Presence that came by multicast.
type Heard struct {
	Source   netip.AddrPort
	Presence *enrpmsg.Presence
}

// LocalAddrs says where the ENRP endpoint can be reached. It comes before all else,
// and again when that changes.
type LocalAddrs struct{ Addrs []netip.AddrPort }

// Confirmed says that an element that was to be asked by [Verify] is ours.
type Confirmed struct {
	Pool wire.PoolHandle
	ID   wire.PEID
}

// Leave says that the registrar is about to end: its elements are to be handed to a
// peer.
type Leave struct{}

func (Tick) event()            {}
func (AssociationUp) event()   {}
func (AssociationDown) event() {}
func (DialFailed) event()      {}
func (Received) event()        {}
func (Malformed) event()       {}
func (Heard) event()           {}
func (LocalAddrs) event()      {}
func (Confirmed) event()       {}
func (Leave) event()           {}

// Message is what is sent: an [enrpmsg.Message], or one that is encoded already.
type Message interface {
	encoding.BinaryAppender
	Type() enrpmsg.Type
}

// Send asks to send a message. If it cannot be queued, the association must be
// aborted: both sides then compare their tables when it is up again.
type Send struct {
	Assoc   AssocID
	Message Message
}

// Multicast asks to send a message to the ENRP group.
type Multicast struct{ Message Message }

// Dial asks to open an association with a peer of these addresses. AssociationUp or
// DialFailed answers.
type Dial struct {
	Dial  DialID
	Addrs []netip.AddrPort
}

// Abort asks to end an association at once. AssociationDown follows.
type Abort struct {
	Assoc  AssocID
	Reason string
}

// Ready tells that the handlespace is as complete as it gets: the registrar may
// announce itself to pool elements and pool users.
type Ready struct {
	// Mentor is the peer that it is from, 0 if there was none.
	Mentor wire.ServerID
}

// TakenOver asks to tell an element that this registrar is its home now. The
// handlespace says so already if Claimed; else it is to say so when the element
// acknowledges.
type TakenOver struct {
	Pool    wire.PoolHandle
	ID      wire.PEID
	Claimed bool
}

// Verify asks to ask an element of ours, over the association of its registration,
// whether it is: a peer says that it is the peer's. Confirmed answers; if the element
// does not, it is to be removed.
type Verify struct {
	Pool wire.PoolHandle
	ID   wire.PEID
}

// PeerFound tells that there is a peer that was not known.
type PeerFound struct{ ID wire.ServerID }

// PeerLost tells that a peer is not one any more.
type PeerLost struct {
	ID wire.ServerID
	// Elements is how many elements have been taken over from it.
	Elements int
}

// Synchronized tells that a peer's table has been taken in.
type Synchronized struct {
	ID wire.ServerID
	// Elements is how many elements its table had, and Purged how many of ours it
	// had not.
	Elements, Purged int
}

func (Send) action()         {}
func (Multicast) action()    {}
func (Dial) action()         {}
func (Abort) action()        {}
func (Ready) action()        {}
func (TakenOver) action()    {}
func (Verify) action()       {}
func (PeerFound) action()    {}
func (PeerLost) action()     {}
func (Synchronized) action() {}

// encoded is a message that is encoded already, to be sent to several peers.
type encoded struct {
	typ  enrpmsg.Type
	data []byte
}

// Type returns the message's type.
func (e encoded) Type() enrpmsg.Type { return e.typ }

// Len returns the length in octets.
func (e encoded) Len() int { return len(e.data) }

// AppendBinary appends the message.
func (e encoded) AppendBinary(b []byte) ([]byte, error) { return append(b, e.data...), nil }
