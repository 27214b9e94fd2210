// Command rspserver is a pool element (RFC 5351). It registers in a pool and offers a service to
// the pool's users.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/apps/internal/service"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

type program struct {
	Service serviceFlags `embed:"" group:"Service (the last switch counts):"`

	PoolHandle node.PoolHandle  `name:"poolhandle" placeholder:"HANDLE" help:"Pool to register in. Default: EchoPool, or the pool of the selected service."`
	Identifier cli.ID           `default:"0" placeholder:"ID" help:"Identifier of the element, decimal or hexadecimal with 0x; 0: random. Default: ${default}."`
	Local      cli.Local        `default:"auto" placeholder:"ADDR:PORT,..." help:"Addresses and port of the service; auto: all addresses, any port. Default: ${default}."`
	Policy     policy           `default:"RoundRobin" placeholder:"POLICY" help:"Pool policy with its values, such as WeightedRoundRobin:7 or LeastUsedDegradation:0.25. Default: ${default}."`
	Interval   cli.Milliseconds `name:"rereginterval" default:"30000" placeholder:"MS" help:"Time between registrations (at least 10). Default: ${default}."`
	Runtime    cli.Milliseconds `default:"0" placeholder:"MS" help:"Stop after this time; 0: run until stopped. Default: ${default}."`
	Cycle      cli.CycleFlags   `embed:""`
	cli.DaemonFlags
	Quiet bool `help:"Print no text on standard output; the log has the sessions instead."`

	ASAP   node.ElementFlags `embed:"" group:"Registrar and transport:"`
	Status node.StatusFlags  `embed:"" group:"Reports to a monitor:"`
	cli.Common
}

func main() {
	cli.Main("rspserver", "Pool element for reliable server pooling (RFC 5351): registers in a pool and serves its users.", new(program))
}

// maxInterval bounds the registration interval. The lifetime of a registration is three intervals,
// and has 32 bits for milliseconds.
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

// hintDelay is the time after which a warning says that there is no registrar yet.
const hintDelay = 2 * time.Second

// serve is the life of a pool element.
func (p *program) serve(ctx context.Context, log *slog.Logger, out io.Writer) error {
	s := p.Service.newService()
	s.Out = out
	pool := string(p.PoolHandle)
	if pool == "" {
		pool = s.Pool
	}
	library := log
	if !p.Quiet {
		library = p.Log.BesideText(log)
	}
	n, err := p.ASAP.Open(ctx, log, library)
	if err != nil {
		return err
	}
	lost := newLostHome()
	status := elementStatus{service: s}
	// The final report comes after all else.
	defer p.Status.ReportElement(log, n, func() node.ElementStatus { return p.status(&status) })()
	shutDown := sync.OnceFunc(func() {
		closing, cancel := lost.limit(context.Background())
		defer cancel()
		if err := n.Shutdown(closing); err != nil {
			log.Warn("not deregistered", "error", cmp.Or(context.Cause(closing), err))
		}
	})
	defer shutDown()
	p.describe(out, s, pool)
	hint := time.AfterFunc(hintDelay, func() { log.Warn("no registrar yet, still looking", "where", p.ASAP.String()) })
	defer hint.Stop()
	l, err := n.Listen(ctx, pool, &asap.ListenConfig{
		ID:          wire.PEID(p.Identifier),
		Policy:      p.Policy.Policy,
		Local:       p.Local.ListenConfig,
		Interval:    p.Interval.Duration(),
		Patient:     p.Background(), // The process in the foreground does not wait for a registrar.
		MaxSessions: s.MaxSessions,
		Notify:      p.notify(out, hint, lost),
	})
	if ctx.Err() != nil {
		return nil // The user has stopped the program before there was a registrar.
	}
	if err != nil {
		return err
	}
	status.listener.Store(l)
	defer context.AfterFunc(ctx, shutDown)() // Serve alone would wait longer for a lost registrar.
	registered := " registered,"
	if p.Background() {
		registered = ""
	}
	fmt.Fprintf(out, "element %v%s serving at %v\n", l.ID(), registered, cli.Addrs(l.LocalAddrs()))
	p.Ready()
	return l.Serve(ctx, s)
}

// notify returns a function for the events of the element.
func (p *program) notify(out io.Writer, hint *time.Timer, lost lostHome) func(asap.Event) {
	first := !p.Background() // In the foreground, serve prints the first registration.
	return func(ev asap.Event) {
		lost.notify(ev)
		registered, ok := ev.(asap.Registered)
		if !ok {
			return
		}
		hint.Stop()
		if !first {
			fmt.Fprintf(out, "%s element %v registered\n", time.Now().Format(cli.TimeFormat), registered.ID)
		}
		first = false
	}
}

// describe prints the configuration of the server.
func (p *program) describe(out io.Writer, s *service.Service, pool string) {
	fmt.Fprintf(out, "rspserver: %s service\n", s.Title)
	entry := func(name string, value any) { fmt.Fprintf(out, "  %-22s %v\n", name, value) }
	entry("process", os.Getpid())
	entry("pool handle", pool)
	entry("policy", p.Policy)
	entry("registration interval", fmt.Sprintf("%.3f s", p.Interval.Duration().Seconds()))
	entry("local addresses", p.Local)
	if p.Runtime > 0 {
		entry("run time", fmt.Sprintf("%.3f s", p.Runtime.Duration().Seconds()))
	}
	if s.MaxSessions > 0 {
		entry("maximum of sessions", s.MaxSessions)
	}
	if p.Cycle.On() {
		entry("failure test", fmt.Sprintf("up for %v, down for %v, on average", p.Cycle.Uptime.Duration(), p.Cycle.Downtime.Duration()))
	}
	entry("registrar", p.ASAP.String())
	entry("memory", p.ASAP.Net.Memory())
}
