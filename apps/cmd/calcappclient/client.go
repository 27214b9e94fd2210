package main

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/calc"
	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/apps/internal/results"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// session is an [asap.Session] whose failover is manual.
type session interface {
	Element() wire.PEID
	Send(ctx context.Context, m asap.Message) error
	Messages(ctx context.Context) iter.Seq2[asap.Message, error]
	Failover(ctx context.Context) error
	MoveOn(ctx context.Context) error
	Shutdown(ctx context.Context) error
}

// config configures a client.
type config struct {
	user     calc.UserConfig
	arrivals calc.Arrivals
	jobs     uint64 // to be completed, 0: no limit
}

// A client has jobs done, one after the other. A goroutine draws jobs, while another has them done.
type client struct {
	config  config
	files   *results.Files
	numbers *numbers
	queue   *queue

	out    *output
	dial   func(ctx context.Context, notify func(asap.Event)) (session, error)
	watch  *node.Watch // is on while a job has no element
	giveUp context.CancelCauseFunc
}

func newClient(config config, files *results.Files) *client {
	return &client{config: config, files: files, numbers: newNumbers(), queue: newQueue(), watch: new(node.Watch)}
}

// progressInterval is the time between two looks at the numbers so far.
const progressInterval = 100 * time.Millisecond

// run has jobs done until the context ends, or the wanted number is complete.
func (c *client) run(ctx context.Context) {
	ctx, end := context.WithCancel(ctx)
	var others sync.WaitGroup
	defer others.Wait()
	defer end()
	others.Go(func() { c.draw(ctx) })
	others.Go(func() {
		c.out.live.Follow(ctx, progressInterval, func() string { return progress(c.numbers.summary(), c.queue.length()) })
	})
	defer c.watch.Stop()
	for complete := uint64(0); c.config.jobs == 0 || complete < c.config.jobs; complete++ {
		j := c.queue.take(ctx)
		if j == nil {
			return
		}
		j.started = time.Now()
		c.numbers.start(j)
		if !c.complete(ctx, j) {
			return
		}
	}
}

// draw queues jobs until the context ends, or all jobs have come.
func (c *client) draw(ctx context.Context) {
	for n := uint32(1); c.config.jobs == 0 || uint64(n) <= c.config.jobs; n++ {
		wait, size := c.config.arrivals.Next()
		for rest := false; !rest || c.queue.length() >= maxQueue; rest = true {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return
			}
		}
		j := &job{id: n, size: size, queued: time.Now()}
		c.numbers.queue(j)
		c.queue.put(j)
	}
}

// retryPause is the time after an element has said something that cannot be true.
const retryPause = time.Second

// complete has a job done, in a further session if an element does not keep to the protocol. It
// returns false if the context ends before.
func (c *client) complete(ctx context.Context, j *job) bool {
	for {
		broke, done := c.try(ctx, j)
		switch {
		case done:
			j.completed = time.Now()
			c.numbers.complete(j)
			c.out.complete(j)
			c.row(j)
			return true
		case ctx.Err() != nil:
			return false
		}
		c.out.broke(j, broke)
		select {
		case <-time.After(retryPause):
		case <-ctx.Done():
			return false
		}
	}
}

// try has a job done in a session. Without success it returns the reason, unless the context has
// ended.
func (c *client) try(ctx context.Context, j *job) (broke string, done bool) {
	c.watch.Start(ctx, c.giveUp)
	defer c.watch.Stop()
	s, err := c.dial(ctx, c.watch.Follow(ctx, c.giveUp))
	if err != nil {
		return err.Error(), false
	}
	a := newAttempt(c, s, j)
	broke, done = a.run(ctx)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = s.Shutdown(closing) // The job is over, or its work is lost anyway.
	return broke, done
}

// vectorHeader names the columns of the table of jobs.
const vectorHeader = "ObjectName PID JobID JobSize JobInterval   QueueLength QueuingDelay StartupDelay ProcessingTime HandlingTime HandlingSpeed   " +
	"QueuingTimeStamp StartupTimeStamp AcceptTimeStamp CompleteTimeStamp"

// row adds a job to the table of jobs.
func (c *client) row(j *job) {
	t := timesOf(j)
	c.files.Row("%d %d %s   %d %s %s %s %s %.6f   %s %s %s %s", j.id, j.size, results.Seconds(c.config.arrivals.Interval),
		j.length, results.Seconds(t.queuing), results.Seconds(t.startup), results.Seconds(t.processing), results.Seconds(t.handling()),
		speed(float64(j.size), t.handling()),
		results.Stamp(j.queued), results.Stamp(j.started), results.Stamp(j.accepted), results.Stamp(j.completed))
}
