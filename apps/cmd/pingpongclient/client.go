package main

import (
	"context"
	"errors"
	"fmt"
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
	out     *output
	tally   *tally

	mu      sync.Mutex // guards the field below
	element wire.PEID  // serves the session
}

func newClient(s session, out *output, late time.Duration) *client {
	return &client{session: s, element: s.Element(), out: out, tally: newTally(late)}
}

// progressInterval is the time between two looks at the numbers so far.
const progressInterval = 100 * time.Millisecond

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
	pinger.Go(func() {
		c.out.live.Follow(ctx, progressInterval, func() string { return progress(c.server(), c.tally.summary(time.Now())) })
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

// server returns the element that serves the session.
func (c *client) server() wire.PEID {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.element
}

// ping sends the next ping, if there is an element.
func (c *client) ping(ctx context.Context) error {
	now, next := time.Now(), c.tally.next()
	ping := pingpong.Ping{
		MessageNo: next,
		Data:      fmt.Appendf(nil, "ping %d at %d us", next, now.UnixMicro()),
	}
	data, err := ping.AppendBinary(nil)
	if err != nil {
		return err
	}
	c.tally.ping(now)
	err = c.session.Send(ctx, asap.Message{PPID: pingpong.PPID, Data: data})
	if err == nil {
		return nil
	}
	c.tally.unping() // It is sent after the next interval.
	if moved, isMove := errors.AsType[*asap.FailoverError](err); isMove {
		c.goOn(moved)
	} else if !errors.Is(err, asap.ErrBroken) {
		return err
	}
	return nil
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
		if err != nil || count != 0 && c.tally.pongs() >= count {
			return err
		}
	}
	return nil
}

// take counts and prints a pong. Other messages are ignored.
func (c *client) take(m asap.Message) error {
	message, err := pingpong.Parse(m.Data)
	if err != nil {
		return err
	}
	pong, ok := message.(*pingpong.Pong)
	if !ok {
		return nil
	}
	now := time.Now()
	news := c.tally.pong(now, pong.MessageNo, pong.ReplyNo)
	c.out.pong(now, c.server(), pong.MessageNo, pong.ReplyNo, news)
	return nil
}

// goOn notes that another element serves the session.
func (c *client) goOn(f *asap.FailoverError) {
	now := time.Now()
	number := c.tally.failover(now)
	c.mu.Lock()
	c.element = f.To
	c.mu.Unlock()
	c.out.failover(now, number, f)
}

// checkGaps returns an error if there were gaps.
func (c *client) checkGaps(s Summary) error {
	if s.Gaps > 0 {
		return fmt.Errorf("pool %s: %s in the reply numbers", c.session.Pool(), cli.Count(s.Gaps, "gap"))
	}
	return nil
}
