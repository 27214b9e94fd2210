// Command pingpongclient is a pool user (RFC 5351) of the Ping Pong service. It sends pings and
// checks that the pongs are numbered without a gap. The state of the session goes from element to
// element, so failovers leave no gap.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
)

type program struct {
	PoolHandle node.PoolHandle  `name:"poolhandle" default:"PingPongPool" placeholder:"HANDLE" help:"Pool to use. Default: ${default}."`
	Interval   cli.Milliseconds `default:"500" placeholder:"MS" help:"Time between pings. Default: ${default}."`
	Count      uint64           `default:"0" placeholder:"N" help:"Stop after this many pongs; 0: run until stopped. Default: ${default}."`
	Duration   cli.Milliseconds `default:"0" placeholder:"MS" help:"Stop after this time; 0: run until stopped. Default: ${default}."`
	Late       cli.Milliseconds `default:"1000" placeholder:"MS" help:"A pong after this time counts as late, a ping without a pong as lost (at most 10000). Default: ${default}."`
	Each       bool             `help:"Print a line for each pong at a terminal, too, instead of the numbers so far."`
	Output     string           `enum:"text,json" default:"text" placeholder:"FORM" help:"Form of the output: text, or json (an object for each event, and a summary). Default: ${default}."`

	ASAP   node.UserFlags   `embed:"" group:"Registrar and transport:"`
	Status node.StatusFlags `embed:"" group:"Reports to a monitor:"`
	cli.Common
}

func main() {
	cli.Main("pingpongclient", "Pool user of the Ping Pong service of reliable server pooling (RFC 5351). "+
		"The exit status is 1 after a gap in the reply numbers.", new(program))
}

// Validate checks the ranges. Kong calls it.
func (p *program) Validate() error {
	return cli.CheckRanges(
		cli.Range{Option: "interval", Value: p.Interval.Duration().Milliseconds(), Min: 1, Max: time.Hour.Milliseconds(), Unit: "ms"},
		cli.Range{Option: "late", Value: p.Late.Duration().Milliseconds(), Min: 1, Max: maxLate.Milliseconds(), Unit: "ms"},
	)
}

// maxLate bounds the time of pings that may still get their pong. At an interval of 1 ms, the window of
// a tally holds all of them.
const maxLate = 10 * time.Second

// Run sends pings until the context or the time ends.
func (p *program) Run(ctx context.Context, log *slog.Logger) error {
	if p.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.Duration.Duration())
		defer cancel()
	}
	n, err := p.ASAP.Open(ctx, log, p.Log.BesideText(log))
	if err != nil {
		return err
	}
	var serving node.Serving
	defer p.Status.ReportUser(log, n, pingpong.PPID, &serving)()
	defer node.Leave(n)
	waiting, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	notes := cli.Standard(ctx, os.Stderr)
	watch := node.Watch{Func: p.ASAP.Watcher(n, string(p.PoolHandle), func(format string, args ...any) {
		fmt.Fprintf(notes, "pingpongclient: %s\n", fmt.Sprintf(format, args...))
	}).Start}
	watch.Start(waiting, giveUp)
	defer watch.Stop()
	follow := watch.Follow(waiting, giveUp)
	session, err := n.Dial(waiting, string(p.PoolHandle), &asap.DialConfig{Manual: true, Notify: func(ev asap.Event) {
		serving.Notify(ev)
		follow(ev)
	}})
	if err == nil {
		return p.exchange(ctx, waiting, session)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("pool %s: no session within %v", p.PoolHandle, p.Duration.Duration())
	}
	if ctx.Err() != nil {
		return nil // Stopped by the user.
	}
	if cause := context.Cause(waiting); cause != nil {
		return cause
	}
	return err
}

// exchange sends pings to a session, and returns an error after a gap. The context running ends
// before ctx if there is nothing left to wait for.
func (p *program) exchange(ctx, running context.Context, session *asap.Session) error {
	out := newOutput(os.Stdout, cli.Standard(ctx, os.Stdout), p.Output == "json", p.Each)
	c := newClient(session, out, p.Late.Duration())
	out.session(session.Pool(), session.Element())
	err := c.run(running, p.Interval.Duration(), p.Count)
	summary := c.tally.summary(time.Now())
	out.summary(summary)
	if ctx.Err() != nil {
		err = nil // Stopped by the user, or by the end of the time.
	}
	if err == nil {
		err = c.checkGaps(summary)
	}
	return err
}
