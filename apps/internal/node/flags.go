// Package node holds what the command lines of pool elements and pool users have in
// common: how the ASAP endpoint finds its registrar.
package node

import (
	"context"
	"log/slog"
	"net/netip"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

// Flags are the flags of an ASAP endpoint.
type Flags struct {
	Registrar       []cli.Addrs      `sep:"none" placeholder:"ADDR:PORT,..." help:"A registrar with its addresses; repeatable. Port: 3863 unless given."`
	ASAPAnnounce    cli.Group        `name:"asapannounce" default:"auto" placeholder:"ADDR:PORT" help:"Group in which registrars announce themselves: auto (239.0.0.50:3863), an address, or off."`
	AnnounceTimeout cli.Milliseconds `name:"registrarannouncetimeout" default:"5000" placeholder:"MS" help:"How long a registrar is remembered after its announce. Default: ${default}."`
	ConnectTimeout  cli.Milliseconds `name:"registrarconnecttimeout" default:"5000" placeholder:"MS" help:"Time to open an association. Default: ${default}."`
	ConnectTrials   int              `name:"registrarconnectmaxtrials" default:"0" placeholder:"N" help:"Rounds through all registrars before a request fails; 0: no limit. Default: ${default}."`
	ResponseTimeout cli.Milliseconds `name:"registrarresponsetimeout" default:"3000" placeholder:"MS" help:"Time that a registrar has to answer. Default: ${default}."`
	RequestTrials   int              `name:"registrarrequestmaxtrials" default:"3" placeholder:"N" help:"How often a request is sent before it fails. Default: ${default}."`

	Net cli.NetworkFlags `embed:""`
}

// Open opens the endpoint.
func (f *Flags) Open(ctx context.Context, log *slog.Logger) (*asap.Node, error) {
	var registrars [][]netip.AddrPort
	for _, r := range f.Registrar {
		registrars = append(registrars, r.WithPort(wire.PortASAP))
	}
	return asap.NewNode(ctx, asap.Config{
		Network:         f.Net.Network(log),
		Registrars:      registrars,
		Announce:        f.ASAPAnnounce.Or(asap.AnnounceGroup),
		NoAnnounce:      f.ASAPAnnounce.Off,
		AnnounceTimeout: f.AnnounceTimeout.Duration(),
		ConnectTimeout:  f.ConnectTimeout.Duration(),
		HuntRounds:      f.ConnectTrials,
		ResponseTimeout: f.ResponseTimeout.Duration(),
		RequestTrials:   f.RequestTrials,
		Logger:          log,
	})
}
