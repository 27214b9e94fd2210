// Package node holds what the command lines of pool elements and pool users have in
// common: how the ASAP endpoint finds its registrar, and what a user is told while
// there is none, or no element.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

// Flags are the flags of an ASAP endpoint.
type Flags struct {
	Registrar       []cli.Addrs      `sep:"none" placeholder:"ADDR:PORT,..." help:"A registrar, with its addresses; repeatable. Port: 3863 unless given."`
	ASAPAnnounce    cli.Group        `name:"asapannounce" default:"auto" placeholder:"ADDR:PORT" help:"Multicast group in which registrars announce themselves: auto (239.0.0.50:3863), an address, or off. Default: ${default}."`
	AnnounceTimeout cli.Milliseconds `name:"registrarannouncetimeout" default:"5000" placeholder:"MS" help:"How long a registrar is remembered after its announce. Default: ${default}."`
	ConnectTimeout  cli.Milliseconds `name:"registrarconnecttimeout" default:"5000" placeholder:"MS" help:"Time to open an association. Default: ${default}."`
	ResponseTimeout cli.Milliseconds `name:"registrarresponsetimeout" default:"3000" placeholder:"MS" help:"Time that a registrar has to answer. Default: ${default}."`
	RequestTimeout  cli.Milliseconds `name:"registrarrequesttimeout" placeholder:"MS" help:"Is taken, and has no effect: no request waits to be sent."`

	Net cli.NetworkFlags `embed:""`
}

// UserFlags are the flags of the ASAP endpoint of a pool user, which can give up.
// A pool element never does.
type UserFlags struct {
	Flags         `embed:""`
	ConnectTrials int `name:"registrarconnectmaxtrials" default:"0" placeholder:"N" help:"Give up when no registrar was found in so many rounds through all that are known; 0: never. Default: ${default}."`
	RequestTrials int `name:"registrarrequestmaxtrials" default:"0" placeholder:"N" help:"Give up when registrars have left a request unanswered so often; 0: never. Default: ${default}."`
}

// ElementFlags are the flags of the ASAP endpoint of a pool element. Command lines
// for the deployed program may have those of [UserFlags], too.
type ElementFlags struct {
	Flags         `embed:""`
	ConnectTrials int `name:"registrarconnectmaxtrials" placeholder:"N" help:"Is taken, and has no effect: a pool element does not give up."`
	RequestTrials int `name:"registrarrequestmaxtrials" placeholder:"N" help:"Is taken, and has no effect, likewise."`
}

// errNoWay: no registrar could ever be found.
var errNoWay = errors.New("--asapannounce=off leaves no way to find a registrar without --registrar")

// maxTimeout bounds the timeouts.
const maxTimeout = time.Hour

// Validate checks what goes together and what is in its range.
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

// Validate checks what goes together and what is in its range.
func (f *UserFlags) Validate() error {
	const most = 1 << 30
	return errors.Join(f.Flags.Validate(), cli.CheckRanges(
		cli.Range{Option: "registrarconnectmaxtrials", Value: int64(f.ConnectTrials), Max: most},
		cli.Range{Option: "registrarrequestmaxtrials", Value: int64(f.RequestTrials), Max: most},
	))
}

// String says where a registrar is sought.
func (f *Flags) String() string {
	var ways []string
	for _, r := range f.Registrar {
		ways = append(ways, "at "+cli.Addrs(r.WithPort(wire.PortASAP)).String())
	}
	if !f.ASAPAnnounce.Off {
		ways = append(ways, "announced in "+f.ASAPAnnounce.Text(asap.AnnounceGroup))
	}
	return strings.Join(ways, " or ")
}

func (f *Flags) config(log *slog.Logger) asap.Config {
	var registrars [][]netip.AddrPort
	for _, r := range f.Registrar {
		registrars = append(registrars, r.WithPort(wire.PortASAP))
	}
	return asap.Config{
		Network:         f.Net.Network(log),
		Registrars:      registrars,
		Announce:        f.ASAPAnnounce.Or(asap.AnnounceGroup),
		NoAnnounce:      f.ASAPAnnounce.Off,
		AnnounceTimeout: f.AnnounceTimeout.Duration(),
		ConnectTimeout:  f.ConnectTimeout.Duration(),
		ResponseTimeout: f.ResponseTimeout.Duration(),
		Logger:          log,
	}
}

// Open opens the endpoint.
func (f *Flags) Open(ctx context.Context, log *slog.Logger) (*asap.Node, error) {
	return asap.NewNode(ctx, f.config(log))
}

// Open opens the endpoint.
func (f *UserFlags) Open(ctx context.Context, log *slog.Logger) (*asap.Node, error) {
	config := f.config(log)
	config.HuntRounds = f.ConnectTrials
	config.RequestTrials = f.RequestTrials
	return asap.NewNode(ctx, config)
}

// PoolHandle is a pool handle on a command line.
type PoolHandle wire.PoolHandle

// UnmarshalText takes any text that is neither empty nor too long.
func (h *PoolHandle) UnmarshalText(text []byte) error {
	if n := len(text); n == 0 || n > wire.MaxPoolHandleLen {
		return fmt.Errorf("a pool handle has 1 to %d octets, and this one %d", wire.MaxPoolHandleLen, n)
	}
	*h = PoolHandle(text)
	return nil
}
