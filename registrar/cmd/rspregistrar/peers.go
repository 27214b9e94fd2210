package main

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
)

// peerFlags are about other registrars.
type peerFlags struct {
	ENRP     cli.Local   `name:"enrp" default:"auto" placeholder:"ADDR:PORT,..." help:"Where to meet other registrars; auto: at all addresses, any port. Default: ${default}."`
	Announce cli.Group   `name:"enrpannounce" aliases:"enrpmulticast" default:"auto" placeholder:"ADDR:PORT" help:"Multicast group in which registrars find each other: auto (239.0.0.51:9901), an address, or off. Default: ${default}."`
	Peer     []cli.Addrs `sep:"none" placeholder:"ADDR:PORT,..." help:"Another registrar with its addresses; repeatable. Port: 9901 unless given."`

	HeartbeatCycle    *cli.Milliseconds `name:"peerheartbeatcycle" placeholder:"MS" help:"Time between signs of life to other registrars (1000 to 300000). Default: 2444, fast: 250."`
	MaxTimeLastHeard  *cli.Milliseconds `name:"peermaxtimelastheard" placeholder:"MS" help:"How long another registrar may be silent before it is asked (1000 to 300000). Default: 5000, fast: 600."`
	MaxTimeNoResponse *cli.Milliseconds `name:"peermaxtimenoresponse" placeholder:"MS" help:"How long it then has to answer (1000 to 60000). Default: 5000, fast: 400."`
	MentorDiscovery   *cli.Milliseconds `name:"mentordiscoverytimeout" placeholder:"MS" help:"How long to wait for a first registrar at the start (100 to 60000). Default: 1000, fast: 300."`
	TakeoverExpiry    *cli.Milliseconds `name:"takeoverexpiryinterval" placeholder:"MS" help:"How long others have to agree to a takeover (1000 to 60000). Default: 5000, fast: 400."`
	MaxTableElements  *int              `name:"maxelementsperhtrequest" placeholder:"N" help:"Elements in one part of a handle table (1 to 1024). Default: 128."`
	SuggestTakeovers  bool              `name:"supporttakeoversuggestion" help:"Suggest each element to the registrar whose identifier suits it best."`
	Arbitration       string            `name:"takeover-arbitration" enum:"lower,higher" default:"lower" placeholder:"lower|higher" help:"Who wins if two want to take over a third: lower (identifier, as the deployed implementation) or higher (as RFC 5353). Default: ${default}."`
}

func (f *peerFlags) check() error {
	return cli.CheckRanges(
		milliseconds("peerheartbeatcycle", f.HeartbeatCycle, 1000, 300000),
		milliseconds("peermaxtimelastheard", f.MaxTimeLastHeard, 1000, 300000),
		milliseconds("peermaxtimenoresponse", f.MaxTimeNoResponse, 1000, 60000),
		milliseconds("mentordiscoverytimeout", f.MentorDiscovery, 100, 60000),
		milliseconds("takeoverexpiryinterval", f.TakeoverExpiry, 1000, 60000),
		number("maxelementsperhtrequest", f.MaxTableElements, 1, 1024),
	)
}

func (f *peerFlags) config() registrar.PeersConfig {
	var peers [][]netip.AddrPort
	for _, p := range f.Peer {
		peers = append(peers, p.WithPort(wire.PortENRP))
	}
	return registrar.PeersConfig{
		Static:            peers,
		HeartbeatCycle:    given(f.HeartbeatCycle).Duration(),
		MaxTimeLastHeard:  given(f.MaxTimeLastHeard).Duration(),
		MaxTimeNoResponse: given(f.MaxTimeNoResponse).Duration(),
		MentorDiscovery:   given(f.MentorDiscovery).Duration(),
		TakeoverExpiry:    given(f.TakeoverExpiry).Duration(),
		MaxTableElements:  given(f.MaxTableElements),
		HigherWins:        f.Arbitration == "higher",
		SuggestTakeovers:  f.SuggestTakeovers,
	}
}
