// Command rspserver is a pool element (RFC 5351): it registers in a pool and offers
// one service to the pool's users.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/apps/internal/service"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

type program struct {
	Service serviceFlags `embed:"" group:"Service, of which the last one counts:"`

	PoolHandle node.PoolHandle  `name:"poolhandle" placeholder:"HANDLE" help:"Pool to register in. Default: EchoPool, or what that is for the service."`
	Identifier cli.ID           `default:"0" placeholder:"ID" help:"Identifier of the element, decimal or hexadecimal with 0x; 0: at random. Default: ${default}."`
	Local      cli.Local        `default:"auto" placeholder:"ADDR:PORT,..." help:"Where to serve; auto: at all addresses, any port. Default: ${default}."`
	Policy     policy           `default:"RoundRobin" placeholder:"POLICY" help:"Pool policy with its values, such as WeightedRoundRobin:7 or LeastUsedDegradation:0.25. Default: ${default}."`
	Interval   cli.Milliseconds `name:"rereginterval" default:"30000" placeholder:"MS" help:"Time between registrations (at least 10). Default: ${default}."`
	Runtime    cli.Milliseconds `default:"0" placeholder:"MS" help:"Stop after this time; 0: run until stopped. Default: ${default}."`
	Cycle      cli.CycleFlags   `embed:""`
	cli.DaemonFlags
	Quiet bool `help:"No text on standard output."`

	ASAP   node.ElementFlags `embed:"" group:"Registrar and transport:"`
	Status node.StatusFlags  `embed:"" group:"Reports to a monitor:"`
	cli.Common
}

func main() {
	cli.Main("rspserver", "Pool element for reliable server pooling (RFC 5351): registers in a pool and serves its users.", new(program))
}

// maxInterval bounds the registration interval, since three of them must fit the 32
// bits that a registration has for milliseconds.
const maxInterval = 24 * time.Hour

// Validate checks the ranges. Kong calls it.
func (p *program) Validate() error {
	if err := cli.CheckRanges(
		cli.Range{Option: "rereginterval", Value: p.Interval.Duration().Milliseconds(), Min: 10, Max: maxInterval.Milliseconds(), Unit: "ms"},
	); err != nil {
		return err
	}
	return errors.Join(p.Service.Validate(), p.ASAP.Validate())
}

// Run registers the element and serves until the context ends.
func (p *program) Run(ctx context.Context, log *slog.Logger) error {
	for _, option := range p.Service.foreign() {
		log.Warn("option has no effect, it is for another service", "option", option)
	}
	if p.Runtime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.Runtime.Duration())
		defer cancel()
	}
	out := io.Discard
	if !p.Quiet {
		stdout := cli.SpoolStandard(os.Stdout) // Sessions do not wait for who reads of them.
		defer stdout.Close()                   //nolint:errcheck // Nobody reads it.
		out = stdout
	}
	return p.Cycle.Run(ctx, log, func(ctx context.Context) error { return p.serve(ctx, log, out) })
}

// hintDelay is after how long the user is told that there is no registrar yet.
const hintDelay = 2 * time.Second

// serve is the life of one pool element.
func (p *program) serve(ctx context.Context, log *slog.Logger, out io.Writer) error {
	s := p.Service.selected()
	pool := wire.PoolHandle(p.PoolHandle)
	if pool == "" {
		pool = s.PoolHandle
	}
	n, err := p.ASAP.Open(ctx, log)
	if err != nil {
		return err
	}
	lost := newLostHome()
	var status elementStatus
	// The last report is the one of the end, after all else.
	defer p.Status.ReportElement(log, n, func() node.ElementStatus { return p.status(&status) })()
	defer func() {
		closing, cancel := lost.limit(context.Background())
		defer cancel()
		if err := n.Close(closing); err != nil {
			log.Warn("not deregistered", "error", err)
		}
	}()
	p.describe(out, s, pool)
	hint := time.AfterFunc(hintDelay, func() { log.Warn("no registrar yet, still looking", "where", p.ASAP.String()) })
	defer hint.Stop()
	l, err := n.Listen(ctx, pool, asap.ListenConfig{
		ID:       wire.PEID(p.Identifier),
		Policy:   p.Policy.Policy,
		Local:    p.Local.ListenConfig,
		Interval: p.Interval.Duration(),
		Patient:  p.Background(), // Nobody waits for the registration.
		Notify: func(ev asap.ListenerEvent) {
			if _, ok := ev.(asap.Registered); ok {
				hint.Stop()
			}
			lost.notify(ev)
		},
	})
	if ctx.Err() != nil {
		return nil // Stopped before there was a registrar.
	}
	if err != nil {
		return err
	}
	status.listener.Store(l)
	var at cli.Addrs = l.Endpoint().LocalAddrs()
	registered := " registered,"
	if p.Background() {
		registered = ""
	}
	fmt.Fprintf(out, "element %v%s serving at %v\n", l.ID(), registered, at)
	p.Ready()
	return s.Serve(ctx, service.Config{Listener: l, Policy: p.Policy.Policy, Out: out, Usage: &status.usage, Logger: log})
}

// describe prints what the server is about to do.
func (p *program) describe(out io.Writer, s *service.Service, pool wire.PoolHandle) {
	fmt.Fprintf(out, "rspserver: %s service\n", s.Title)
	entry := func(name string, value any) { fmt.Fprintf(out, "  %-22s %v\n", name, value) }
	entry("pool handle", pool)
	entry("policy", p.Policy)
	entry("registration interval", fmt.Sprintf("%.3f s", p.Interval.Duration().Seconds()))
	entry("local addresses", p.Local)
	if p.Runtime > 0 {
		entry("run time", fmt.Sprintf("%.3f s", p.Runtime.Duration().Seconds()))
	}
	if s.MaxSessions > 0 {
		entry("sessions at most", s.MaxSessions)
	}
	if p.Cycle.On() {
		entry("failure test", fmt.Sprintf("up for %v, down for %v, on average", p.Cycle.Uptime.Duration(), p.Cycle.Downtime.Duration()))
	}
	entry("registrar", p.ASAP.String())
}
