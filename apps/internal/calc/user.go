package calc

import (
	"fmt"
	"time"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/transport/step"
)

// UserConfig configures a [User]. Both times are above 0.
type UserConfig struct {
	// KeepAlive is the time from the acceptance, or from the last acknowledgement, to the next
	// keep-alive.
	KeepAlive time.Duration
	// Timeout is the time that an element has to answer a request or a keep-alive.
	Timeout time.Duration
}

// rejectPause is the time after a rejection, before the job is offered to another element.
const rejectPause = time.Second

// User is a pool user's side of a job. It takes [Connected], [Lost], [Received] and [step.Tick]. After
// [Leave] it waits for Connected.
//
//	looking --Connected--> asking --Accept--> working --Complete--> over
//	   ^                     | Reject            |
//	   |                     v                   |
//	   +------ Tick ----- pausing                |
//	   +------ Lost, or Tick: no answer ---------+
type User struct {
	config  UserConfig
	id      uint32
	size    uint64
	state   userState
	asking  bool      // a request or keep-alive is not answered
	at      time.Time // of the next keep-alive, or of the end of the patience
	actions []step.Action
}

type userState uint8

const (
	userLooking userState = iota
	userAsking
	userPausing
	userWorking
	userOver
)

// NewUser returns the user's side of a job, whose session has no element yet.
func NewUser(config UserConfig, id uint32, size uint64) *User {
	return &User{config: config, id: id, size: size}
}

// Deadline returns the time of the next Tick, zero if none is due.
func (u *User) Deadline() time.Time {
	switch u.state {
	case userLooking, userOver:
		return time.Time{}
	}
	return u.at
}

// Step takes an event and returns the actions that follow, in order.
func (u *User) Step(now time.Time, ev step.Event) []step.Action {
	u.actions = nil
	if u.state == userOver {
		return nil
	}
	switch ev := ev.(type) {
	case Connected:
		u.state, u.at = userAsking, now.Add(u.config.Timeout)
		if !ev.Restored { // Otherwise the state of the job is the request.
			u.send(calcapp.Message{Type: calcapp.TypeRequest, JobID: u.id, JobSize: u.size})
		}
	case Lost:
		u.leave(true)
	case Received:
		u.receive(now, ev.Message)
	case step.Tick:
		if at := u.Deadline(); !at.IsZero() && !now.Before(at) {
			u.handleTimer(now)
		}
	}
	return u.actions
}

// do adds an action to the current step.
func (u *User) do(a step.Action) { u.actions = append(u.actions, a) }

func (u *User) send(m calcapp.Message) { u.do(Send{Message: m}) }

// leave goes on at another element.
func (u *User) leave(works bool) {
	u.state = userLooking
	u.do(Leave{Works: works})
}

func (u *User) handleTimer(now time.Time) {
	switch {
	case u.state == userPausing:
		u.leave(true)
	case u.state == userAsking || u.asking:
		u.leave(false)
	default:
		u.asking, u.at = true, now.Add(u.config.Timeout)
		u.send(calcapp.Message{Type: calcapp.TypeKeepAlive, JobID: u.id})
	}
}

// finish ends the job by its last action.
func (u *User) finish(a step.Action) {
	u.state = userOver
	u.do(a)
}

// receive handles a message of the element.
func (u *User) receive(now time.Time, m calcapp.Message) {
	switch {
	case m.JobID != u.id:
		u.finish(Broke{fmt.Sprintf("%v for job %d", m.Type, m.JobID)})
	case m.Type == calcapp.TypeAccept && u.state == userAsking:
		u.state, u.asking, u.at = userWorking, false, now.Add(u.config.KeepAlive)
		u.do(Began{})
	case m.Type == calcapp.TypeReject && u.state == userAsking:
		u.state, u.at = userPausing, now.Add(rejectPause)
		u.do(Refused{})
	case m.Type == calcapp.TypeKeepAlive && u.state != userLooking:
		u.send(calcapp.Message{Type: calcapp.TypeKeepAliveAck, JobID: u.id})
	case m.Type == calcapp.TypeKeepAliveAck && u.state == userWorking:
		u.asking, u.at = false, now.Add(u.config.KeepAlive)
	case m.Type == calcapp.TypeComplete && (m.JobSize != u.size || m.Completed != u.size):
		u.finish(Broke{fmt.Sprintf("%d of %d calculations for a job of %d", m.Completed, m.JobSize, u.size)})
	case m.Type == calcapp.TypeComplete:
		u.finish(Finished{})
	}
}
