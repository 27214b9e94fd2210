package calc

import (
	"github.com/rserpool-go/rserpool/apps/calcapp"
)

// SessionID identifies a session of an element.
type SessionID uint64

// Received brings a message. A user has a single session, and leaves Session 0.
type Received struct {
	Session SessionID
	Message calcapp.Message
}

// Resumed brings an element the state of a job that was begun elsewhere.
type Resumed struct {
	Session SessionID
	Cookie  calcapp.Cookie
}

// Ended tells an element that a session has ended.
type Ended struct{ Session SessionID }

// Stop ends an element. After a clean stop the users have the states of all jobs.
type Stop struct{ Clean bool }

// Connected tells a user that an element serves the session from now on.
type Connected struct {
	// Restored: the element has been sent the state of the job.
	Restored bool
}

// Lost tells a user that the element of the session is gone.
type Lost struct{}

// IsEvent marks an event.
func (Received) IsEvent() {}

// IsEvent marks an event.
func (Resumed) IsEvent() {}

// IsEvent marks an event.
func (Ended) IsEvent() {}

// IsEvent marks an event.
func (Stop) IsEvent() {}

// IsEvent marks an event.
func (Connected) IsEvent() {}

// IsEvent marks an event.
func (Lost) IsEvent() {}
