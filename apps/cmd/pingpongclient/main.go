// Command pingpongclient is a pool user (RFC 5351) of the Ping Pong service: it sends
// pings and shows whether the pongs are numbered without a gap. They are, whichever
// elements serve the session, since its state goes with it.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

type program struct {
	PoolHandle node.PoolHandle  `name:"poolhandle" default:"PingPongPool" placeholder:"HANDLE" help:"Pool to use. Default: ${default}."`
	Interval   cli.Milliseconds `default:"500" placeholder:"MS" help:"Time between pings. Default: ${default}."`
	Count      uint64           `default:"0" placeholder:"N" help:"Stop after this many pongs; 0: run until stopped."`

	ASAP   node.UserFlags   `embed:"" group:"Registrar and transport:"`
	Status node.StatusFlags `embed:"" group:"Reports to a monitor:"`
	cli.Common
}

func main() {
	cli.Main("pingpongclient", "Pool user of the Ping Pong service of reliable server pooling (RFC 5351).", new(program))
}

// Validate checks the ranges. Kong calls it.
func (p *program) Validate() error {
	return cli.CheckRanges(cli.Range{Option: "interval", Value: p.Interval.Duration().Milliseconds(), Min: 1, Max: time.Hour.Milliseconds(), Unit: "ms"})
}

// closeTimeout is how long the element has to take what is on its way at the end.
const closeTimeout = 2 * time.Second

// Run sends pings until the context ends.
func (p *program) Run(ctx context.Context, log *slog.Logger) error {
	n, err := p.ASAP.Open(ctx, log)
	if err != nil {
		return err
	}
	var current atomic.Pointer[asap.Session]
	defer p.Status.ReportUser(log, n, pingpong.PPID, func() (wire.PEID, time.Time) {
		if s := current.Load(); s != nil {
			return s.Serving()
		}
		return 0, time.Time{}
	})()
	defer func() {
		closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		_ = n.Close(closing) // Nothing of a pool user's is left behind.
	}()
	pool := wire.PoolHandle(p.PoolHandle)
	notes := cli.Standard(ctx, os.Stderr)
	watch := p.ASAP.Watcher(n, pool, func(format string, args ...any) {
		fmt.Fprintf(notes, "pingpongclient: %s\n", fmt.Sprintf(format, args...))
	}).Start
	session, err := dial(ctx, n, pool, watch)
	if err == nil {
		current.Store(session)
		out := cli.Standard(ctx, os.Stdout)
		c := newClient(session, session.Element(), out)
		c.watch.Func = watch
		fmt.Fprintf(out, "pingpongclient: session with element %v of pool %v\n", session.Element(), pool)
		err = c.run(ctx, p.Interval.Duration(), p.Count)
		closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		_ = session.Close(closing) // What fails now does no harm.
	}
	if ctx.Err() != nil {
		return nil // Stopped by the user.
	}
	if err != nil {
		return fmt.Errorf("pool %v: %w", pool, err)
	}
	return nil
}

// dial opens the session. The user is told what it waits for.
func dial(ctx context.Context, n *asap.Node, pool wire.PoolHandle, watch node.WatchFunc) (*asap.Session, error) {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	stop := watch(ctx, giveUp)
	session, err := n.Dial(ctx, pool, asap.DialConfig{})
	stop()
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return nil, cause
	}
	return session, err
}
