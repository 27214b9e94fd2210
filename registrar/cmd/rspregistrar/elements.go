package main

import (
	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/internal/cli"
)

// elementFlags are about pool elements and pool users.
type elementFlags struct {
	ASAP     cli.Local `name:"asap" default:"auto" placeholder:"ADDR:PORT,..." help:"Where to serve pool elements and pool users; auto: at all addresses, any port. Default: ${default}."`
	Announce cli.Group `name:"asapannounce" default:"auto" placeholder:"ADDR:PORT" help:"Multicast group for announces: auto (239.0.0.50:3863), an address, or off. Default: ${default}."`

	MinScope machine.Scope `name:"minaddressscope" default:"auto" placeholder:"SCOPE" help:"Least scope of elements' addresses: auto (sitelocal, and loopback for those on this host), loopback, sitelocal or global. Default: ${default}."`

	AnnounceCycle     cli.Milliseconds `name:"serverannouncecycle" placeholder:"MS" help:"Time between announces (100 to 60000). Default: 1000."`
	KeepAliveInterval cli.Milliseconds `name:"endpointkeepalivetransmissioninterval" placeholder:"MS" help:"Time from a sign of life of an element to the next keep-alive (300 to 300000). Default: 5000, fast: 400."`
	KeepAliveTimeout  cli.Milliseconds `name:"endpointkeepalivetimeoutinterval" placeholder:"MS" help:"Time that an element has to answer a keep-alive (100 to 60000). Default: 5000, fast: 400."`
	MaxBadReports     int              `name:"maxbadpereports" placeholder:"N" help:"Reports of an unreachable element that remove it, unless it answers a keep-alive. Default: 3."`
	MaxItems          int              `name:"maxhresitems" placeholder:"N" help:"Elements in the answer to a client that does not say how many (1 to 128). Default: 3."`
}

func (f *elementFlags) check() error {
	return check([]limits{
		{"serverannouncecycle", f.AnnounceCycle.Duration().Milliseconds(), 100, 60000},
		{"endpointkeepalivetransmissioninterval", f.KeepAliveInterval.Duration().Milliseconds(), 300, 300000},
		{"endpointkeepalivetimeoutinterval", f.KeepAliveTimeout.Duration().Milliseconds(), 100, 60000},
		{"maxbadpereports", int64(f.MaxBadReports), 1, 1 << 16},
		{"maxhresitems", int64(f.MaxItems), 1, 128},
	})
}

func (f *elementFlags) config() machine.RegistrarConfig {
	return machine.RegistrarConfig{
		AnnounceCycle:      f.AnnounceCycle.Duration(),
		KeepAliveInterval:  f.KeepAliveInterval.Duration(),
		KeepAliveTimeout:   f.KeepAliveTimeout.Duration(),
		MaxBadReports:      f.MaxBadReports,
		MaxResolutionItems: f.MaxItems,
		MinScope:           f.MinScope,
	}
}
