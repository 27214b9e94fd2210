// Command rspterminal is a pool user (RFC 5351) for services of text: it sends the
// lines of its standard input to an element of a pool and prints the answers. When
// the element dies, it goes on at another one.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

type program struct {
	PoolHandle string           `name:"poolhandle" default:"EchoPool" placeholder:"HANDLE" help:"Pool to use. Default: ${default}."`
	Wait       cli.Milliseconds `default:"10000" placeholder:"MS" help:"How long to wait for answers after the end of input. Default: ${default}."`

	ASAP node.Flags `embed:"" group:"Registrar and transport:"`
	cli.Common
}

func main() {
	cli.Main("rspterminal", "Pool user for reliable server pooling (RFC 5351): sends lines to a pool and prints the answers.", new(program))
}

// Validate checks the pool handle. Kong calls it.
func (p *program) Validate() error {
	if n := len(p.PoolHandle); n == 0 || n > wire.MaxPoolHandleLen {
		return fmt.Errorf("--poolhandle: %d octets, not 1 to %d", n, wire.MaxPoolHandleLen)
	}
	return nil
}

// closeTimeout is how long the element has to take what is on its way at the end.
const closeTimeout = 2 * time.Second

// Run carries lines until the end of input and the last answer.
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
	t := terminal{session: session, out: os.Stdout, notes: os.Stderr, element: session.Element()}
	fmt.Fprintf(t.notes, "rspterminal: session with element %v of pool %s\n", t.element, p.PoolHandle)
	err = t.run(ctx, lines(os.Stdin), p.Wait.Duration())
	if ctx.Err() != nil {
		return nil // Stopped by the user.
	}
	closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = session.Close(closing) // All answers are there: what fails now does no harm.
	return err
}

// lines returns the lines of r, without their ends. It is read as fast as they are
// taken.
func lines(r io.Reader) <-chan string {
	out := make(chan string)
	go func() {
		defer close(out)
		for s := bufio.NewScanner(r); s.Scan(); {
			out <- s.Text()
		}
	}()
	return out
}

// errUnanswered says that the session has ended too early.
var errUnanswered = errors.New("not answered in time")
