package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
)

// program is the command line.
type program struct {
	Identifier cli.ID `default:"0" placeholder:"ID" help:"Identifier of the registrar, decimal or hexadecimal with 0x; 0: at random. Default: ${default}."`
	Profile    string `enum:"default,fast" default:"default" placeholder:"default|fast" help:"Values of timers that are not given: default (as RSPLIB) or fast (to notice failures within a second)."`
	Quiet      bool   `help:"No text on standard output."`

	DisableIPv6 bool        `name:"disable-ipv6" help:"Use IPv4 only."`
	AnnounceTTL int         `name:"announcettl" least:"1" most:"255" default:"30" placeholder:"N" help:"TTL or hop limit of multicast datagrams (1 to 255). Default: ${default}."`
	AutoClose   cli.Seconds `name:"autoclosetimeout" least:"5" placeholder:"S" help:"Shut down associations that carry no message for this time, in seconds (at least 5). Without the option, they stay."`

	Cycle cli.CycleFlags `embed:""`
	cli.DaemonFlags
	Records recordFlags     `embed:""`
	Status  cli.StatusFlags `embed:""`
	Metrics metricsFlags    `embed:""`

	Elements elementFlags     `embed:"" group:"Pool elements and pool users (ASAP):"`
	Peers    peerFlags        `embed:"" group:"Other registrars (ENRP):"`
	Net      cli.NetworkFlags `embed:"" group:"Transport:"`
	cli.Common
}

func main() {
	cli.Main("rspregistrar", "Registrar for reliable server pooling (RFC 5351): keeps the pools, and watches over their elements.", new(program))
}

// Validate checks the ranges. Kong calls it.
func (p *program) Validate() error {
	if err := p.Elements.check(); err != nil {
		return err
	}
	if err := p.Peers.check(); err != nil {
		return err
	}
	if p.DisableIPv6 {
		return errors.Join(limitToIPv4("asap", &p.Elements.ASAP), limitToIPv4("enrp", &p.Peers.ENRP))
	}
	return nil
}

// limitToIPv4 limits the addresses of an endpoint to IPv4. It fails if an option names other
// addresses.
func limitToIPv4(option string, l *cli.Local) error {
	if len(l.Addrs) == 0 {
		l.Addrs = []netip.Addr{netip.IPv4Unspecified()}
	}
	for _, a := range l.Addrs {
		if !a.Unmap().Is4() {
			return fmt.Errorf("--%s: %v is no IPv4 address, and --disable-ipv6 is given", option, a)
		}
	}
	return nil
}

// Run serves until the context ends.
func (p *program) Run(ctx context.Context, log *slog.Logger) error {
	records, err := p.Records.open(log)
	if err != nil {
		return err
	}
	out := cli.SpoolStandard(os.Stdout) // The registrar does not wait for a reader.
	defer out.Close()                   //nolint:errcheck // Standard output is not worth an error at the end.
	err = p.Cycle.Run(ctx, log, func(ctx context.Context) error { return p.serve(ctx, log, out, records) })
	return errors.Join(err, records.close())
}

// serve runs a registrar until the context ends.
func (p *program) serve(ctx context.Context, log *slog.Logger, out io.Writer, records *records) error {
	// A failure here must come before other programs find the registrar.
	web, err := p.Metrics.listen(ctx)
	if err != nil {
		return err
	}
	elements, peers := p.Elements.config(), p.Peers.config()
	if p.Profile == "fast" {
		p.Net.Heartbeat = fastHeartbeat
		speedUpElements(&elements)
		speedUpPeers(&peers)
	}
	p.Net.HopLimit = p.AnnounceTTL
	server, err := registrar.New(ctx, registrar.Config{
		Network:  p.Net.Network(log),
		ID:       wire.ServerID(p.Identifier),
		ASAP:     &p.Elements.ASAP.ListenConfig,
		ENRP:     &p.Peers.ENRP.ListenConfig,
		Announce: groupConfig(p.Elements.Announce, asap.AnnounceGroup),
		Presence: groupConfig(p.Peers.Announce, registrar.PresenceGroup),
		Elements: elements,
		Peers:    peers,

		MaxElements:  valueOrZero(p.Elements.MaxElements),
		MaxOctets:    valueOrZero(p.Elements.MaxOctets),
		MaxIncrement: p.Elements.MaxIncrement,
		IdleTimeout:  p.AutoClose.Duration(),
		Logger:       log,
		Observe:      records.observer(elements),
	})
	if err != nil {
		if web != nil {
			err = errors.Join(err, web.Close())
		}
		return err
	}
	if !p.Quiet {
		p.describe(out, server)
	}
	err = p.run(ctx, log, server, web, records)
	records.addRun(server.Final())
	return err
}

// run runs the server together with its records, metrics and status reports.
func (p *program) run(ctx context.Context, log *slog.Logger, server *registrar.Server, web net.Listener, records *records) error {
	ctx, cancel := context.WithCancel(ctx)
	var watchers sync.WaitGroup
	defer watchers.Wait()
	defer cancel()
	if web != nil {
		watchers.Go(p.Metrics.serve(ctx, log, web, server))
	}
	watchers.Go(func() { records.watch(ctx, log, server) })
	watchers.Go(func() { reportStatus(ctx, log, &p.Status, server) })
	p.Ready()
	return server.Run(ctx)
}

// describe prints the addresses and the groups of the server.
func (p *program) describe(out io.Writer, server *registrar.Server) {
	fmt.Fprintf(out, "rspregistrar %v\n", server.ID())
	entry := func(name string, value any) { fmt.Fprintf(out, "  %-14s %v\n", name, value) }
	entry("serves ASAP at", cli.Addrs(server.LocalAddrs()))
	entry("announced in", p.Elements.Announce.Text(asap.AnnounceGroup))
	entry("serves ENRP at", cli.Addrs(server.ENRPAddrs()))
	entry("present in", p.Peers.Announce.Text(registrar.PresenceGroup))
	entry("memory", p.Net.Memory())
}

// groupConfig returns a multicast group of the command line, with missing parts taken from
// the standard group.
func groupConfig(g cli.Group, standard netip.AddrPort) transport.GroupConfig {
	return transport.GroupConfig{Addr: g.Or(standard), Off: g.Off}
}
