// Command rspserver is a pool element (RFC 5351), or several. Each registers in a pool and offers a
// service to the pool's users.
package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/internal/cli"
)

type program struct {
	Services services `embed:"" group:"Service (the last choice counts):"`

	PoolHandle node.PoolHandle  `name:"poolhandle" placeholder:"HANDLE" help:"Pool to register in. Default: EchoPool, or the pool of the selected service."`
	Identifier cli.ID           `default:"0" placeholder:"ID" help:"Identifier of the element, decimal or hexadecimal with 0x; 0: random. Default: ${default}."`
	Local      cli.Local        `default:"auto" placeholder:"ADDR:PORT,..." help:"Addresses and port of the service; auto: all addresses, any port. Default: ${default}."`
	Policy     policy           `placeholder:"POLICY" help:"Pool policy with its values, such as WeightedRoundRobin:7 or LeastUsedDegradation:0.25. Default: RoundRobin, or the policy of the selected service."`
	Interval   cli.Milliseconds `name:"rereginterval" least:"10" default:"30000" placeholder:"MS" help:"Time between registrations (at least 10). Default: ${default}."`
	Runtime    cli.Milliseconds `default:"0" placeholder:"MS" help:"Stop after this time; 0: run until stopped. Default: ${default}."`
	Cycle      cli.CycleFlags   `embed:""`
	cli.DaemonFlags
	CookieKey string `name:"cookiekey" placeholder:"FILE" help:"Seal the states of sessions with the key in this file, the same for all servers of a pool: a line of 32 octets in hexadecimal or base64. The first line seals, further lines only open, for a change of keys. Default: states are not sealed, as in RSPLIB."`
	Quiet     bool   `help:"Print no text on standard output; the log has the sessions instead."`

	ASAP   node.ElementFlags `embed:"" group:"Registrar and transport:"`
	Status node.StatusFlags  `embed:"" group:"Reports to a monitor:"`
	cli.Common
}

func newProgram() *program { return &program{Services: newServices()} }

func main() {
	cli.Main("rspserver", "Pool element for reliable server pooling (RFC 5351): registers in a pool and serves its users.", newProgram())
}

// maxInterval bounds the registration interval. The lifetime of a registration is three intervals,
// and has 32 bits for milliseconds.
const maxInterval = 24 * time.Hour

// Validate checks the ranges. Kong calls it.
func (p *program) Validate() error {
	return cli.CheckRanges(
		cli.Range{Option: "rereginterval", Value: p.Interval.Duration().Milliseconds(), Max: maxInterval.Milliseconds(), Unit: "ms"},
	)
}

// AfterApply chooses the services, and checks that several services share no option that can only
// belong to a single service. Kong calls it.
func (p *program) AfterApply(ctx *kong.Context) error {
	if err := p.Services.choose(ctx.Path); err != nil {
		return err
	}
	return p.checkSeveral()
}

// Run registers the elements and serves until the context ends.
func (p *program) Run(ctx context.Context, log *slog.Logger) error {
	for _, option := range p.Services.foreign() {
		log.Warn("option ignored: it belongs to another service", "option", option)
	}
	if p.Runtime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.Runtime.Duration())
		defer cancel()
	}
	out := io.Discard
	if !p.Quiet {
		stdout := cli.SpoolStandard(os.Stdout) // Sessions do not wait for the reader of the text.
		defer stdout.Close()                   //nolint:errcheck // There is no reader of the error either.
		out = stdout
	}
	return p.Cycle.Run(ctx, log, func(ctx context.Context) error { return p.serve(ctx, log, out) })
}
