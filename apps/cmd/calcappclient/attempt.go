package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/internal/calc"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport/step"
)

// attempt has a job done in a session. A loop owns the machine of the job; a receiver, a sender and the
// calls of Failover have goroutines of their own, because all of them may have to wait.
type attempt struct {
	client  *client
	session session
	job     *job
	user    *calc.User

	events   chan step.Event
	messages chan calcapp.Message // to be sent
	wg       sync.WaitGroup
}

// maxMessages bounds the messages that wait to be sent. Further messages are left out: the element
// does not read, and is left soon.
const maxMessages = 16

func newAttempt(c *client, s session, j *job) *attempt {
	return &attempt{
		client: c, session: s, job: j, user: calc.NewUser(c.config.user, j.id, j.size),
		events: make(chan step.Event), messages: make(chan calcapp.Message, maxMessages),
	}
}

// ended is the end of a session.
type ended struct{ err error }

// IsEvent marks an event.
func (ended) IsEvent() {}

// run works until the job is over, or the context ends.
func (a *attempt) run(ctx context.Context) (broke string, done bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer a.wg.Wait()
	defer cancel()
	a.wg.Go(func() { a.receive(ctx) })
	a.wg.Go(func() { a.send(ctx) })
	ev := step.Event(calc.Connected{})
	for {
		now := time.Now()
		if end, isEnd := ev.(ended); isEnd {
			return end.err.Error(), false
		}
		for _, action := range a.user.Step(now, ev) {
			switch action := action.(type) {
			case calc.Finished:
				return "", true
			case calc.Broke:
				return action.Reason, false
			default:
				a.act(ctx, now, action)
			}
		}
		if ev = a.next(ctx); ev == nil {
			return "", false
		}
	}
}

// next waits for the next event. It returns nil after the end of the context.
func (a *attempt) next(ctx context.Context) step.Event {
	var due <-chan time.Time
	if at := a.user.Deadline(); !at.IsZero() {
		due = time.After(time.Until(at))
	}
	select {
	case ev := <-a.events:
		return ev
	case <-due:
		return step.Tick{}
	case <-ctx.Done():
		return nil
	}
}

// act carries out an action.
func (a *attempt) act(ctx context.Context, now time.Time, action step.Action) {
	c := a.client
	switch action := action.(type) {
	case calc.Send:
		select {
		case a.messages <- action.Message:
			c.numbers.send(action.Message.Type)
		default:
		}
		if action.Message.Type == calcapp.TypeRequest {
			c.out.request(a.job, a.session.Element())
		}
	case calc.Began:
		if a.job.accepted.IsZero() { // Later elements go on with the job.
			a.job.accepted = now
		}
		c.numbers.accept()
		c.out.accept(a.job, a.session.Element())
	case calc.Refused:
		c.numbers.reject()
		c.out.reject(a.job, a.session.Element())
	case calc.Leave:
		move := a.session.Failover
		if action.Works {
			move = a.session.MoveOn
		}
		a.wg.Go(func() { _ = move(ctx) }) // The session or the context has ended, if it fails.
	}
}

// tell passes an event to the loop.
func (a *attempt) tell(ctx context.Context, ev step.Event) {
	select {
	case a.events <- ev:
	case <-ctx.Done():
	}
}

// moved tells the loop that the session has lost its element, or has another. It returns false for
// other errors.
func (a *attempt) moved(ctx context.Context, err error) bool {
	f, isMove := errors.AsType[*asap.FailoverError](err)
	switch {
	case !isMove:
		return false
	case f.To == 0:
		a.tell(ctx, calc.Lost{})
	default:
		a.client.numbers.failover()
		a.client.out.failover(a.job, f)
		a.tell(ctx, calc.Connected{Restored: f.StateRestored})
	}
	return true
}

// receive reads the messages of the element.
func (a *attempt) receive(ctx context.Context) {
	for m, err := range a.session.Messages(ctx) {
		if a.moved(ctx, err) {
			continue
		}
		var message calcapp.Message
		if err == nil {
			message, err = calcapp.Parse(m.Data)
		}
		if err != nil {
			a.tell(ctx, ended{err})
			return
		}
		a.tell(ctx, calc.Received{Message: message})
	}
}

// send sends messages.
func (a *attempt) send(ctx context.Context) {
	for {
		select {
		case m := <-a.messages:
			data, err := m.AppendBinary(nil)
			if err == nil {
				err = a.session.Send(ctx, asap.Message{PPID: calcapp.PPID, Data: data})
			}
			if err != nil && !a.moved(ctx, err) && !errors.Is(err, asap.ErrBroken) {
				a.tell(ctx, ended{err})
				return
			}
		case <-ctx.Done():
			return
		}
	}
}
