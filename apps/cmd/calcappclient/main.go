// Command calcappclient is a pool user (RFC 5351) of the CalcApp service. It has jobs done by the pool,
// one after the other, and measures how long they take. The state of a job goes from element to
// element, so a failover repeats little work.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/internal/calc"
	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/apps/internal/results"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
)

type program struct {
	PoolHandle  node.PoolHandle  `name:"poolhandle" default:"CalcAppPool" placeholder:"HANDLE" help:"Pool to use. Default: ${default}."`
	JobInterval cli.Seconds      `name:"jobinterval" default:"15" placeholder:"S" help:"Mean time between two jobs, in seconds; times are exponentially distributed. Default: ${default}."`
	JobSize     float64          `name:"jobsize" default:"5000000" placeholder:"N" help:"Mean size of a job in calculations; sizes are exponentially distributed. Default: ${default}."`
	Jobs        uint64           `default:"0" placeholder:"N" help:"Stop when this many jobs are complete; 0: no limit. Default: ${default}."`
	KeepAlive   cli.Milliseconds `name:"keepalivetransmissioninterval" least:"100" default:"5000" placeholder:"MS" help:"Time to the next keep-alive for a job (at least 100). Default: ${default}."`
	Timeout     cli.Milliseconds `name:"keepalivetimeoutinterval" least:"100" default:"5000" placeholder:"MS" help:"Time that an element has to answer a request or keep-alive, before the job goes on at another element (at least 100). Default: ${default}."`
	Runtime     cli.Seconds      `default:"86400" placeholder:"S" help:"Stop after this time, in seconds. Default: ${default}."`
	Object      string           `default:"scenario.calcapppooluser[0]" placeholder:"NAME" help:"Name of the client in the files. Default: ${default}."`
	Vector      string           `default:"CalcAppPU.vec" placeholder:"FILE" help:"Write a table for R to this file, with a row for each complete job. Default: ${default}."`
	Scalar      string           `default:"CalcAppPU.sca" placeholder:"FILE" help:"Write totals to this file at the end, in the format of OMNeT++. Default: ${default}."`
	Output      string           `enum:"text,json" default:"text" placeholder:"FORM" help:"Form of the output: text, or json (an object for each event, and a summary). Default: ${default}."`
	cli.DaemonFlags

	ASAP   node.UserFlags   `embed:"" group:"Registrar and transport:"`
	Status node.StatusFlags `embed:"" group:"Reports to a monitor:"`
	cli.Common
}

func newProgram() *program { return new(program) }

func main() {
	cli.Main("calcappclient", "Pool user of the CalcApp service of reliable server pooling (RFC 5351): has jobs done, and measures. "+
		"The exit status is 1 if no job was accepted, if --jobs were not complete in time, or if a file was not written.", newProgram())
}

// DefaultLogLevel is for warnings: news of jobs are the output.
func (p *program) DefaultLogLevel() int { return 2 }

// mostCalculations bounds the mean size of jobs. A float64 has all smaller integers exactly.
const mostCalculations = 1 << 53

// Validate checks the ranges. Kong calls it.
func (p *program) Validate() error {
	if p.JobInterval.Duration() < time.Millisecond {
		return fmt.Errorf("--jobinterval: %v is not from 0.001 s", p.JobInterval.Duration())
	}
	if !(p.JobSize >= 1 && p.JobSize <= mostCalculations) { // Nor NaN.
		return fmt.Errorf("--jobsize: %v is not from 1 to %d", p.JobSize, int64(mostCalculations))
	}
	return results.Check("object", p.Object)
}

// Run has jobs done until the context or the time ends.
func (p *program) Run(ctx context.Context, log *slog.Logger) (err error) {
	files := &results.Files{Vector: p.Vector, Scalar: p.Scalar, Object: p.Object, Header: vectorHeader}
	if err := files.Open(); err != nil {
		return err
	}
	c := newClient(p.config(), files)
	defer func() { err = errors.Join(err, files.Close(c.numbers.scalars())) }()
	ctx, cancel := context.WithTimeout(ctx, p.Runtime.Duration())
	defer cancel()
	n, err := p.ASAP.Open(ctx, log, log)
	if err != nil {
		return err
	}
	var serving node.Serving
	defer p.Status.ReportUser(log, n, calcapp.PPID, &serving)()
	defer node.Leave(n)
	p.Ready()
	working, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	stdout, stderr := cli.Standard(ctx, os.Stdout), cli.Standard(ctx, os.Stderr)
	c.out = newOutput(os.Stdout, stdout, p.Output == "json")
	watch := node.Watch{Func: p.ASAP.Watcher(n, string(p.PoolHandle), func(format string, args ...any) {
		fmt.Fprint(stdout, c.out.live.Erase()) // Both may be the same terminal.
		fmt.Fprintf(stderr, "calcappclient: %s\n", fmt.Sprintf(format, args...))
	}).Start}
	c.watch, c.giveUp = &watch, giveUp
	c.dial = func(ctx context.Context, notify func(asap.Event)) (session, error) {
		return n.Dial(ctx, string(p.PoolHandle), &asap.DialConfig{Manual: true, Notify: func(ev asap.Event) {
			serving.Notify(ev)
			notify(ev)
		}})
	}
	c.run(working)
	c.out.summary(c.numbers.summary())
	return p.result(ctx, context.Cause(working), c.numbers.summary())
}

func (p *program) config() config {
	return config{
		user:     calc.UserConfig{KeepAlive: p.KeepAlive.Duration(), Timeout: p.Timeout.Duration()},
		arrivals: calc.Arrivals{Interval: p.JobInterval.Duration(), Size: p.JobSize, Random: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))},
		jobs:     p.Jobs,
	}
}

// result returns the error of a run. Cause is the reason for the end of the work, nil if all jobs are
// complete.
func (p *program) result(ctx context.Context, cause error, s Summary) error {
	switch {
	case ctx.Err() == nil:
		return cause // Nil, or a final failure of the search for a registrar.
	case !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil // Stopped by the user.
	case s.Completed < p.Jobs:
		return fmt.Errorf("pool %s: %d of %d jobs complete within %v", p.PoolHandle, s.Completed, p.Jobs, p.Runtime.Duration())
	case s.Started > 0 && s.Accepts == 0:
		return fmt.Errorf("pool %s: no job accepted within %v", p.PoolHandle, p.Runtime.Duration())
	}
	return nil
}
