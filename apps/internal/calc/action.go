package calc

import (
	"github.com/rserpool-go/rserpool/apps/calcapp"
)

// Send asks to send a message.
type Send struct {
	Session SessionID
	Message calcapp.Message
}

// Save asks to give the state of a job to its user. Only the newest state of a session counts.
type Save struct {
	Session SessionID
	Cookie  calcapp.Cookie
}

// Load tells the number of jobs of a session.
type Load struct {
	Session SessionID
	Jobs    int
}

// Change tells what has become of a job.
type Change struct {
	Session SessionID
	Kind    ChangeKind
	JobID   uint32
	// Size and Completed are numbers of calculations.
	Size, Completed uint64
	// Usage is the usage of the element, with a job that is complete.
	Usage Usage
}

// ChangeKind is a kind of a [Change].
type ChangeKind uint8

// Kinds of changes.
const (
	Accepted ChangeKind = iota
	Rejected            // because the element has no room
	Complete
	Silent  // removed, because the user has not answered a keep-alive
	Dropped // removed with its session
	Handed  // left to another element, at the end of this element
)

// Leave asks a user's session to go on at another element.
type Leave struct {
	// Works: the element works, and only refuses the job. Otherwise it does not answer.
	Works bool
}

// Began tells that an element has accepted the job.
type Began struct{}

// Refused tells that an element has rejected the job.
type Refused struct{}

// Finished tells that the job is complete. It is the last action.
type Finished struct{}

// Broke tells that the element has said something that cannot be true. The job has to be tried again
// in a new session. It is the last action.
type Broke struct{ Reason string }

// IsAction marks an action.
func (Send) IsAction() {}

// IsAction marks an action.
func (Save) IsAction() {}

// IsAction marks an action.
func (Load) IsAction() {}

// IsAction marks an action.
func (Change) IsAction() {}

// IsAction marks an action.
func (Leave) IsAction() {}

// IsAction marks an action.
func (Began) IsAction() {}

// IsAction marks an action.
func (Refused) IsAction() {}

// IsAction marks an action.
func (Finished) IsAction() {}

// IsAction marks an action.
func (Broke) IsAction() {}
