// Command cspmonitor shows the components of reliable server pooling (RFC 5351) that report their
// status to it (CSP): registrars, pool elements and pool users. At a terminal it shows a table that
// changes in place, elsewhere it prints a line for each change, or JSON.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"runtime/debug"
	"time"

	"github.com/rserpool-go/rserpool/apps/cmd/cspmonitor/internal/screen"
	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/internal/cli"
	"golang.org/x/term"
)

type program struct {
	Local  address `name:"localaddress" default:"[::]:2960" placeholder:"ADDR:PORT" help:"Address and port for reports; [::] stands for all addresses, IPv4 too. Default: ${default}."`
	Output string  `enum:"auto,table,text,json" default:"auto" placeholder:"auto|table|text|json" help:"table (changes in place, needs a terminal), text (a line for each change), json (a line for each report and each end), or auto (table at a terminal, otherwise text). Default: ${default}."`
	View   view    `embed:"" group:"Table and text:"`

	Purge         cli.Milliseconds `name:"purgeinterval" least:"1000" default:"30000" placeholder:"MS" help:"Remove components without a report for this time, or for ten of their own intervals if that is less (at least 1000). Default: ${default}."`
	MaxComponents int              `name:"max-components" default:"4096" placeholder:"N" help:"Components to keep (1 to 65536). Default: ${default}."`
	MaxPerSource  int              `name:"max-components-per-source" default:"1024" placeholder:"N" help:"Components to keep of a single IPv4 address or IPv6 network (/64). Default: ${default}."`

	cli.Common
}

// view has the options of the table and of the text.
type view struct {
	Update      cli.Milliseconds `name:"updateinterval" least:"100" default:"1000" placeholder:"MS" help:"Time between two updates of the table (at least 100). Default: ${default}."`
	Compact     bool             `xor:"view" help:"Leave out associations. This is the default."`
	Full        bool             `xor:"view" help:"Show associations. The key f changes between both views."`
	MaxPR       int              `name:"maxpr" default:"0" placeholder:"N" help:"Registrars in the table; 0: all. Default: ${default}."`
	MaxPE       int              `name:"maxpe" default:"0" placeholder:"N" help:"Pool elements in the table; 0: all. Default: ${default}."`
	MaxPU       int              `name:"maxpu" default:"0" placeholder:"N" help:"Pool users in the table; 0: all. Default: ${default}."`
	MaxLocation int              `name:"maxlocationsize" least:"1" most:"127" default:"72" placeholder:"N" help:"Characters of a location (1 to 127). Default: ${default}."`
}

func main() {
	cli.Main("cspmonitor", "Monitor of reliable server pooling (RFC 5351): shows the registrars, pool elements and pool users "+
		"that report their status (CSP). The programs of this project report if either --cspserver or --cspinterval is given; "+
		"those of RSPLIB need both. Reports are not authenticated. An identifier belongs to the address that reports it first, "+
		"and a component that has reported twice keeps its place until it falls silent.", new(program))
}

// DefaultLogLevel is the level of warnings, because the output has the news of the components.
func (p *program) DefaultLogLevel() int { return 2 }

// Validate checks the ranges. Kong calls it, before it raises values below the least.
func (p *program) Validate() error {
	const (
		hour  = int64(time.Hour / time.Millisecond)
		lines = 1 << 30
		most  = 1 << 16
	)
	return cli.CheckRanges(
		cli.Range{Option: "updateinterval", Value: p.View.Update.Duration().Milliseconds(), Max: hour, Unit: "ms"},
		cli.Range{Option: "purgeinterval", Value: p.Purge.Duration().Milliseconds(), Max: 24 * hour, Unit: "ms"},
		cli.Range{Option: "maxpr", Value: int64(p.View.MaxPR), Max: lines},
		cli.Range{Option: "maxpe", Value: int64(p.View.MaxPE), Max: lines},
		cli.Range{Option: "maxpu", Value: int64(p.View.MaxPU), Max: lines},
		cli.Range{Option: "max-components", Value: int64(p.MaxComponents), Min: 1, Max: most},
		cli.Range{Option: "max-components-per-source", Value: int64(p.MaxPerSource), Min: 1, Max: most},
	)
}

// address is an address with a port, that of CSP unless given.
type address struct{ netip.AddrPort }

// UnmarshalText takes a single address.
func (a *address) UnmarshalText(text []byte) error {
	var addrs cli.Addrs
	if err := addrs.UnmarshalText(text); err != nil {
		return err
	}
	if len(addrs) != 1 {
		return fmt.Errorf("%q is more than one address", text)
	}
	a.AddrPort = addrs.WithPort(csp.Port)[0]
	return nil
}

// memoryLimit is the memory above which garbage is collected more often, in octets. The bounds of
// the monitor keep the rest far below it.
const memoryLimit = 40 << 20

// Run shows the components until the context ends, or until the user ends the table.
func (p *program) Run(ctx context.Context, log *slog.Logger) error {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	output := p.Output
	isTerminal := term.IsTerminal(int(os.Stdout.Fd())) && term.IsTerminal(int(os.Stdin.Fd()))
	switch {
	case output == "table" && !isTerminal:
		return &cli.UsageError{Err: errors.New("--output=table: standard input and standard output are not a terminal")}
	case output == "auto" && isTerminal && os.Getenv("TERM") != "dumb":
		output = "table"
	case output == "auto":
		output = "text"
	}
	if output == "table" {
		return p.showTable(ctx)
	}
	return p.printLines(ctx, log, output)
}

// listen opens the socket. The function notify may be nil.
func (p *program) listen(notify func(csp.Change)) (*csp.Receiver, error) {
	return csp.Listen(csp.ReceiverConfig{
		Local: p.Local.AddrPort,
		Monitor: csp.MonitorConfig{
			MaxComponents: p.MaxComponents,
			MaxPerSource:  p.MaxPerSource,
			MaxAge:        p.Purge.Duration(),
		},
		Notify: notify,
	})
}

// showTable shows the table until the user ends it.
func (p *program) showTable(ctx context.Context) error {
	receiver, err := p.listen(nil)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	received := make(chan error, 1)
	go func() {
		defer cancel() // Without the socket, there is nothing to show.
		received <- receiver.Run(ctx)
	}()
	err = screen.Run(ctx, screen.Config{
		Title:       "cspmonitor " + receiver.Addr().String(),
		Source:      receiver.Snapshot,
		Interval:    p.View.Update.Duration(),
		Full:        p.View.Full,
		MaxRows:     screen.MaxRows{Registrars: p.View.MaxPR, Elements: p.View.MaxPE, Users: p.View.MaxPU},
		MaxLocation: p.View.MaxLocation,
	})
	cancel()
	return errors.Join(err, <-received)
}

// printLines prints a line for each change, or JSON, until the context ends.
func (p *program) printLines(ctx context.Context, log *slog.Logger, output string) error {
	out := cli.SpoolStandard(os.Stdout) // Reports do not wait for the reader.
	defer out.Close()                   //nolint:errcheck // Standard output is not worth an error at the end.
	l := lines{full: p.View.Full, maxLocation: p.View.MaxLocation, json: output == "json"}
	losing := false
	receiver, err := p.listen(func(c csp.Change) {
		_, err := out.Write(l.change(c))
		if err != nil && !losing {
			log.Warn("output incomplete", "error", err)
		}
		losing = err != nil
	})
	if err != nil {
		return err
	}
	_, _ = io.WriteString(out, l.listening(receiver.Addr(), time.Now())) // Nothing waits before it.
	return receiver.Run(ctx)
}
