// Command rspregistrar is a registrar of RSerPool (RFC 5351): servers register with
// it as elements of a pool, and clients ask it for an element to use.
package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
)

type program struct {
	ASAP         cli.Local `name:"asap" default:"auto" placeholder:"ADDR:PORT,..." help:"Where to serve pool elements and pool users; auto: at all addresses, any port. Default: ${default}."`
	ASAPAnnounce cli.Group `name:"asapannounce" default:"auto" placeholder:"ADDR:PORT" help:"Group for announces: auto (239.0.0.50:3863), an address, or off."`
	Identifier   cli.ID    `default:"0" placeholder:"ID" help:"Identifier of the registrar, decimal or hexadecimal with 0x; 0: at random."`

	MinAddressScope machine.Scope `name:"minaddressscope" default:"auto" placeholder:"SCOPE" help:"Least scope of elements' addresses: auto (sitelocal, and loopback for those on this host), loopback, sitelocal or global."`

	AnnounceCycle     cli.Milliseconds `name:"serverannouncecycle" default:"1000" placeholder:"MS" help:"Time between announces (100 to 60000). Default: ${default}."`
	KeepAliveInterval cli.Milliseconds `name:"endpointkeepalivetransmissioninterval" default:"5000" placeholder:"MS" help:"Time from a sign of life of an element to the next keep-alive (300 to 300000). Default: ${default}."`
	KeepAliveTimeout  cli.Milliseconds `name:"endpointkeepalivetimeoutinterval" default:"5000" placeholder:"MS" help:"Time that an element has to answer a keep-alive (100 to 60000). Default: ${default}."`
	MaxBadReports     int              `name:"maxbadpereports" default:"3" placeholder:"N" help:"Reports of an unreachable element that remove it, unless it answers a keep-alive. Default: ${default}."`
	MaxItems          int              `name:"maxhresitems" default:"3" placeholder:"N" help:"Elements in the answer to a client that does not say how many (1 to 128). Default: ${default}."`

	Quiet bool `help:"No text on standard output."`

	Net cli.NetworkFlags `embed:"" group:"Transport:"`
	cli.Common
}

func main() {
	cli.Main("rspregistrar", "Registrar for reliable server pooling (RFC 5351): keeps the pools, and watches over their elements.", new(program))
}

// Validate checks the ranges. Kong calls it.
func (p *program) Validate() error {
	for _, c := range []struct {
		name            string
		value, min, max int64
	}{
		{"serverannouncecycle", p.AnnounceCycle.Duration().Milliseconds(), 100, 60000},
		{"endpointkeepalivetransmissioninterval", p.KeepAliveInterval.Duration().Milliseconds(), 300, 300000},
		{"endpointkeepalivetimeoutinterval", p.KeepAliveTimeout.Duration().Milliseconds(), 100, 60000},
		{"maxbadpereports", int64(p.MaxBadReports), 1, 1 << 16},
		{"maxhresitems", int64(p.MaxItems), 1, 128},
	} {
		if c.value < c.min || c.value > c.max {
			return fmt.Errorf("--%s: %d is not from %d to %d", c.name, c.value, c.min, c.max)
		}
	}
	return nil
}

// Run serves until the context ends.
func (p *program) Run(ctx context.Context, log *slog.Logger) error {
	server, err := registrar.New(ctx, registrar.Config{
		Network:  p.Net.Network(log),
		ASAP:     p.ASAP.ListenConfig,
		Announce: p.ASAPAnnounce.Or(asap.AnnounceGroup),
		Machine: machine.RegistrarConfig{
			ID:                 wire.ServerID(p.Identifier),
			AnnounceCycle:      p.AnnounceCycle.Duration(),
			KeepAliveInterval:  p.KeepAliveInterval.Duration(),
			KeepAliveTimeout:   p.KeepAliveTimeout.Duration(),
			MaxBadReports:      p.MaxBadReports,
			MaxResolutionItems: p.MaxItems,
			MinScope:           p.MinAddressScope,
		},
		Logger: log,
	})
	if err != nil {
		return err
	}
	if !p.Quiet {
		fmt.Printf("rspregistrar %v serves ASAP at %v\n", server.ID(), server.LocalAddrs())
	}
	return server.Run(ctx)
}
