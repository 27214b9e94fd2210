package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/apps/scripting"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// An attempt is a session in which a package is run. Its phases follow one another in run. Another
// goroutine receives messages, and a third uploads files.
type attempt struct {
	client *client
	work   *workPackage
	// last: the result is wanted even if the package fails.
	last bool

	session  session
	element  wire.PEID
	info     string // of the element, printable
	received chan received

	hasStatus bool
	status    uint32 // exit status of the package
	size      int64  // of its result
}

type received struct {
	message scripting.Message
	err     error
}

// errLocal is the error of a file of this host. Another element would not help.
var errLocal = errors.New("this host")

func localError(err error) error { return fmt.Errorf("%w: %w", errLocal, err) }

// errSlow is the error of an element that takes too long.
var errSlow = errors.New("the server does not answer in time")

// leaveTimeout is the time for the end of a session in order.
const leaveTimeout = time.Second

// try opens a session, and has the package run in it. If the package has ended with success, or if it
// has failed for the last time, its result is in its place.
func (a *attempt) try(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	var others sync.WaitGroup
	defer others.Wait()
	defer cancel()
	up := a.client.waiters.begin(ctx)
	a.session, err = a.client.dial(ctx)
	up()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = a.session.Close()
			return
		}
		leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
		defer cancel()
		_ = a.session.Shutdown(leaving) // Nothing is left to be said.
	}()
	a.element = a.session.Element()
	a.received = make(chan received)
	others.Go(func() { a.receive(ctx) })
	if err := a.begin(ctx); err != nil {
		return err
	}
	if err := a.upload(ctx); err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	if err := a.process(ctx); err != nil {
		return err
	}
	if a.status != 0 && !a.last {
		return fmt.Errorf("exit status %d", a.status)
	}
	if err := a.download(ctx); err != nil {
		return fmt.Errorf("download: %w", err)
	}
	return nil
}

// receive receives messages until the context ends, or until an error, which comes last.
func (a *attempt) receive(ctx context.Context) {
	for {
		var r received
		m, err := a.session.Receive(ctx)
		if r.err = err; err == nil {
			if r.message, err = scripting.Parse(m.Data); err != nil {
				r.err = fmt.Errorf("malformed message: %w", err)
			}
		}
		select {
		case a.received <- r:
		case <-ctx.Done():
			return
		}
		if r.err != nil {
			return
		}
	}
}

// next returns the next message other than a keep-alive and its acknowledgement, which are answered and
// dropped at any time. A timer that fires is the end. When the upload has been sent, next returns
// nothing.
func (a *attempt) next(ctx context.Context, timer <-chan time.Time, sent <-chan error) (scripting.Message, error) {
	for {
		select {
		case r := <-a.received:
			if r.err != nil {
				return nil, inWords(r.err)
			}
			switch r.message.(type) {
			case *scripting.KeepAlive:
				if err := a.send(ctx, &scripting.KeepAliveAck{}); err != nil {
					return nil, err
				}
				continue
			case *scripting.KeepAliveAck:
				continue
			}
			return r.message, nil
		case err := <-sent:
			return nil, err
		case <-timer:
			return nil, errSlow
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// inWords returns the error of a session for a reader.
func inWords(err error) error {
	if f, ok := errors.AsType[*asap.FailoverError](err); ok {
		if f.Orderly {
			return errors.New("the server has ended the session")
		}
		return errors.New("the server is gone")
	}
	return err
}

// send sends a message within the time limit.
func (a *attempt) send(ctx context.Context, m scripting.Message) error {
	data, err := m.AppendBinary(nil)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, a.client.config.transmit, errSlow)
	defer cancel()
	if err := a.session.Send(ctx, asap.Message{PPID: scripting.PPID, Data: data}); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return inWords(err)
	}
	return nil
}

// begin waits for the element to be ready.
func (a *attempt) begin(ctx context.Context) error {
	m, err := a.next(ctx, time.After(a.client.config.transmit), nil)
	if err != nil {
		return err
	}
	switch m := m.(type) {
	case *scripting.Ready:
		a.info = printable(m.Info)
		a.client.out.ready(a)
		return nil
	case *scripting.NotReady:
		a.info = printable(m.Info)
		return fmt.Errorf("the server is not ready: %v", m.Reason)
	}
	return unexpected(m)
}

func unexpected(m scripting.Message) error { return fmt.Errorf("unexpected %v", m.Type()) }

// printable replaces everything in a text of an element that could control a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r > '~' {
			return '.'
		}
		return r
	}, s)
}

// process waits for the exit status of the package, and looks after the element by keep-alives.
func (a *attempt) process(ctx context.Context) error {
	a.client.out.phase(a, "running")
	timer := time.NewTimer(a.client.config.keepAlive)
	defer timer.Stop()
	asked := false
	for {
		select {
		case r := <-a.received:
			if r.err != nil {
				return inWords(r.err)
			}
			switch m := r.message.(type) {
			case *scripting.KeepAlive:
				if err := a.send(ctx, &scripting.KeepAliveAck{}); err != nil {
					return err
				}
			case *scripting.KeepAliveAck:
				asked = false
				timer.Reset(a.client.config.keepAlive)
			case *scripting.Status:
				a.hasStatus, a.status = true, m.Status
				return nil
			default:
				return unexpected(m)
			}
		case <-timer.C:
			if asked {
				return errSlow
			}
			asked = true
			if err := a.send(ctx, &scripting.KeepAlive{}); err != nil {
				return err
			}
			timer.Reset(a.client.config.timeout)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
