package node

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

// Flags are the flags of an ASAP endpoint.
type Flags struct {
	Registrar       []cli.Hosts      `sep:"none" placeholder:"ADDR:PORT,..." help:"Addresses or names of a registrar; repeatable for more registrars. Names are looked up at each search for a registrar. Port: 3863 unless given."`
	ASAPAnnounce    cli.Group        `name:"asapannounce" default:"auto" placeholder:"ADDR:PORT" help:"Multicast group in which registrars announce themselves: auto (239.0.0.50:3863), an address, or off. Default: ${default}."`
	AnnounceTimeout cli.Milliseconds `name:"registrarannouncetimeout" default:"5000" placeholder:"MS" help:"Time for which a registrar is remembered after its announce. Default: ${default}."`
	ConnectTimeout  cli.Milliseconds `name:"registrarconnecttimeout" default:"5000" placeholder:"MS" help:"Time limit for opening an association. Default: ${default}."`
	ResponseTimeout cli.Milliseconds `name:"registrarresponsetimeout" default:"3000" placeholder:"MS" help:"Time limit for an answer of a registrar. Default: ${default}."`
	RequestTimeout  cli.Milliseconds `name:"registrarrequesttimeout" placeholder:"MS" help:"Accepted for compatibility; ignored."`
	Trust           string           `name:"trust-registrars" enum:"any,configured" default:"any" placeholder:"RULE" help:"Registrars to follow when they take elements over from a registrar that does not answer: any, or configured (only registrars given by --registrar or announced). Default: ${default}."`

	Net cli.NetworkFlags `embed:""`
}

// UserFlags are the flags of the ASAP endpoint of a pool user. Unlike a pool element, a pool user
// may give up.
type UserFlags struct {
	Flags         `embed:""`
	ConnectTrials int `name:"registrarconnectmaxtrials" default:"0" placeholder:"N" help:"Give up after this many unsuccessful rounds through all known registrars; 0: never. Default: ${default}."`
	RequestTrials int `name:"registrarrequestmaxtrials" default:"0" placeholder:"N" help:"Give up after sending a request this many times without an answer; 0: never. Default: ${default}."`
}

// ElementFlags are the flags of the ASAP endpoint of a pool element. The flags of [UserFlags] are
// accepted, because command lines for RSPLIB may have them.
type ElementFlags struct {
	Flags         `embed:""`
	ConnectTrials int `name:"registrarconnectmaxtrials" placeholder:"N" help:"Accepted for compatibility; ignored."`
	RequestTrials int `name:"registrarrequestmaxtrials" placeholder:"N" help:"Accepted for compatibility; ignored."`
}

// errNoWay: no registrar can ever be found.
var errNoWay = errors.New("--asapannounce=off leaves no way to find a registrar without --registrar")

// maxTimeout bounds the timeouts.
const maxTimeout = time.Hour

// Validate checks ranges and combinations.
func (f *Flags) Validate() error {
	if f.ASAPAnnounce.Off && len(f.Registrar) == 0 {
		return errNoWay
	}
	return cli.CheckRanges(
		inMilliseconds("registrarannouncetimeout", f.AnnounceTimeout),
		inMilliseconds("registrarconnecttimeout", f.ConnectTimeout),
		inMilliseconds("registrarresponsetimeout", f.ResponseTimeout),
	)
}

func inMilliseconds(option string, d cli.Milliseconds) cli.Range {
	return cli.Range{Option: option, Value: d.Duration().Milliseconds(), Min: 1, Max: maxTimeout.Milliseconds(), Unit: "ms"}
}

// Validate checks ranges and combinations.
func (f *UserFlags) Validate() error {
	const most = 1 << 30
	return errors.Join(f.Flags.Validate(), cli.CheckRanges(
		cli.Range{Option: "registrarconnectmaxtrials", Value: int64(f.ConnectTrials), Max: most},
		cli.Range{Option: "registrarrequestmaxtrials", Value: int64(f.RequestTrials), Max: most},
	))
}

// registrars returns the registrars as entries of [asap.Config].
func (f *Flags) registrars() []string {
	entries := make([]string, len(f.Registrar))
	for i, r := range f.Registrar {
		entries[i] = r.WithPort(wire.PortASAP)
	}
	return entries
}

// String returns the places of the search for a registrar in words.
func (f *Flags) String() string {
	var places []string
	for _, r := range f.registrars() {
		places = append(places, "at "+strings.ReplaceAll(r, ",", ", "))
	}
	if !f.ASAPAnnounce.Off {
		places = append(places, "announced in "+f.ASAPAnnounce.Text(asap.AnnounceGroup))
	}
	return strings.Join(places, " or ")
}

func (f *Flags) config(log, library *slog.Logger) asap.Config {
	trust := asap.TrustAny
	if f.Trust == "configured" {
		trust = asap.TrustConfigured
	}
	return asap.Config{
		Network:         f.Net.Network(log),
		Registrars:      f.registrars(),
		Announce:        f.ASAPAnnounce.Config(asap.AnnounceGroup),
		AnnounceTimeout: f.AnnounceTimeout.Duration(),
		ConnectTimeout:  f.ConnectTimeout.Duration(),
		ResponseTimeout: f.ResponseTimeout.Duration(),
		TrustRegistrars: trust,
		Logger:          library,
	}
}

// Open opens the endpoint. The log gets the choice of the transport, and library the news of the
// endpoint.
func (f *Flags) Open(ctx context.Context, log, library *slog.Logger) (*asap.Node, error) {
	return asap.Open(ctx, f.config(log, library))
}

// Open opens the endpoint, like [Flags.Open].
func (f *UserFlags) Open(ctx context.Context, log, library *slog.Logger) (*asap.Node, error) {
	config := f.config(log, library)
	config.HuntRounds = f.ConnectTrials
	config.RequestTrials = f.RequestTrials
	return asap.Open(ctx, config)
}
