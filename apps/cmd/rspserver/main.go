// Command rspserver is a pool element (RFC 5351): it registers in a pool and offers
// one service to the pool's users.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/apps/internal/service"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

type program struct {
	Echo bool `help:"Service: send each message back. This is the default."`

	PoolHandle string           `name:"poolhandle" default:"EchoPool" placeholder:"HANDLE" help:"Pool to register in. Default: ${default}."`
	Identifier cli.ID           `default:"0" placeholder:"ID" help:"Identifier of the element, decimal or hexadecimal with 0x; 0: at random."`
	Local      cli.Local        `default:"auto" placeholder:"ADDR:PORT,..." help:"Where to serve; auto: at all addresses, any port. Default: ${default}."`
	Policy     policy           `default:"RoundRobin" placeholder:"POLICY" help:"Pool policy with its values, such as WeightedRoundRobin:7 or LeastUsedDegradation:0.25. Default: ${default}."`
	Interval   cli.Milliseconds `name:"rereginterval" default:"30000" placeholder:"MS" help:"Time between registrations (at least 10). Default: ${default}."`
	Runtime    cli.Milliseconds `default:"0" placeholder:"MS" help:"Stop after this time; 0: run until stopped."`
	Quiet      bool             `help:"No text on standard output."`

	ASAP node.Flags `embed:"" group:"Registrar and transport:"`
	cli.Common
}

// policy is a policy as users write it.
type policy struct{ wire.Policy }

// UnmarshalText takes a policy's name and its values.
func (p *policy) UnmarshalText(text []byte) (err error) {
	p.Policy, err = wire.ParsePolicyText(string(text))
	return err
}

func main() {
	cli.Main("rspserver", "Pool element for reliable server pooling (RFC 5351): registers in a pool and serves its users.", new(program))
}

// Validate checks the ranges. Kong calls it.
func (p *program) Validate() error {
	if p.Interval.Duration() < 10*time.Millisecond {
		return errors.New("--rereginterval: less than 10 ms")
	}
	if n := len(p.PoolHandle); n == 0 || n > wire.MaxPoolHandleLen {
		return fmt.Errorf("--poolhandle: %d octets, not 1 to %d", n, wire.MaxPoolHandleLen)
	}
	return nil
}

// closeTimeout is how long the registrar and the users have to hear of the end.
const closeTimeout = 5 * time.Second

// Run registers the element and serves until the context ends.
func (p *program) Run(ctx context.Context, log *slog.Logger) (err error) {
	if p.Runtime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.Runtime.Duration())
		defer cancel()
	}
	n, err := p.ASAP.Open(ctx, log)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		err = errors.Join(err, n.Close(closing))
	}()
	p.say("rspserver: echo service in pool %s, policy %v; looking for a registrar", p.PoolHandle, p.Policy)
	l, err := n.Listen(ctx, wire.PoolHandle(p.PoolHandle), asap.ListenConfig{
		ID:       wire.PEID(p.Identifier),
		Policy:   p.Policy.Policy,
		Local:    p.Local.ListenConfig,
		Interval: p.Interval.Duration(),
	})
	if ctx.Err() != nil {
		return nil // Stopped before there was a registrar.
	}
	if err != nil {
		return err
	}
	p.say("rspserver: element %v registered, serving at %v", l.ID(), l.Endpoint().LocalAddrs())
	return service.Echo(ctx, l, log)
}

func (p *program) say(format string, args ...any) {
	if !p.Quiet {
		fmt.Printf(format+"\n", args...)
	}
}
