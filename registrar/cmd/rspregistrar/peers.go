package main

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
)

// peerFlags are the options for other registrars.
type peerFlags struct {
	ENRP     cli.Local   `name:"enrp" default:"auto" placeholder:"ADDR:PORT,..." help:"Local addresses and port for other registrars; auto: all addresses, any port. Default: ${default}."`
	Announce cli.Group   `name:"enrpannounce" aliases:"enrpmulticast" default:"auto" placeholder:"ADDR:PORT" help:"Multicast group in which registrars find each other: auto (239.0.0.51:9901), an address, or off. Default: ${default}."`
	Peer     []cli.Addrs `sep:"none" placeholder:"ADDR:PORT,..." help:"Addresses of another registrar; repeatable. Port: 9901 unless given."`

	HeartbeatCycle    *cli.Milliseconds `name:"peerheartbeatcycle" least:"1000" most:"300000" placeholder:"MS" help:"Time between heartbeats to other registrars (1000 to 300000). Default: 2444, fast: 250."`
	MaxTimeLastHeard  *cli.Milliseconds `name:"peermaxtimelastheard" least:"1000" most:"300000" placeholder:"MS" help:"Silence after which another registrar is asked for a sign of life (1000 to 300000). Default: 5000, fast: 600."`
	MaxTimeNoResponse *cli.Milliseconds `name:"peermaxtimenoresponse" least:"1000" most:"60000" placeholder:"MS" help:"Time for that registrar to answer (1000 to 60000). Default: 5000, fast: 400."`
	MentorDiscovery   *cli.Milliseconds `name:"mentordiscoverytimeout" aliases:"mentorhuntinterval" least:"100" most:"60000" placeholder:"MS" help:"Time to wait for a first registrar at the start (100 to 60000). Default: 1000, fast: 300."`
	TakeoverExpiry    *cli.Milliseconds `name:"takeoverexpiryinterval" least:"1000" most:"60000" placeholder:"MS" help:"Time for other registrars to agree to a takeover (1000 to 60000). Default: 5000, fast: 400."`
	MaxTableElements  *int              `name:"maxelementsperhtrequest" least:"1" most:"1024" placeholder:"N" help:"Number of elements in a part of a handle table (1 to 1024). Default: 128."`
	MaxPerPeer        *int              `name:"max-elements-per-peer" placeholder:"N" help:"Number of elements of another registrar; further elements are refused (1 to 1000000000). Default: 250000."`
	SuggestTakeovers  bool              `name:"supporttakeoversuggestion" help:"Suggest each element to the registrar whose identifier suits it best."`
	Arbitration       string            `name:"takeover-arbitration" enum:"lower,higher" default:"lower" placeholder:"lower|higher" help:"Registrar that wins if two want to take over a third: with the lower identifier, as RSPLIB, or the higher identifier, as RFC 5353. Default: ${default}."`
}

// check checks the ranges.
func (f *peerFlags) check() error {
	return cli.CheckRanges(
		limitNumber("max-elements-per-peer", f.MaxPerPeer, 1, maxElements),
	)
}

// config returns the options for the registrar.
func (f *peerFlags) config() registrar.PeersConfig {
	var peers [][]netip.AddrPort
	for _, p := range f.Peer {
		peers = append(peers, p.WithPort(wire.PortENRP))
	}
	return registrar.PeersConfig{
		Static:            peers,
		HeartbeatCycle:    valueOrZero(f.HeartbeatCycle).Duration(),
		MaxTimeLastHeard:  valueOrZero(f.MaxTimeLastHeard).Duration(),
		MaxTimeNoResponse: valueOrZero(f.MaxTimeNoResponse).Duration(),
		MentorDiscovery:   valueOrZero(f.MentorDiscovery).Duration(),
		TakeoverExpiry:    valueOrZero(f.TakeoverExpiry).Duration(),
		MaxTableElements:  valueOrZero(f.MaxTableElements),
		HigherWins:        f.Arbitration == "higher",
		SuggestTakeovers:  f.SuggestTakeovers,

		MaxElementsPerPeer: valueOrZero(f.MaxPerPeer),
	}
}
