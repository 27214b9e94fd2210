package bench

import (
	"context"
	"encoding"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// client is an association with the registrar: a pool user, and the pool elements
// that were registered over it.
type client struct {
	endpoint transport.Endpoint
	assoc    transport.Association
	window   chan struct{} // a token for each request that is not answered

	buf []byte // of the goroutine that sends requests

	ended chan struct{} // closed when no answers are taken any more
	err   error         // why; to be read then

	mu    sync.Mutex                                // guards what follows
	asked int64                                     // requests since counting began
	due   []time.Time                               // when the requests that are not answered were due, in order
	done  func(latency time.Duration, refused bool) // called for each answer
}

func dial(ctx context.Context, config *Config, index int) (*client, error) {
	endpoint, err := config.Network.Listen(ctx, transport.ListenConfig{Addrs: config.source(index)})
	if err != nil {
		return nil, err
	}
	assoc, err := endpoint.Dial(ctx, config.Registrar)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("bench: registrar %v: %w", config.Registrar, err), endpoint.Close())
	}
	return &client{endpoint: endpoint, assoc: assoc, window: make(chan struct{}, config.Window), ended: make(chan struct{})}, nil
}

// request sends a request that was due at a time, when the window has room.
func (c *client) request(ctx context.Context, due time.Time, m encoding.BinaryAppender) error {
	select {
	case c.window <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.ended:
		return c.err
	}
	c.mu.Lock()
	if due.IsZero() {
		due = time.Now()
	}
	c.asked++
	c.due = append(c.due, due)
	c.mu.Unlock()
	var err error
	if c.buf, err = m.AppendBinary(c.buf[:0]); err != nil {
		return err
	}
	return c.assoc.Send(ctx, transport.Message{PPID: wire.PPIDASAP, Data: c.buf})
}

// idle waits until all requests are answered.
func (c *client) idle(ctx context.Context) error {
	for range cap(c.window) {
		select {
		case c.window <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.ended:
			return c.err
		}
	}
	for range cap(c.window) {
		<-c.window
	}
	return nil
}

// receive takes answers until the context ends or one cannot be taken, of which those
// hear who wait for an answer.
func (c *client) receive(ctx context.Context) {
	c.err = c.answers(ctx)
	close(c.ended)
}

// answers takes answers, and keeps the elements alive.
func (c *client) answers(ctx context.Context) error {
	for {
		raw, err := c.assoc.Receive(ctx)
		if err != nil {
			return err
		}
		m, err := asapmsg.Parse(raw.Data)
		if err != nil {
			return fmt.Errorf("bench: answer of the registrar: %w", err)
		}
		switch m := m.(type) {
		case *asapmsg.HandleResolutionResponse:
			c.answered(len(m.Causes) > 0)
		case *asapmsg.RegistrationResponse:
			c.answered(m.Reject)
		case *asapmsg.DeregistrationResponse:
			c.answered(len(m.Causes) > 0)
		case *asapmsg.Error:
			c.answered(true)
		case *asapmsg.EndpointKeepAlive:
			if err := c.acknowledge(ctx, m); err != nil {
				return err
			}
		}
	}
}

// answered notes an answer to the oldest request.
func (c *client) answered(refused bool) {
	c.mu.Lock()
	if len(c.due) == 0 {
		c.mu.Unlock()
		return // Not asked for.
	}
	if c.done != nil {
		c.done(time.Since(c.due[0]), refused)
	}
	c.due = c.due[1:]
	c.mu.Unlock()
	<-c.window
}

func (c *client) acknowledge(ctx context.Context, m *asapmsg.EndpointKeepAlive) error {
	ack := asapmsg.EndpointKeepAliveAck{PoolHandle: m.PoolHandle, PEID: m.PEID}
	data, err := ack.AppendBinary(nil)
	if err != nil {
		return err
	}
	return c.assoc.Send(ctx, transport.Message{PPID: wire.PPIDASAP, Data: data})
}

// count has requests and answers counted from now on, the answers by a function.
func (c *client) count(done func(latency time.Duration, refused bool)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked, c.done = 0, done
}

// uncount ends the counting. It returns how many requests there were, and how long the
// oldest that has no answer was due at a time.
func (c *client) uncount(now time.Time) (asked int64, oldest time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done = nil
	if len(c.due) > 0 {
		oldest = now.Sub(c.due[0])
	}
	return c.asked, oldest
}

// element returns an element at the association's own address, which is what a
// registrar takes.
func (c *client) element(id wire.PEID, policy wire.Policy) wire.PoolElement {
	local := c.assoc.LocalAddrs()
	addrs := make([]netip.Addr, len(local))
	for i, a := range local {
		addrs[i] = a.Addr()
	}
	return wire.PoolElement{
		ID:               id,
		RegistrationLife: registrationLife,
		UserTransport:    wire.Transport{Protocol: wire.SCTP, Port: local[0].Port(), Use: wire.DataAndControl, Addrs: addrs},
		Policy:           policy,
	}
}

// registrationLife outlasts a measurement.
const registrationLife = 24 * time.Hour
