package main

import (
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport/scope"
)

// elementFlags are about pool elements and pool users.
type elementFlags struct {
	ASAP     cli.Local `name:"asap" default:"auto" placeholder:"ADDR:PORT,..." help:"Where to serve pool elements and pool users; auto: at all addresses, any port. Default: ${default}."`
	Announce cli.Group `name:"asapannounce" default:"auto" placeholder:"ADDR:PORT" help:"Multicast group for announces: auto (239.0.0.50:3863), an address, or off. Default: ${default}."`

	MinScope scope.Level `name:"minaddressscope" default:"auto" placeholder:"SCOPE" help:"Least scope of elements' addresses: auto (sitelocal, and loopback for those on this host), loopback, sitelocal or global. Default: ${default}."`

	AnnounceCycle     *cli.Milliseconds `name:"serverannouncecycle" placeholder:"MS" help:"Time between announces (100 to 60000). Default: 1000."`
	KeepAliveInterval *cli.Milliseconds `name:"endpointkeepalivetransmissioninterval" placeholder:"MS" help:"Time from a sign of life of an element to the next keep-alive (300 to 300000). Default: 5000, fast: 400."`
	KeepAliveTimeout  *cli.Milliseconds `name:"endpointkeepalivetimeoutinterval" placeholder:"MS" help:"Time that an element has to answer a keep-alive (100 to 60000). Default: 5000, fast: 400."`
	MaxBadReports     *int              `name:"maxbadpereports" placeholder:"N" help:"Reports of an unreachable element that remove it, unless it answers a keep-alive. Default: 3."`
	MaxItems          *int              `name:"maxhresitems" placeholder:"N" help:"Elements in the answer to a client that does not say how many (1 to 128). Default: 3."`

	MaxIncrement      int               `name:"maxincrement" placeholder:"N" help:"How many of the elements in an answer count as used, for policies that keep count; 0: as the policy has it, which is 1. Default: 0."`
	MaxResolutionRate float64           `name:"maxhrrate" default:"-1" placeholder:"N" help:"Handle resolutions that a client may ask for in a second; what is beyond is refused. Not above 0: any number. Default: ${default}."`
	MaxReportRate     float64           `name:"maxeurate" default:"-1" placeholder:"N" help:"Reports of unreachable elements that a client may send in a second; what is beyond is ignored. Not above 0: any number. Default: ${default}."`
	DistanceStep      *cli.Milliseconds `name:"distancestep" placeholder:"MS" help:"To what the distances of elements are rounded (1 to 60000). Default: 50."`
}

func (f *elementFlags) check() error {
	return cli.CheckRanges(
		milliseconds("serverannouncecycle", f.AnnounceCycle, 100, 60000),
		milliseconds("endpointkeepalivetransmissioninterval", f.KeepAliveInterval, 300, 300000),
		milliseconds("endpointkeepalivetimeoutinterval", f.KeepAliveTimeout, 100, 60000),
		number("maxbadpereports", f.MaxBadReports, 1, 1<<16),
		number("maxhresitems", f.MaxItems, 1, 128),
		number("maxincrement", &f.MaxIncrement, 0, 1<<16),
		milliseconds("distancestep", f.DistanceStep, 1, 60000),
	)
}

func (f *elementFlags) config() registrar.ElementsConfig {
	return registrar.ElementsConfig{
		AnnounceCycle:      given(f.AnnounceCycle).Duration(),
		KeepAliveInterval:  given(f.KeepAliveInterval).Duration(),
		KeepAliveTimeout:   given(f.KeepAliveTimeout).Duration(),
		MaxBadReports:      given(f.MaxBadReports),
		MaxResolutionItems: given(f.MaxItems),
		MaxResolutionRate:  f.MaxResolutionRate,
		MaxReportRate:      f.MaxReportRate,
		DistanceStep:       given(f.DistanceStep).Duration(),
		MinScope:           f.MinScope,
	}
}
