// Command rspterminal is a pool user (RFC 5351) for services of text. It sends the lines of its
// standard input to an element of a pool and prints the answers. When the element dies, it goes on
// at another element.
package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/apps/internal/service"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
)

type program struct {
	PoolHandle node.PoolHandle   `name:"poolhandle" default:"EchoPool" placeholder:"HANDLE" help:"Pool to use. Default: ${default}."`
	Wait       *cli.Milliseconds `placeholder:"MS" help:"Time limit for missing answers after the end of input; 0: the service sends no answers, like Discard. Default: 10000, or 0 for the pool DiscardPool."`
	Quiet      bool              `help:"Print answers only."`

	ASAP   node.UserFlags   `embed:"" group:"Registrar and transport:"`
	Status node.StatusFlags `embed:"" group:"Reports to a monitor:"`
	cli.Common
}

func main() {
	cli.Main("rspterminal", "Pool user for reliable server pooling (RFC 5351): sends lines to a pool and prints the answers.", new(program))
}

// Validate checks the options of the ASAP endpoint. Kong calls it.
func (p *program) Validate() error { return p.ASAP.Validate() }

// DefaultLogLevel is the level of warnings, because the terminal prints the news of the session.
func (p *program) DefaultLogLevel() int { return 2 }

// wait returns the time limit for answers after the end of input, 0 for a service without answers.
func (p *program) wait() time.Duration {
	switch {
	case p.Wait != nil:
		return p.Wait.Duration()
	case p.PoolHandle == service.DiscardPool:
		return 0
	}
	return defaultWait
}

// defaultWait is the time limit for answers after the end of input.
const defaultWait = 10 * time.Second

// Run carries lines until the end of input and the last answer.
func (p *program) Run(ctx context.Context, log *slog.Logger) error {
	library := log
	if !p.Quiet {
		library = p.Log.BesideText(log)
	}
	n, err := p.ASAP.Open(ctx, log, library)
	if err != nil {
		return err
	}
	var serving node.Serving
	defer p.Status.ReportUser(log, n, 0, &serving)()
	defer node.Leave(n)
	user, err := openConsole(ctx)
	if err != nil {
		return err
	}
	defer user.close()
	t := newTerminal(user.out, user.notes, p.wait() > 0)
	t.quiet, t.colored, t.timed = p.Quiet, p.Log.IsColored(os.Stdout), user.isEdited
	t.watch.Func = p.ASAP.Watcher(n, string(p.PoolHandle), t.note).Start
	session, err := n.Dial(ctx, string(p.PoolHandle), &asap.DialConfig{
		Manual:  true,
		Patient: true,
		Notify: func(ev asap.Event) {
			serving.Notify(ev)
			t.notify(ev)
		},
	})
	if err == nil {
		t.session = session
		err = t.run(ctx, user.in, p.wait())
	}
	user.close()
	if !p.Quiet {
		cli.PrintLast(os.Stderr, "rspterminal: "+t.summary())
	}
	if ctx.Err() != nil {
		return nil // Stopped by the user.
	}
	return err
}
