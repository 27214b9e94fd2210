package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/internal/calc"
	"github.com/rserpool-go/rserpool/apps/internal/results"
	"github.com/rserpool-go/rserpool/asap"
)

// CalcAppConfig configures the service CalcApp.
type CalcAppConfig struct {
	Element calc.ElementConfig
	// CleanShutdown is the probability, from 0 to 1, that the users get the states of their jobs at the
	// end of the server.
	CleanShutdown float64
	// Files get a row for each job that is complete, and the numbers of the server at its end. CalcApp
	// sets the header.
	Files *results.Files
}

// CalcAppHeader names the columns of the table of jobs.
const CalcAppHeader = "ObjectName PID PoolElementIdentifier CurrentTimeStamp Runtime   AvailableCalculations UsedCalculations Utilization   CurrentJobs MaxJobs"

// CalcApp returns the service that works on jobs. It opens the files.
func CalcApp(config CalcAppConfig) (*Service, error) {
	config.Files.Header = CalcAppHeader
	if err := config.Files.Open(); err != nil {
		return nil, err
	}
	c := &calcServer{
		config: config, element: calc.NewElement(time.Now(), config.Element), sessions: make(map[calc.SessionID]*calcSession),
		calls: make(chan func(now time.Time)), end: make(chan struct{}), done: make(chan struct{}),
	}
	c.stop = sync.OnceFunc(func() {
		clean := rand.Float64() < config.CleanShutdown
		c.call(func(now time.Time) { c.step(now, calc.Stop{Clean: clean}) })
	})
	go c.run()
	return &Service{Title: "CalcApp", Pool: calcapp.PoolHandle, Serve: c.serve, Close: c.close}, nil
}

// calcServer has the element that all sessions share.
type calcServer struct {
	config    CalcAppConfig
	calls     chan func(now time.Time)
	stop      func() // ends all jobs, once
	end, done chan struct{}

	// The loop's own.
	element  *calc.Element
	sessions map[calc.SessionID]*calcSession
}

// calcSession is a session of the service.
type calcSession struct {
	*Session
	out *outbox[calcItem]
}

// calcItem is a message, or a state for the user.
type calcItem struct {
	message calcapp.Message
	state   *calcapp.Cookie
}

// run is the loop, which owns the element.
func (c *calcServer) run() {
	defer close(c.done)
	for {
		var due <-chan time.Time
		if at := c.element.Deadline(); !at.IsZero() {
			due = time.After(time.Until(at))
		}
		select {
		case f := <-c.calls:
			f(time.Now())
		case now := <-due:
			c.step(now, nil)
		case <-c.end:
			return
		}
	}
}

// call has the loop call a function, and waits for its end. After the end of the loop it does nothing.
func (c *calcServer) call(f func(now time.Time)) {
	done := make(chan struct{})
	select {
	case c.calls <- func(now time.Time) { f(now); close(done) }:
		<-done
	case <-c.done:
	}
}

// close writes the numbers of the server, and ends the loop.
func (c *calcServer) close() error {
	close(c.end)
	<-c.done
	u := c.element.Usage(time.Now())
	return c.config.Files.Close([]results.Scalar{
		{Name: "CalcAppPE Service Uptime", Value: results.Seconds(u.Uptime)},
		{Name: "CalcAppPE Service Capacity", Value: fmt.Sprintf("%.0f", c.config.Element.Capacity)},
		{Name: "CalcAppPE Service Max Jobs", Value: fmt.Sprint(c.config.Element.MaxJobs)},
		{Name: "CalcAppPE Total Used Capacity", Value: fmt.Sprintf("%.0f", u.Used)},
		{Name: "CalcAppPE Total Wasted Capacity", Value: fmt.Sprintf("%.0f", u.Wasted())},
		{Name: "CalcAppPE Total Jobs Accepted", Value: fmt.Sprint(u.Accepted)},
		{Name: "CalcAppPE Total Jobs Rejected", Value: fmt.Sprint(u.Rejected)},
		{Name: "CalcAppPE Utilization", Value: fmt.Sprintf("%.6f", u.Utilization())},
	})
}

// lastStates is the time for the states of jobs to be sent at the end of the server.
const lastStates = time.Second

// serve serves a session.
func (c *calcServer) serve(ctx context.Context, s *Session) error {
	id, session := calc.SessionID(s.number), &calcSession{s, newOutbox[calcItem]()}
	c.call(func(time.Time) { c.sessions[id] = session })
	defer c.call(func(now time.Time) {
		c.step(now, calc.Ended{Session: id})
		delete(c.sessions, id)
	})
	receiving, fail := context.WithCancelCause(ctx)
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var sender sync.WaitGroup
	sender.Go(func() {
		if err := session.out.send(sending, session.send); err != nil {
			fail(err)
		}
	})
	err := c.receive(receiving, id, session)
	fail(nil)
	if ctx.Err() != nil { // The last states are still to be sent.
		c.stop()
		defer time.AfterFunc(lastStates, cut).Stop()
	} else {
		cut()
	}
	session.out.close()
	sender.Wait()
	return err
}

// receive reads the messages of a user.
func (c *calcServer) receive(ctx context.Context, id calc.SessionID, s *calcSession) error {
	state, resumed, err := s.AwaitState(ctx)
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	case resumed:
		cookie, err := calcapp.ParseCookie(state)
		if err != nil {
			return err
		}
		c.call(func(now time.Time) { c.step(now, calc.Resumed{Session: id, Cookie: cookie}) })
	}
	for m, err := range s.Messages(ctx) {
		if err != nil {
			return err
		}
		message, err := calcapp.Parse(m.Data)
		if err != nil {
			return err
		}
		switch message.Type {
		case calcapp.TypeRequest, calcapp.TypeKeepAlive, calcapp.TypeKeepAliveAck:
		default:
			return fmt.Errorf("%v from a pool user", message.Type)
		}
		s.out.awaitRoom(ctx)
		c.call(func(now time.Time) { c.step(now, calc.Received{Session: id, Message: message}) })
	}
	return nil
}

// send sends a message, or the state of a job.
func (s *calcSession) send(ctx context.Context, i calcItem) error {
	if i.state != nil {
		octets, err := i.state.AppendBinary(nil)
		if err != nil {
			return err
		}
		return s.SetState(ctx, octets)
	}
	octets, err := i.message.AppendBinary(nil)
	if err != nil {
		return err
	}
	return s.Session.Send(ctx, asap.Message{PPID: calcapp.PPID, Data: octets})
}
