// Command scriptingclient is a pool user (RFC 5351) of the Scripting service. It has work packages run
// by the pool, several at a time, and stores their results. The service has no state of sessions: a
// package whose element is lost is run again from its beginning.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/apps/scripting"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
)

type program struct {
	PoolHandle  node.PoolHandle `name:"poolhandle" default:"ScriptingPool" placeholder:"HANDLE" help:"Pool to use. Default: ${default}."`
	Input       string          `required:"" placeholder:"FILE" help:"Work package, or a folder of packages: each is run, unless its result is there already."`
	Output      string          `required:"" placeholder:"FILE" help:"File for the result. For a folder of packages, a folder: the result of NAME is NAME.result, or NAME.failed if the package fails."`
	Environment string          `placeholder:"FILE" help:"Environment of the packages. Servers keep it, so that it is rarely sent. Default: none."`
	Parallel    int             `least:"1" default:"4" placeholder:"N" help:"Packages of a folder at a time (1 to 200). Default: ${default}."`

	MaxRetry     int              `name:"maxretry" least:"1" default:"3" placeholder:"N" help:"Times to run a package that ends with an exit status other than 0 (at least 1). Default: ${default}."`
	MaxFailovers int              `name:"maxfailovers" default:"0" placeholder:"N" help:"Give a package up after this many attempts that end without an exit status, such as a lost server; 0: never. Default: ${default}."`
	MaxResult    int64            `name:"maxresult" least:"1" default:"1024" placeholder:"MIB" help:"Size of the largest result, in MiB (at least 1). Default: ${default}."`
	RetryDelay   cli.Milliseconds `name:"retrydelay" least:"100" default:"10000" placeholder:"MS" help:"Pause before a package is tried again, give or take an eighth (at least 100). Default: ${default}."`
	Transmit     cli.Milliseconds `name:"transmittimeout" default:"59500" placeholder:"MS" help:"Time limit for each message of an upload or download. Default: ${default}."`
	KeepAlive    cli.Milliseconds `name:"keepaliveinterval" default:"10000" placeholder:"MS" help:"Time between keep-alives to the server while a package runs. Default: ${default}."`
	Timeout      cli.Milliseconds `name:"keepalivetimeout" default:"10000" placeholder:"MS" help:"Time limit for the answer to a keep-alive. Default: ${default}."`

	RunID  string `name:"runid" placeholder:"TEXT" help:"Text in brackets before each line, as [TEXT@SERVER] once the server is known."`
	Report string `enum:"text,json" default:"text" placeholder:"FORM" help:"Form of the text on standard output: text, or json (an object for each event, and a summary). In other programs this is --output. Default: ${default}."`
	Quiet  bool   `help:"Print only failed packages and the summary."`

	ASAP   node.UserFlags   `embed:"" group:"Registrar and transport:"`
	Status node.StatusFlags `embed:"" group:"Reports to a monitor:"`
	cli.Common
}

func newProgram() *program { return new(program) }

func main() {
	cli.Main("scriptingclient", "Pool user of the Scripting service of reliable server pooling (RFC 5351): has work packages run. "+
		"The exit status is 0 only if each package ended with exit status 0, and its result is complete.", newProgram())
}

// DefaultLogLevel is for warnings: news of packages are the output.
func (p *program) DefaultLogLevel() int { return 2 }

const (
	// mostParallel is below the associations that an element accepts from an address.
	mostParallel = 200
	maxTimeout   = 24 * time.Hour
)

// Validate checks the ranges. Kong calls it.
func (p *program) Validate() error {
	times := []cli.Range{
		{Option: "retrydelay", Value: p.RetryDelay.Duration().Milliseconds()},
		{Option: "transmittimeout", Value: p.Transmit.Duration().Milliseconds(), Min: 1},
		{Option: "keepaliveinterval", Value: p.KeepAlive.Duration().Milliseconds(), Min: 1},
		{Option: "keepalivetimeout", Value: p.Timeout.Duration().Milliseconds(), Min: 1},
	}
	for i := range times {
		times[i].Max, times[i].Unit = maxTimeout.Milliseconds(), "ms"
	}
	return cli.CheckRanges(append(times,
		cli.Range{Option: "parallel", Value: int64(p.Parallel), Max: mostParallel},
		cli.Range{Option: "maxretry", Value: int64(p.MaxRetry), Max: 1 << 30},
		cli.Range{Option: "maxfailovers", Value: int64(p.MaxFailovers), Max: 1 << 30},
		cli.Range{Option: "maxresult", Value: p.MaxResult, Max: 1 << 40, Unit: "MiB"},
	)...)
}

// Run has the packages run until all have ended, or the context ends.
func (p *program) Run(ctx context.Context, log *slog.Logger) error {
	packages, err := findPackages(p.Input, p.Output)
	if err != nil {
		return err
	}
	env, err := openEnvironment(p.Environment)
	if err != nil {
		return err
	}
	n, err := p.ASAP.Open(ctx, log, log)
	if err != nil {
		return err
	}
	var serving node.Serving
	defer p.Status.ReportUser(log, n, scripting.PPID, &serving)()
	defer node.Leave(n)
	working, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	out := newOutput(os.Stdout, cli.StandardToEnd(ctx, os.Stdout), p)
	stderr := cli.Standard(ctx, os.Stderr)
	watch := &waiters{watch: node.Watch{Func: p.ASAP.Watcher(n, string(p.PoolHandle), func(format string, args ...any) {
		fmt.Fprint(os.Stdout, out.live.Erase()) // Both may be the same terminal.
		fmt.Fprintf(stderr, "scriptingclient: %s\n", fmt.Sprintf(format, args...))
	}).Start}, giveUp: giveUp}
	c := &client{
		config: p.config(), environment: env, out: out, waiters: watch,
		dial: func(ctx context.Context) (session, error) {
			return n.Dial(ctx, string(p.PoolHandle), &asap.DialConfig{Manual: true, Notify: serving.Notify})
		},
	}
	out.settings(p, env, packages)
	c.run(working, packages)
	s := out.summary(packages)
	return p.result(ctx, context.Cause(working), s)
}

func (p *program) config() config {
	return config{
		parallel:     p.Parallel,
		maxRetry:     p.MaxRetry,
		maxFailovers: p.MaxFailovers,
		maxResult:    p.MaxResult << 20,
		retryDelay:   p.RetryDelay.Duration(),
		transmit:     p.Transmit.Duration(),
		keepAlive:    p.KeepAlive.Duration(),
		timeout:      p.Timeout.Duration(),
	}
}

// result returns the error of a run. Cause is the reason for the end of the work before its time.
func (p *program) result(ctx context.Context, cause error, s Summary) error {
	switch {
	case s.Succeeded+s.Skipped == s.Packages:
		return nil
	case ctx.Err() == nil && cause != nil:
		return cause // The search for a registrar has failed for good.
	case s.Failed > 0:
		return fmt.Errorf("pool %s: %d of %s failed", p.PoolHandle, s.Failed, cli.Count(s.Packages, "package"))
	}
	return errors.New("stopped before all packages had ended")
}
