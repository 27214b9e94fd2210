package service

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/apps/scripting"
)

// talk is the exchange of messages with the user of a package. It answers keep-alives at any time.
type talk struct {
	session  *Session
	timeout  time.Duration // for a message to be sent
	received chan received
	reading  sync.WaitGroup
}

type received struct {
	message scripting.Message
	err     error
}

func newTalk(s *Session, timeout time.Duration) *talk {
	return &talk{session: s, timeout: timeout, received: make(chan received)}
}

// listen receives messages until the context ends, or until an error, which comes last.
func (t *talk) listen(ctx context.Context) {
	t.reading.Go(func() {
		for {
			r := t.receive(ctx)
			select {
			case t.received <- r:
			case <-ctx.Done():
				return
			}
			if r.err != nil {
				return
			}
		}
	})
}

func (t *talk) receive(ctx context.Context) (r received) {
	m, err := t.session.Receive(ctx)
	if err != nil {
		return received{err: err}
	}
	r.message, r.err = scripting.Parse(m.Data)
	return r
}

// wait waits for the end of listen.
func (t *talk) wait() { t.reading.Wait() }

func (t *talk) send(ctx context.Context, m scripting.Message) error {
	return sendScripting(ctx, t.session, t.timeout, m)
}

// next returns the next message that is not part of a keep-alive.
func (t *talk) next(ctx context.Context, timeout <-chan time.Time) (scripting.Message, error) {
	for {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-timeout:
			return nil, errSlowUser
		case r := <-t.received:
			if r.err != nil {
				return nil, r.err
			}
			if isKeepAlive, _, err := t.keepAlive(ctx, r.message); err != nil || !isKeepAlive {
				return r.message, err
			}
		}
	}
}

// keepAlive answers a keep-alive. Acknowledgements have either size of RSPLIB.
func (t *talk) keepAlive(ctx context.Context, m scripting.Message) (isKeepAlive, isAck bool, err error) {
	switch m.(type) {
	case *scripting.KeepAlive:
		return true, false, t.send(ctx, &scripting.KeepAliveAck{HasStatus: true})
	case *scripting.KeepAliveAck:
		return true, true, nil
	}
	return false, false, nil
}

// errSilentUser is the error of a user that does not acknowledge a keep-alive.
var errSilentUser = errors.New("keep-alive not acknowledged")

// during does a task, and answers keep-alives meanwhile. It sends keep-alives, too, unless the
// interval is 0. A user that leaves or breaks the protocol ends the context of the task.
func (t *talk) during(ctx context.Context, interval, timeout time.Duration, task func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan error, 1)
	go func() { done <- task(ctx) }()
	timer := time.NewTimer(interval)
	defer timer.Stop()
	if interval == 0 {
		timer.Stop()
	}
	asked := false
	for {
		select {
		case err := <-done:
			return err
		case <-timer.C:
			if asked {
				cancel(errSilentUser)
				return errors.Join(errSilentUser, ignoreCancel(<-done))
			}
			asked = true
			timer.Reset(timeout)
			if err := t.send(ctx, &scripting.KeepAlive{}); err != nil {
				cancel(err)
				return errors.Join(err, ignoreCancel(<-done))
			}
		case r := <-t.received:
			err := r.err
			if err == nil {
				var isKeepAlive, isAck bool
				isKeepAlive, isAck, err = t.keepAlive(ctx, r.message)
				if isAck && interval > 0 {
					asked = false
					timer.Reset(interval)
				}
				if err == nil && !isKeepAlive {
					err = fmt.Errorf("%v from a pool user at this time", r.message.Type())
				}
			}
			if err != nil {
				cancel(err)
				<-done // The task has ended for the same reason.
				return err
			}
		}
	}
}

// ignoreCancel drops the error of a task that was told to end.
func ignoreCancel(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, errSilentUser) || errors.Is(err, errSlowUser) {
		return nil
	}
	return err
}
