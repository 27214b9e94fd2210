package enrp

import (
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

const (
	// tableInterval is the mean time between two parts of handle tables over an association,
	// at least. With parts of 128 elements, it permits 256,000 elements a second.
	tableInterval = 500 * time.Microsecond

	// listInterval is the mean time between two lists over an association, at least.
	listInterval = 50 * time.Millisecond

	// requestBurst is the number of requests of a kind that are answered at once after a pause.
	requestBurst = 8

	// maxDueRequests bounds the delayed requests that a step answers.
	maxDueRequests = 16
)

// requests delays requests with long answers, for handle tables and for lists, which come too
// fast (ADR 0008, R14). A registrar waits for an answer before its next request of a kind. So only
// the last request of each kind is kept, and a registrar that waits loses none.
type requests struct {
	assocs  *associations
	delayed []delayedRequest // in the order of their time
}

// delayedRequest is a place in the queue of delayed requests.
type delayedRequest struct {
	due   time.Time
	assoc step.AssocID
	pace  *pace
}

// paceOf returns the pace of a request and the time between two answers. Other messages have no
// pace.
func (a *association) paceOf(msg enrpmsg.Message) (*pace, time.Duration) {
	switch msg.(type) {
	case *enrpmsg.HandleTableRequest:
		return &a.tables, tableInterval
	case *enrpmsg.ListRequest:
		return &a.lists, listInterval
	}
	return nil, 0
}

// admit reports whether a message may be handled now. It keeps the message for later if it is a
// request that has come too early.
func (r *requests) admit(now time.Time, ev Received) bool {
	a := r.assocs.find(ev.Assoc)
	if a == nil {
		return true // It is about to be ignored.
	}
	p, interval := a.paceOf(ev.Message)
	if p == nil {
		return true
	}
	if p.free.Before(now) {
		p.free = now
	}
	due := p.free.Add(-(requestBurst - 1) * interval)
	switch {
	case p.delayed != nil:
	case now.Before(due):
		r.delay(delayedRequest{due, ev.Assoc, p})
	default:
		p.free = p.free.Add(interval)
		return true
	}
	p.delayed = ev.Message
	return false
}

// delay adds a request to the queue, behind all requests that are not due later.
func (r *requests) delay(d delayedRequest) {
	i := len(r.delayed)
	for i > 0 && d.due.Before(r.delayed[i-1].due) {
		i--
	}
	r.delayed = slices.Insert(r.delayed, i, d)
}

// takeDue takes a delayed request that is due, and reports whether there is any. Requests over
// associations that are down are dropped.
func (r *requests) takeDue(now time.Time) (Received, bool) {
	for len(r.delayed) > 0 && !now.Before(r.delayed[0].due) {
		d := r.delayed[0]
		r.delayed = r.delayed[1:]
		if r.assocs.find(d.assoc) == nil {
			continue
		}
		ev := Received{Assoc: d.assoc, Message: d.pace.delayed}
		d.pace.delayed = nil
		return ev, r.admit(now, ev)
	}
	return Received{}, false
}

// deadline returns when the next delayed request is due, zero if there is none.
func (r *requests) deadline() time.Time {
	if len(r.delayed) == 0 {
		return time.Time{}
	}
	return r.delayed[0].due
}
