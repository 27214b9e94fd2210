package asap

import "github.com/rserpool-go/rserpool/wire"

// An Event is news for displays: [Registered], [Rejected], [Contested] and [RegistrarLost] of a pool
// element, [SessionUp] and [SessionLost] of a pool user's session.
type Event interface{ isEvent() }

// Registered tells that a registrar has the element that had not before, or had refused it.
type Registered struct {
	ID wire.PEID
	// Home is the registrar's identifier, 0 for unknown.
	Home wire.ServerID
}

// Rejected tells that the registrar has refused the element. The node tries again when the
// policy changes or there is another registrar. If the registrar lacks resources, has another
// element with the identifier, or has sent an error message only, the node tries again after
// each interval.
type Rejected struct{ Err *RejectedError }

// Contested tells that another process uses the element's identifier in the same pool. If the process
// is on this host and at the same registrar, it was refused. Contests are told at most once a minute.
type Contested struct{}

// RegistrarLost tells that the association with the registrar has ended. Another registrar is
// being sought.
type RegistrarLost struct{}

// SessionUp tells that an element serves the session.
type SessionUp struct {
	Element wire.PEID
	// Failover: another element has served the session before.
	Failover bool
	// StateRestored: the element has been sent the newest state of its predecessor.
	StateRestored bool
}

// SessionLost tells that the element that served the session is gone. The session looks for
// another element, unless the failover is manual.
type SessionLost struct {
	Element wire.PEID
	// State: there is a state for the successor.
	State bool
	// Orderly: the element has shut the session down.
	Orderly bool
}

func (Registered) isEvent()    {}
func (Rejected) isEvent()      {}
func (Contested) isEvent()     {}
func (RegistrarLost) isEvent() {}
func (SessionUp) isEvent()     {}
func (SessionLost) isEvent()   {}
