package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

// session is an [asap.Session] whose failover is manual.
type session interface {
	Element() wire.PEID
	Send(ctx context.Context, m asap.Message) error
	Receive(ctx context.Context) (asap.Message, error)
	Shutdown(ctx context.Context) error
	Close() error
}

// config configures a client.
type config struct {
	parallel     int
	maxRetry     int   // runs of a package that fails
	maxFailovers int   // 0: no limit
	maxResult    int64 // octets
	retryDelay   time.Duration
	transmit     time.Duration // for a message of an upload or download
	keepAlive    time.Duration // between keep-alives
	timeout      time.Duration // for an acknowledgement
}

// A client has packages run. Each attempt at a package is a session of its own.
type client struct {
	config      config
	environment *environment // nil: none
	out         *output
	waiters     *waiters
	dial        func(ctx context.Context) (session, error)
}

// run has packages run until all have ended, or the context ends.
func (c *client) run(ctx context.Context, packages []*workPackage) {
	ctx, end := context.WithCancel(ctx)
	var showing, workers sync.WaitGroup
	showing.Go(func() { c.out.live.Follow(ctx, progressInterval, c.out.progress) })
	next := make(chan *workPackage)
	for range min(c.config.parallel, len(packages)) {
		workers.Go(func() {
			for p := range next {
				c.complete(ctx, p)
			}
		})
	}
	for _, p := range packages {
		if p.skipped {
			c.out.skipped(p)
			continue
		}
		select {
		case next <- p:
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	end()
	showing.Wait()
}

// complete has a package run until it succeeds, or fails for good. Without either, the context has
// ended.
func (c *client) complete(ctx context.Context, p *workPackage) {
	p.began = time.Now()
	defer func() { p.ended = time.Now() }()
	defer c.out.begin(p)()
	for ctx.Err() == nil {
		a := &attempt{client: c, work: p, last: p.trials+1 >= c.config.maxRetry}
		err := a.try(ctx)
		if err != nil && ctx.Err() != nil {
			return
		}
		if c.judge(p, a, err); p.done {
			c.out.end(p, a)
			return
		}
		c.out.retry(p, a, err)
		c.pause(ctx)
	}
}

// judge decides about a package after an attempt.
func (c *client) judge(p *workPackage, a *attempt, err error) {
	switch {
	case a.hasStatus && a.status != 0:
		p.trials++
		p.status = a.status
		if a.last {
			p.done, p.err = true, fmt.Errorf("exit status %d", a.status)
			if err != nil {
				p.err = fmt.Errorf("%w, no result: %w", p.err, err)
			}
		}
	case err == nil:
		p.done = true
		p.dropFailed()
	case errors.Is(err, errLocal):
		p.done, p.err = true, err
	default:
		p.failovers++
		if m := c.config.maxFailovers; m > 0 && p.failovers >= m {
			p.done, p.err = true, fmt.Errorf("given up after %s: %w", cli.Count(p.failovers, "failover"), err)
		}
	}
}

// pause waits before another attempt. The time varies, so that many clients do not come together.
func (c *client) pause(ctx context.Context) {
	d := c.config.retryDelay
	select {
	case <-time.After(d - d/8 + rand.N(d/4)):
	case <-ctx.Done():
	}
}

// waiters are the attempts without an element. While there are some, a watch tells the reason.
type waiters struct {
	watch  node.Watch
	giveUp context.CancelCauseFunc

	mu sync.Mutex // guards n
	n  int
}

// begin counts an attempt until the returned function is called.
func (w *waiters) begin(ctx context.Context) (end func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n++; w.n == 1 {
		w.watch.Start(context.WithoutCancel(ctx), w.giveUp)
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.n--; w.n == 0 {
			w.watch.Stop()
		}
	}
}
