package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

// session is an [asap.Session] whose failover is manual. So the client has read all pongs of an
// element before the session goes on at another.
type session interface {
	Pool() string
	Element() wire.PEID
	Send(ctx context.Context, m asap.Message) error
	Messages(ctx context.Context) iter.Seq2[asap.Message, error]
	Failover(ctx context.Context) error
}

// A client sends pings and checks the pongs. A pinger sends, while a receiver reads.
type client struct {
	session session
	out     io.Writer
	pings   uint64 // sent; the pinger's own until its end

	mu        sync.Mutex // guards the fields below
	element   wire.PEID  // serves the session
	failovers int

	// The receiver's own.
	pongs  uint64 // received
	lastNo uint64 // reply number of the last pong
	gaps   int
}

func newClient(s session, out io.Writer) *client {
	return &client{session: s, element: s.Element(), out: out}
}

// run sends a ping in each interval until the context ends, or until there were count pongs. A
// count of 0 means no limit.
func (c *client) run(ctx context.Context, interval time.Duration, count uint64) error {
	ctx, end := context.WithCancelCause(ctx)
	var pinger sync.WaitGroup
	pinger.Go(func() {
		if err := c.sendPings(ctx, interval); err != nil {
			end(err)
		}
	})
	err := c.receive(ctx, count)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	end(nil)
	pinger.Wait()
	return err
}

// sendPings sends pings until the context ends.
func (c *client) sendPings(ctx context.Context, interval time.Duration) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if err := c.ping(ctx); err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// ping sends the next ping, if there is an element.
func (c *client) ping(ctx context.Context) error {
	next := c.pings + 1
	ping := pingpong.Ping{
		MessageNo: next,
		Data:      fmt.Appendf(nil, "ping %d at %d us", next, time.Now().UnixMicro()),
	}
	data, err := ping.AppendBinary(nil)
	if err != nil {
		return err
	}
	err = c.session.Send(ctx, asap.Message{PPID: pingpong.PPID, Data: data})
	moved, isMove := errors.AsType[*asap.FailoverError](err)
	switch {
	case err == nil:
		c.pings = next
	case isMove:
		c.goOn(moved)
	case !errors.Is(err, asap.ErrBroken):
		return err
	}
	return nil // A ping that was not sent is sent after the next interval.
}

// receive reads pongs, until there were count.
func (c *client) receive(ctx context.Context, count uint64) error {
	for m, err := range c.session.Messages(ctx) {
		moved, isMove := errors.AsType[*asap.FailoverError](err)
		switch {
		case err == nil:
			err = c.take(m)
		case isMove && moved.To == 0:
			err = c.session.Failover(ctx)
		case isMove:
			c.goOn(moved)
			err = nil
		}
		if err != nil || count != 0 && c.pongs >= count {
			return err
		}
	}
	return nil
}

// take prints a pong, and the gap before it if there is a gap. Other messages are ignored.
func (c *client) take(m asap.Message) error {
	message, err := pingpong.Parse(m.Data)
	if err != nil {
		return err
	}
	pong, ok := message.(*pingpong.Pong)
	if !ok {
		return nil
	}
	c.mu.Lock()
	element := c.element
	c.mu.Unlock()
	c.pongs++
	c.printf("pong %d from element %v, reply number %d", pong.MessageNo, element, pong.ReplyNo)
	if pong.ReplyNo-c.lastNo != 1 {
		c.gaps++
		c.printf("gap: reply number %d after %d", pong.ReplyNo, c.lastNo)
	}
	c.lastNo = pong.ReplyNo
	return nil
}

// goOn notes that another element serves the session.
func (c *client) goOn(f *asap.FailoverError) {
	c.mu.Lock()
	c.failovers++
	c.element = f.To
	number := c.failovers
	c.mu.Unlock()
	fate, state := "is gone", "without state"
	if f.Orderly {
		fate = "has ended the session"
	}
	if f.StateRestored {
		state = "with the state of the session"
	}
	c.printf("failover %d: element %v %s, going on at element %v %s", number, f.From, fate, f.To, state)
}

// summary returns the numbers of a session that has ended.
func (c *client) summary() string {
	lost := c.pings - min(c.pongs, c.pings)
	return fmt.Sprintf("%s, %s, %d lost, %s, %s",
		cli.Count(c.pings, "ping"), cli.Count(c.pongs, "pong"), lost, cli.Count(c.failovers, "failover"), cli.Count(c.gaps, "gap"))
}

// checkGaps returns an error if there were gaps.
func (c *client) checkGaps() error {
	if c.gaps > 0 {
		return fmt.Errorf("pool %s: %s in the reply numbers", c.session.Pool(), cli.Count(c.gaps, "gap"))
	}
	return nil
}

// printf prints a line, after the time.
func (c *client) printf(format string, args ...any) {
	fmt.Fprintf(c.out, "%s %s\n", time.Now().Format(cli.TimeFormat), fmt.Sprintf(format, args...))
}
