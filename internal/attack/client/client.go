package client

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Config says which questions a client asks.
type Config struct {
	// Registrar is asked for the elements of Pool.
	Registrar netip.AddrPort
	Pool      wire.PoolHandle
	// Elements are the elements that each answer should contain.
	Elements []wire.PEID
	// Host, if valid, is the address that these elements have.
	Host netip.Addr
	// Service, if valid, is an echo service that gets the questions instead of the registrar.
	Service netip.AddrPort
	// Source is the address of the client. Not valid: any.
	Source netip.Addr
	// Interval is the time between two questions. 0: 10 ms.
	Interval time.Duration
	// Patience is the time for which the client waits for the last answers. 0: 5 s.
	Patience time.Duration
}

const (
	defaultInterval = 10 * time.Millisecond
	defaultPatience = 5 * time.Second
	dialTimeout     = 10 * time.Second
	readyPoll       = 50 * time.Millisecond
	echoLen         = 100 // octets
)

// A Client asks questions. Its methods are called one after the other.
type Client struct {
	config   Config
	question []byte
	ppid     uint32
	endpoint transport.Endpoint
	session  *session // nil: none is up
	tally    *tally
}

// New returns a client, which the caller closes.
func New(ctx context.Context, config Config) (*Client, error) {
	if config.Interval == 0 {
		config.Interval = defaultInterval
	}
	if config.Patience == 0 {
		config.Patience = defaultPatience
	}
	c := &Client{config: config, ppid: wire.PPIDASAP, tally: newTally(len(config.Elements))}
	var listen transport.ListenConfig
	if config.Source.IsValid() {
		listen.Addrs = []netip.Addr{config.Source}
	}
	var err error
	if c.endpoint, err = udpsctp.NewNetwork(udpsctp.Config{}).Listen(ctx, listen); err != nil {
		return nil, err
	}
	if config.Service.IsValid() {
		c.question, c.ppid = make([]byte, echoLen), 0
		return c, nil
	}
	c.question, err = (&asapmsg.HandleResolution{PoolHandle: config.Pool, Items: asapmsg.AllItems}).AppendBinary(nil)
	return c, err
}

// Close ends the association.
func (c *Client) Close() error {
	err := c.endpoint.Close()
	if c.session != nil {
		c.session.receiving.Wait()
	}
	return err
}

// AwaitReady asks until an answer has all elements.
func (c *Client) AwaitReady(ctx context.Context) error {
	for {
		err := c.ask(ctx, time.Now())
		if err == nil {
			if err = c.tally.awaitAnswers(ctx); err == nil && c.tally.isComplete() {
				break
			}
		}
		select {
		case <-time.After(readyPoll):
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		}
	}
	return nil
}

// Run asks until the context ends, and then waits for the last answers. Questions that are due while no association is
// up are asked later.
func (c *Client) Run(ctx context.Context) Report {
	c.tally.reset()
	start := time.Now()
	due := start
	for sleepUntil(ctx, due) && c.askAnyhow(ctx, due) {
		due = due.Add(c.config.Interval)
	}
	questions := int64((time.Since(start) + c.config.Interval - 1) / c.config.Interval)
	patience, cancel := context.WithTimeout(context.Background(), c.config.Patience)
	defer cancel()
	// A client that is behind has not asked all of them.
	for end := start.Add(time.Duration(questions) * c.config.Interval); due.Before(end) && c.askAnyhow(patience, due); {
		due = due.Add(c.config.Interval)
	}
	_ = c.tally.awaitAnswers(patience) // The rest is lost.
	return c.tally.report(questions)
}

// askAnyhow asks a question, over a new association if need be. It returns false when the context has ended.
func (c *Client) askAnyhow(ctx context.Context, due time.Time) bool {
	for c.ask(ctx, due) != nil {
		if !sleepUntil(ctx, time.Now().Add(readyPoll)) {
			return false
		}
	}
	return true
}

// ask asks a question over the association, which is opened if none is up.
func (c *Client) ask(ctx context.Context, due time.Time) error {
	if c.session != nil && c.session.assoc.Err() != nil {
		c.session.receiving.Wait()
		c.session = nil
	}
	if c.session == nil {
		if err := c.open(ctx); err != nil {
			return err
		}
	}
	c.tally.noteQuestion(due)
	err := c.session.assoc.Send(ctx, transport.Message{PPID: c.ppid, Data: c.question})
	if err != nil {
		c.tally.takeBack()
	}
	return err
}

// open opens an association.
func (c *Client) open(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	to := c.config.Registrar
	if c.config.Service.IsValid() {
		to = c.config.Service
	}
	assoc, err := c.endpoint.Dial(limited, []netip.AddrPort{to})
	if err != nil {
		return err
	}
	c.session = newSession(assoc, c.receive, c.tally.giveUp)
	return nil
}

// receive treats a message of the target. Messages that answer no question are ignored.
func (c *Client) receive(m transport.Message) {
	if m.PPID != c.ppid {
		return
	}
	elements := len(c.config.Elements)
	if !c.config.Service.IsValid() {
		a, err := asapmsg.Parse(m.Data)
		r, ok := a.(*asapmsg.HandleResolutionResponse)
		if err != nil || !ok {
			return
		}
		elements = c.own(r.PoolElements)
	}
	c.tally.noteAnswer(time.Now(), elements)
}

// own returns the number of the client's elements in an answer. An element that has moved to another host is not counted.
func (c *Client) own(answer []wire.PoolElement) (n int) {
	for _, e := range answer {
		isThere := !c.config.Host.IsValid() || slices.Contains(e.UserTransport.Addrs, c.config.Host)
		if isThere && slices.Contains(c.config.Elements, e.ID) {
			n++
		}
	}
	return n
}

// sleepUntil waits. It returns false when the context has ended.
func sleepUntil(ctx context.Context, t time.Time) bool {
	select {
	case <-time.After(time.Until(t)):
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
