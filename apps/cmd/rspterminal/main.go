// Command rspterminal is a pool user (RFC 5351) for services of text: it sends the
// lines of its standard input to an element of a pool and prints the answers. When
// the element dies, it goes on at another one.
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
	PoolHandle node.PoolHandle  `name:"poolhandle" default:"EchoPool" placeholder:"HANDLE" help:"Pool to use. Default: ${default}."`
	Wait       cli.Milliseconds `default:"10000" placeholder:"MS" help:"How long to wait for answers after the end of input; 0: the service gives none, as Discard does. Default: ${default}."`
	Quiet      bool             `help:"Print the answers and nothing else."`

	ASAP   node.UserFlags   `embed:"" group:"Registrar and transport:"`
	Status node.StatusFlags `embed:"" group:"Reports to a monitor:"`
	cli.Common
}

func main() {
	cli.Main("rspterminal", "Pool user for reliable server pooling (RFC 5351): sends lines to a pool and prints the answers.", new(program))
}

// Validate checks the options of the ASAP endpoint. Kong calls it.
func (p *program) Validate() error { return p.ASAP.Validate() }

// DefaultLogLevel is that of warnings: what happens to the session, the terminal says
// itself.
func (p *program) DefaultLogLevel() int { return 2 }

// closeTimeout is how long the element has to take what is on its way at the end.
const closeTimeout = 2 * time.Second

// Run carries lines until the end of input and the last answer.
func (p *program) Run(ctx context.Context, log *slog.Logger) error {
	n, err := p.ASAP.Open(ctx, log)
	if err != nil {
		return err
	}
	s := &opening{dial: func(ctx context.Context) (*asap.Session, error) {
		return n.Dial(ctx, wire.PoolHandle(p.PoolHandle), asap.DialConfig{Manual: true})
	}}
	defer p.Status.ReportUser(log, n, 0, s.Serving)()
	defer func() {
		closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		_ = n.Close(closing) // Nothing of a pool user's is left behind.
	}()
	t := &terminal{
		session: s,
		out:     cli.Standard(ctx, os.Stdout),
		notes:   cli.Standard(ctx, os.Stderr),
		quiet:   p.Quiet,
		colored: p.Log.Colored(os.Stdout),
	}
	t.watch.Func = p.ASAP.Watcher(n, wire.PoolHandle(p.PoolHandle), t.note).Start
	err = t.run(ctx, lines(os.Stdin), p.Wait.Duration())
	closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = s.Close(closing) // All answers are there: what fails now does no harm.
	if ctx.Err() != nil {
		return nil // Stopped by the user.
	}
	t.note("%s", t.summary())
	if err != nil {
		return fmt.Errorf("pool %v: %w", wire.PoolHandle(p.PoolHandle), err)
	}
	return nil
}
