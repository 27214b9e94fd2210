package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// setupTimeout limits what comes before and after the measurement.
const setupTimeout = time.Minute

// Run measures. It registers what it needs, and leaves nothing behind.
func Run(ctx context.Context, config Config) (Result, error) {
	config, err := config.withDefaults()
	if err != nil {
		return Result{}, err
	}
	receiving, stop := context.WithCancel(context.Background())
	defer stop()
	var receivers sync.WaitGroup
	var clients []*client
	defer func() {
		stop()
		receivers.Wait()
		for _, c := range clients {
			_ = c.endpoint.Close() // The registrar removes the elements of an association that ends.
		}
	}()
	setup, cancel := context.WithTimeout(ctx, setupTimeout)
	defer cancel()
	for i := range config.Associations {
		c, err := dial(setup, &config, i)
		if err != nil {
			return Result{}, err
		}
		clients = append(clients, c)
		receivers.Go(func() { c.receive(receiving) })
	}
	if err := config.fill(setup, clients); err != nil {
		return Result{}, err
	}
	tallies, took, err := config.measure(ctx, clients)
	if err != nil {
		return Result{}, err
	}
	return config.result(tallies, took), config.empty(clients)
}

// fill registers the elements of all pools, shared out among the associations.
func (c *Config) fill(ctx context.Context, clients []*client) error {
	if c.Mode == Register {
		return nil
	}
	g, ctx := errgroup.WithContext(ctx)
	var refusals atomic.Int64
	for i, cl := range clients {
		cl.count(func(_ time.Duration, refused bool) {
			if refused {
				refusals.Add(1)
			}
		})
		g.Go(func() error {
			for n := i; n < c.Pools*c.Elements; n += len(clients) {
				if err := cl.request(ctx, time.Time{}, c.registration(cl, n, 0)); err != nil {
					return err
				}
			}
			return cl.idle(ctx)
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("bench: registration: %w", err)
	}
	if refusals.Load() > 0 {
		return errors.New("bench: the registrar refuses the elements; are there others in the pools?")
	}
	return nil
}

// registration returns the registration of the nth element of all, with a load.
func (c *Config) registration(cl *client, n int, load uint32) *asapmsg.Registration {
	policy := c.Policy
	if policy.Type.Fields()&wire.FieldLoad != 0 {
		policy.Load = load
	}
	return &asapmsg.Registration{
		PoolHandle:  pool(n % c.Pools),
		PoolElement: cl.element(wire.PEID(n+1), policy),
	}
}

// measure puts the load on, and returns what each association has counted.
func (c *Config) measure(ctx context.Context, clients []*client) ([]*tally, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Duration)
	defer cancel()
	start := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	tallies := make([]*tally, len(clients))
	for i, cl := range clients {
		tallies[i] = &tally{latency: newHistogram()}
		cl.count(tallies[i].record)
		g.Go(func() error { return c.load(ctx, start, i, cl) })
	}
	done := c.report(start, tallies)
	err := g.Wait()
	done()
	end := time.Now()
	took := end.Sub(start)
	for i, cl := range clients {
		asked, oldest := cl.uncount(end)
		tallies[i].finish(max(asked, c.dueIn(took, i)), oldest)
	}
	return tallies, took, err
}

// progressInterval is the time between two reports of progress.
const progressInterval = 200 * time.Millisecond

// report reports the progress until the returned function is called.
func (c *Config) report(start time.Time, tallies []*tally) (done func()) {
	if c.Progress == nil {
		return func() {}
	}
	end := make(chan struct{})
	var reporting sync.WaitGroup
	reporting.Go(func() {
		ticker := time.NewTicker(progressInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
			case <-end:
				return
			}
			p := Progress{Elapsed: time.Since(start)}
			for _, t := range tallies {
				p.Operations += t.answers.Load()
			}
			c.Progress(p)
		}
	})
	return func() {
		close(end)
		reporting.Wait()
	}
}

// dueIn returns how many requests of an association are due in a time.
func (c *Config) dueIn(took time.Duration, index int) int64 {
	return int64(math.Ceil((took.Seconds()*c.Rate - float64(index)) / float64(c.Associations)))
}

// load sends the requests of one association until the context ends.
func (c *Config) load(ctx context.Context, start time.Time, index int, cl *client) error {
	random := rand.New(rand.NewPCG(uint64(index), 1))
	for n := 0; ; n++ {
		due, err := c.pace(ctx, start, index, n)
		if err == nil {
			err = cl.request(ctx, due, c.next(cl, random, index, n))
		}
		if ctx.Err() != nil {
			return nil // It is over.
		}
		if err != nil {
			return err
		}
	}
}

// pace waits until the nth request of an association is due. The zero time is for as
// soon as possible.
func (c *Config) pace(ctx context.Context, start time.Time, index, n int) (time.Time, error) {
	if c.Rate == 0 {
		return time.Time{}, nil
	}
	turn := float64(n*c.Associations + index)
	// What is due long after the end may be due at a time that fits no duration.
	due := start.Add(time.Duration(min(turn/c.Rate, 2*c.Duration.Seconds()) * float64(time.Second)))
	wait := time.Until(due)
	if wait <= 0 {
		return due, ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return due, nil
	case <-ctx.Done():
		return due, context.Cause(ctx)
	}
}

// next returns the nth request of an association.
func (c *Config) next(cl *client, random *rand.Rand, index, n int) asapmsg.Message {
	mode := c.Mode
	if mode == Mix {
		mode = Resolve
		if n%10 >= 8 {
			mode = Reregister
		}
	}
	switch mode {
	case Register:
		return c.registration(cl, n*c.Associations+index, 0)
	case Reregister:
		own := (c.Pools*c.Elements - index + c.Associations - 1) / c.Associations
		return c.registration(cl, random.IntN(own)*c.Associations+index, random.Uint32())
	}
	return &asapmsg.HandleResolution{PoolHandle: pool(random.IntN(c.Pools))}
}

// empty ends the associations gracefully, with which their elements go.
func (c *Config) empty(clients []*client) error {
	ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
	defer cancel()
	var g errgroup.Group
	for _, cl := range clients {
		g.Go(func() error { return cl.endpoint.Shutdown(ctx) })
	}
	return g.Wait()
}
