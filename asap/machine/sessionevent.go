package machine

import "github.com/rserpool-go/rserpool/wire"

// Start begins the session.
type Start struct{}

// Candidates brings the elements of the pool in the order in which to try them.
type Candidates struct{ Elements []wire.PoolElement }

// NoCandidates says that the pool could not be resolved, or is empty.
type NoCandidates struct{}

// Connected says that the element of [Connect] is reached.
type Connected struct{}

// ConnectFailed says that the element of [Connect] is not reached.
type ConnectFailed struct {
	// Local: this host could not try. There is nothing to report.
	Local bool
}

// Lost says that the association with the element has ended.
type Lost struct {
	// Orderly: the element has shut the association down, so there is nothing to report.
	Orderly bool
}

// CookieReceived brings the state of the session, which the next element is shown.
type CookieReceived struct{ Cookie []byte }

// Failover has the session go on at another element, now.
type Failover struct {
	// Works: the present element works, and only refuses the session. There is nothing to report.
	Works bool
}

// IsEvent marks an event.
func (Start) IsEvent() {}

// IsEvent marks an event.
func (Candidates) IsEvent() {}

// IsEvent marks an event.
func (NoCandidates) IsEvent() {}

// IsEvent marks an event.
func (Connected) IsEvent() {}

// IsEvent marks an event.
func (ConnectFailed) IsEvent() {}

// IsEvent marks an event.
func (Lost) IsEvent() {}

// IsEvent marks an event.
func (CookieReceived) IsEvent() {}

// IsEvent marks an event.
func (Failover) IsEvent() {}
