package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/internal/picture"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// session is an [asap.Session] whose failover is manual. So all points of an element are taken
// before the session goes on at another.
type session interface {
	Element() wire.PEID
	Send(ctx context.Context, m asap.Message) error
	Receive(ctx context.Context) (asap.Message, error)
	Failover(ctx context.Context) error
	Shutdown(ctx context.Context) error
}

// timeouts limit the time with an element.
type timeouts struct {
	send    time.Duration // for an order to be taken
	receive time.Duration // between messages with points
}

// Pauses before a failover, if the element has brought no new points. So a pool without a working
// element is not searched without a rest.
const (
	firstPause   = 100 * time.Millisecond // after two failovers without points between them
	longestPause = 5 * time.Second
)

// A client has a tile of a picture drawn by the elements of a pool, one after the other.
type client struct {
	session  session
	picture  *picture.Picture
	tile     int
	timeouts timeouts

	waste    waste
	deadline time.Time
	pause    time.Duration // before the next failover
	ordered  bool          // the element got the order a second time, for points that it left out
}

// Reasons for leaving an element.
var (
	errSendTimeout    = errors.New("it does not take the order")
	errReceiveTimeout = errors.New("it sends no points")
	errGarbage        = errors.New("it sends messages that are not about its tile")
	errRepeats        = errors.New("it repeats points")
	errLeftOut        = errors.New("it leaves points out")
)

// run returns when all points of the tile have arrived, or when the context ends.
func (c *client) run(ctx context.Context) error {
	c.picture.Serve(c.tile, c.session.Element(), false, false)
	reason := c.order(ctx)
	for {
		done := false
		if reason == nil {
			done, reason = c.step(ctx)
		}
		if done {
			c.picture.Complete(c.tile)
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if errors.Is(reason, asap.ErrClosed) {
			return reason
		}
		if reason != nil {
			if err := c.failOver(ctx, reason); err != nil {
				return err
			}
			reason = nil
		}
	}
}

// order sends the order of the tile to the element. It returns a reason for leaving the element.
func (c *client) order(ctx context.Context) error {
	order := c.picture.TileOrder(c.tile)
	data, err := order.AppendBinary(nil)
	if err != nil {
		return err
	}
	c.begin()
	sending, cancel := context.WithTimeoutCause(ctx, c.timeouts.send, errSendTimeout)
	defer cancel()
	err = c.session.Send(sending, asap.Message{PPID: fractal.PPID, Data: data})
	if moved, isMove := errors.AsType[*asap.FailoverError](err); isMove && moved.To != 0 {
		return c.goOn(ctx, moved)
	}
	switch {
	case errors.Is(err, asap.ErrBroken):
		return nil // The next Receive tells the end of the element.
	case err != nil && sending.Err() != nil && ctx.Err() == nil:
		return errSendTimeout
	}
	return err
}

// begin gives the element its time and its allowance.
func (c *client) begin() {
	c.deadline = time.Now().Add(c.timeouts.receive)
	order := c.picture.TileOrder(c.tile)
	c.waste = waste{repeats: int(order.Width) * int(order.Height)}
}

// step takes a message, or the news of a failover. It returns a reason for leaving the element.
func (c *client) step(ctx context.Context) (done bool, reason error) {
	receiving, cancel := context.WithDeadlineCause(ctx, c.deadline, errReceiveTimeout)
	defer cancel()
	m, err := c.session.Receive(receiving)
	moved, isMove := errors.AsType[*asap.FailoverError](err)
	switch {
	case err == nil:
		return c.take(ctx, m)
	case isMove && moved.To == 0:
		return false, errLost
	case isMove:
		return false, c.goOn(ctx, moved)
	}
	return false, err
}

var errLost = errors.New("it is gone")

// take takes a message of the element.
func (c *client) take(ctx context.Context, m asap.Message) (done bool, reason error) {
	data := points(m)
	if data == nil {
		return false, c.waste.garbage()
	}
	if data.Final() {
		return c.finish(ctx)
	}
	inside, fresh := c.picture.Add(c.tile, data)
	switch {
	case inside == 0:
		return false, c.waste.garbage()
	case fresh > 0:
		c.pause, c.waste.messages = 0, 0
	}
	c.deadline = time.Now().Add(c.timeouts.receive)
	return false, c.waste.repeat(inside - fresh)
}

// points returns the points of a message, nil if it has another content.
func points(m asap.Message) *fractal.Data {
	message, err := fractal.Parse(m.Data)
	if err != nil {
		return nil
	}
	data, _ := message.(*fractal.Data)
	return data
}

// finish is for the finalizer. Points may be missing, since the state of a predecessor may be ahead of
// the points that it has sent, as in RSPLIB. Then the element gets the whole order, once.
func (c *client) finish(ctx context.Context) (done bool, reason error) {
	switch {
	case c.picture.Missing(c.tile) == 0:
		return true, nil
	case c.ordered:
		return false, errLeftOut
	}
	c.ordered = true
	return false, c.order(ctx)
}

// failOver leaves the element, and waits for another.
func (c *client) failOver(ctx context.Context, reason error) error {
	c.picture.Leave(c.tile, reason)
	select {
	case <-time.After(c.pause):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	c.pause = min(max(2*c.pause, firstPause), longestPause)
	if err := c.session.Failover(ctx); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("failover: %w", err)
	}
	c.begin()
	return nil
}

// goOn notes that another element serves the session. Without a state, it needs the order.
func (c *client) goOn(ctx context.Context, moved *asap.FailoverError) error {
	c.picture.Serve(c.tile, moved.To, true, moved.StateRestored)
	c.ordered = false
	if !moved.StateRestored {
		return c.order(ctx)
	}
	c.begin()
	return nil
}

// waste bounds the messages of an element that bring nothing.
type waste struct {
	messages int // without points in the tile, since the last new points
	repeats  int // points that may still be repeated
}

// maxGarbage is the number of messages without points in the tile, after which the session leaves
// the element. Elements of RSPLIB send messages without points.
const maxGarbage = 100

// garbage counts a message without points in the tile.
func (w *waste) garbage() error {
	if w.messages++; w.messages > maxGarbage {
		return errGarbage
	}
	return nil
}

// repeat counts points that were there before. An element that begins again repeats all of them.
func (w *waste) repeat(n int) error {
	if w.repeats -= n; w.repeats < 0 {
		return errRepeats
	}
	return nil
}
