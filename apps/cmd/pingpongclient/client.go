package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// session is what the client needs of an [asap.Session].
type session interface {
	Send(context.Context, asap.Data) error
	Receive(context.Context) (asap.Item, error)
}

// client sends pings and checks the pongs.
type client struct {
	session session
	out     io.Writer
	watch   node.Watch // tells the user what the session waits for
	element wire.PEID  // that serves the session, as of what has been received
	pings   uint64     // sent
	pongs   uint64     // received
	lastNo  uint64     // reply number of the last pong
}

func newClient(s session, element wire.PEID, out io.Writer) *client {
	return &client{session: s, element: element, out: out}
}

// run sends a ping in each interval until the context ends, or until there were
// count pongs, if that is not 0.
func (c *client) run(ctx context.Context, interval time.Duration, count uint64) error {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	defer c.watch.Stop()
	err := c.exchange(ctx, giveUp, interval, count)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

func (c *client) exchange(ctx context.Context, giveUp context.CancelCauseFunc, interval time.Duration, count uint64) error {
	items := make(chan asap.Item)
	failed := make(chan error, 1)
	go func() { failed <- c.receive(ctx, items) }()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	if err := c.ping(ctx); err != nil {
		return err
	}
	for {
		select {
		case <-ticker.C:
			if err := c.ping(ctx); err != nil {
				return err
			}
		case item := <-items:
			if err := c.take(item); err != nil {
				return err
			}
			switch item.(type) {
			case asap.FailoverNecessary:
				c.watch.Start(ctx, giveUp)
			case asap.FailoverComplete:
				c.watch.Stop()
			}
			if count != 0 && c.pongs >= count {
				return nil
			}
		case err := <-failed:
			return err
		}
	}
}

// receive passes on what the session brings.
func (c *client) receive(ctx context.Context, items chan<- asap.Item) error {
	for {
		item, err := c.session.Receive(ctx)
		if err != nil {
			return err
		}
		select {
		case items <- item:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// ping sends the next ping. While there is no element, none is sent.
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
	err = c.session.Send(ctx, asap.Data{PPID: pingpong.PPID, Data: data})
	if errors.Is(err, asap.ErrBroken) {
		return nil
	}
	if err == nil {
		c.pings = next
	}
	return err
}

func (c *client) take(item asap.Item) error {
	switch item := item.(type) {
	case asap.Data:
		m, err := pingpong.Parse(item.Data)
		if err != nil {
			return err
		}
		if pong, ok := m.(*pingpong.Pong); ok {
			c.pong(pong)
		}
	case asap.FailoverNecessary:
		c.printf("element %v is gone, seeking another one", item.Element)
	case asap.FailoverComplete:
		c.element = item.Element
		c.printf("going on at element %v", item.Element)
	}
	return nil
}

// pong prints a pong, and the gap before it if there is one.
func (c *client) pong(m *pingpong.Pong) {
	c.pongs++
	c.printf("pong %d from element %v, reply number %d", m.MessageNo, c.element, m.ReplyNo)
	if gap := int64(m.ReplyNo - c.lastNo); gap != 1 {
		c.printf("gap: reply number %d after %d", m.ReplyNo, c.lastNo)
	}
	c.lastNo = m.ReplyNo
}

// printf prints a line with the time before it.
func (c *client) printf(format string, args ...any) {
	fmt.Fprintf(c.out, "%s: %s\n", time.Now().Format("02-Jan-2006 15:04:05.0000"), fmt.Sprintf(format, args...))
}
