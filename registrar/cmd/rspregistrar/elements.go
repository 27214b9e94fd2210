package main

import (
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport/scope"
)

// elementFlags are the options for pool elements and pool users.
type elementFlags struct {
	ASAP     cli.Local `name:"asap" default:"auto" placeholder:"ADDR:PORT,..." help:"Local addresses and port for pool elements and pool users; auto: all addresses, any port. Default: ${default}."`
	Announce cli.Group `name:"asapannounce" default:"auto" placeholder:"ADDR:PORT" help:"Multicast group for announces: auto (239.0.0.50:3863), an address, or off. Default: ${default}."`

	MinScope scope.Level `name:"minaddressscope" default:"auto" placeholder:"SCOPE" help:"Least scope of the addresses of elements: auto (sitelocal, and loopback for elements on this host), loopback, sitelocal or global. Default: ${default}."`

	AnnounceCycle     *cli.Milliseconds `name:"serverannouncecycle" least:"100" most:"60000" placeholder:"MS" help:"Time between announces (100 to 60000). Default: 1000."`
	KeepAliveInterval *cli.Milliseconds `name:"endpointkeepalivetransmissioninterval" least:"300" most:"300000" placeholder:"MS" help:"Time from a sign of life of an element to the next keep-alive (300 to 300000). Default: 5000, fast: 400."`
	KeepAliveTimeout  *cli.Milliseconds `name:"endpointkeepalivetimeoutinterval" least:"100" most:"60000" placeholder:"MS" help:"Time for an element to answer a keep-alive (100 to 60000). Default: 5000, fast: 400."`
	MaxBadReports     *int              `name:"maxbadpereports" least:"1" most:"65536" placeholder:"N" help:"Number of reports that remove an unreachable element, unless it answers a keep-alive. Default: 3."`
	MaxItems          *int              `name:"maxhresitems" least:"1" most:"128" placeholder:"N" help:"Number of elements in an answer to a client that asks for no number (1 to 128). Default: 3."`

	MaxIncrement      int               `name:"maxincrement" placeholder:"N" help:"Number of elements in an answer that count as used, for policies that keep count; 0: the number of the policy, which is 1. Default: 0."`
	MaxOctets         *int              `name:"max-octets" placeholder:"N" help:"Octets of the entries of all elements together; further elements are refused (4096 to 1099511627776). Default: 1073741824."`
	MaxElements       *int              `name:"max-elements" placeholder:"N" help:"Number of elements of all pools; further elements are refused (1 to 1000000000). Default: 4000000."`
	MaxPerAssociation *int              `name:"max-elements-per-association" placeholder:"N" help:"Number of elements that register over the same association; further elements are refused (1 to 1000000000). Default: 100000."`
	MaxPerHost        *int              `name:"max-elements-per-host" placeholder:"N" help:"Number of elements that register from the same address; further elements are refused (1 to 1000000000). Default: 250000."`
	MaxResolutionRate float64           `name:"maxhrrate" default:"-1" placeholder:"N" help:"Handle resolutions per second and client; further resolutions are refused. 0 or below: no limit. Default: ${default}."`
	MaxReportRate     float64           `name:"maxeurate" default:"-1" placeholder:"N" help:"Reports of unreachable elements per second and client; further reports are ignored. 0 or below: no limit. Default: ${default}."`
	MaxSubscriptions  *int              `name:"max-subscriptions" placeholder:"N" help:"Subscriptions of all clients to changes of pools; further subscriptions are not accepted (1 to 1048576). Default: 16384."`
	MaxHostSubs       *int              `name:"max-host-subscriptions" placeholder:"N" help:"Subscriptions of the clients of a host (1 to 1048576). Default: 1024."`
	MaxClientSubs     *int              `name:"max-client-subscriptions" placeholder:"N" help:"Subscriptions of a client (1 to 4096). Default: 64."`
	DistanceStep      *cli.Milliseconds `name:"distancestep" least:"1" most:"60000" placeholder:"MS" help:"Unit to which the distances of elements are rounded (1 to 60000). Default: 50."`
}

// maxElements is the end of the range of numbers of elements.
const maxElements = 1_000_000_000

// check checks the ranges.
func (f *elementFlags) check() error {
	return cli.CheckRanges(
		limitNumber("maxincrement", &f.MaxIncrement, 0, 1<<16),
		limitNumber("max-octets", f.MaxOctets, 1<<12, 1<<40),
		limitNumber("max-subscriptions", f.MaxSubscriptions, 1, 1<<20),
		limitNumber("max-host-subscriptions", f.MaxHostSubs, 1, 1<<20),
		limitNumber("max-client-subscriptions", f.MaxClientSubs, 1, 1<<12),
		limitNumber("max-elements", f.MaxElements, 1, maxElements),
		limitNumber("max-elements-per-association", f.MaxPerAssociation, 1, maxElements),
		limitNumber("max-elements-per-host", f.MaxPerHost, 1, maxElements),
	)
}

// config returns the options for the registrar.
func (f *elementFlags) config() registrar.ElementsConfig {
	return registrar.ElementsConfig{
		AnnounceCycle:          valueOrZero(f.AnnounceCycle).Duration(),
		KeepAliveInterval:      valueOrZero(f.KeepAliveInterval).Duration(),
		KeepAliveTimeout:       valueOrZero(f.KeepAliveTimeout).Duration(),
		MaxBadReports:          valueOrZero(f.MaxBadReports),
		MaxResolutionItems:     valueOrZero(f.MaxItems),
		MaxResolutionRate:      f.MaxResolutionRate,
		MaxReportRate:          f.MaxReportRate,
		MaxSubscriptions:       valueOrZero(f.MaxSubscriptions),
		MaxHostSubscriptions:   valueOrZero(f.MaxHostSubs),
		MaxClientSubscriptions: valueOrZero(f.MaxClientSubs),
		DistanceStep:           valueOrZero(f.DistanceStep).Duration(),
		MinScope:               f.MinScope,

		MaxElementsPerAssociation: valueOrZero(f.MaxPerAssociation),
		MaxElementsPerHost:        valueOrZero(f.MaxPerHost),
	}
}
