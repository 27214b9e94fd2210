// Command pingpongclient is a pool user (RFC 5351) of the Ping Pong service: it sends
// pings and shows whether the pongs are numbered without a gap. They are, whichever
// elements serve the session, since its state goes with it.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

type program struct {
	PoolHandle string           `name:"poolhandle" default:"PingPongPool" placeholder:"HANDLE" help:"Pool to use. Default: ${default}."`
	Interval   cli.Milliseconds `default:"500" placeholder:"MS" help:"Time between pings. Default: ${default}."`
	Count      uint64           `default:"0" placeholder:"N" help:"Stop after this many pongs; 0: run until stopped."`

	ASAP node.UserFlags `embed:"" group:"Registrar and transport:"`
	cli.Common
}

func main() {
	cli.Main("pingpongclient", "Pool user of the Ping Pong service of reliable server pooling (RFC 5351).", new(program))
}

// Validate checks the ranges. Kong calls it.
func (p *program) Validate() error {
	if n := len(p.PoolHandle); n == 0 || n > wire.MaxPoolHandleLen {
		return fmt.Errorf("--poolhandle: %d octets, not 1 to %d", n, wire.MaxPoolHandleLen)
	}
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
	defer func() {
		closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		_ = n.Close(closing) // Nothing of a pool user's is left behind.
	}()
	session, err := n.Dial(ctx, wire.PoolHandle(p.PoolHandle), asap.DialConfig{})
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	c := newClient(session, session.Element(), os.Stdout)
	fmt.Printf("pingpongclient: session with element %v of pool %s\n", session.Element(), p.PoolHandle)
	err = c.run(ctx, p.Interval.Duration(), p.Count)
	if ctx.Err() != nil {
		err = nil // Stopped by the user.
	}
	closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = session.Close(closing) // What fails now does no harm.
	return err
}
