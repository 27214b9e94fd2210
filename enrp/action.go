package enrp

import "github.com/rserpool-go/rserpool/wire"

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

func (Ready) IsAction()        {}
func (TakenOver) IsAction()    {}
func (Verify) IsAction()       {}
func (PeerFound) IsAction()    {}
func (PeerLost) IsAction()     {}
func (Synchronized) IsAction() {}
