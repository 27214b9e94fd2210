// Command hsdump shows the handlespace of a registrar: its pools and pool elements (RFC 5351), and the
// registrars that it knows. It asks by ENRP (RFC 5353).
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/handletable"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

type program struct {
	Registrar registrar        `arg:"" placeholder:"ADDR:PORT,..." help:"The ENRP addresses of the registrar. Port: 9901 unless given."`
	Output    string           `enum:"text,json,cbor" default:"text" placeholder:"FORM" help:"Form of the output: text, json (an object in a line), or cbor (the same object). docs/hsdump.md lists the keys. Default: ${default}."`
	Watch     interval         `help:"Show the handlespace every 2000 ms until stopped; --watch=MS sets another time (100 to 3600000). At a terminal the text changes in place; elsewhere the text form becomes json, a line each time."`
	Timeout   cli.Milliseconds `default:"10000" placeholder:"MS" help:"Time limit for the connection and the whole handlespace. Default: ${default}."`
	MaxMemory int              `default:"128" placeholder:"MB" help:"Give up a handlespace that takes more memory, in MB; 1 MB holds about 1,500 elements. Default: ${default}."`

	Net cli.NetworkFlags `embed:"" group:"Transport:"`
	cli.Common
}

// registrar is the registrar's addresses as a single argument.
type registrar struct{ cli.Addrs }

func main() {
	cli.Main("hsdump", "Shows the handlespace of a registrar of reliable server pooling (RFC 5351), by ENRP: pools, "+
		"elements, and the other registrars that it knows.", new(program))
}

// maxMemory keeps the memory in octets far from the largest number.
const maxMemory = 1 << 14

// Validate checks the ranges. Kong calls it.
func (p *program) Validate() error {
	return cli.CheckRanges(
		cli.Range{Option: "timeout", Value: p.Timeout.Duration().Milliseconds(), Min: 1, Max: time.Hour.Milliseconds(), Unit: "ms"},
		cli.Range{Option: "max-memory", Value: int64(p.MaxMemory), Min: 1, Max: maxMemory, Unit: "MB"},
	)
}

// DefaultLogLevel is the level of warnings: the handlespace is the news.
func (p *program) DefaultLogLevel() int { return 2 }

// Run shows the handlespace once, or until stopped.
func (p *program) Run(ctx context.Context, log *slog.Logger) error {
	s := &source{
		config: handletable.Config{Network: p.Net.Network(log), Registrar: p.addrs(), MaxMemory: p.MaxMemory << 20},
		limit:  p.Timeout.Duration(),
		log:    log,
	}
	defer s.close()
	if p.Watch > 0 {
		return p.watch(ctx, s)
	}
	d, err := s.read(ctx)
	if err != nil {
		return err
	}
	write, err := writer(p.Output)
	if err != nil {
		return err
	}
	return write(cli.StandardToEnd(ctx, os.Stdout), d)
}

// addrs returns the registrar's addresses with their port.
func (p *program) addrs() []netip.AddrPort { return p.Registrar.WithPort(wire.PortENRP) }

// source reads the tables of a registrar, over a new association after an error.
type source struct {
	config handletable.Config
	limit  time.Duration // for a table
	log    *slog.Logger
	client *handletable.Client // nil: not connected
}

// A dump is a table with the circumstances of reading it.
type dump struct {
	*handletable.Table
	addr netip.AddrPort // of the registrar
	at   time.Time
	took time.Duration
}

// read returns the present table.
func (s *source) read(ctx context.Context) (*dump, error) {
	at := time.Now()
	limited, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	table, err := s.readTable(limited)
	if err != nil {
		s.close()
		return nil, s.explain(ctx, err)
	}
	return &dump{Table: table, addr: s.config.Registrar[0], at: at, took: time.Since(at)}, nil
}

// readTable connects if necessary, and returns the table.
func (s *source) readTable(ctx context.Context) (_ *handletable.Table, err error) {
	if s.client == nil {
		if s.client, err = handletable.Open(ctx, s.config); err != nil {
			return nil, err
		}
		s.log.Debug("associated with the registrar", "own_id", s.client.ID())
	}
	return s.client.Read(ctx)
}

// explain adds the registrar to an error, and the option by which a limit changes.
func (s *source) explain(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		err = errors.New("stopped before the handlespace was complete")
	case errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("%w; see --timeout, which is %v", err, s.limit)
	case errors.Is(err, handletable.ErrTooLarge):
		err = fmt.Errorf("%w; see --max-memory", err)
	}
	return fmt.Errorf("registrar %v: %w", s.config.Registrar[0], err)
}

// idle answers the registrar for a time, so that it does not give the client up.
func (s *source) idle(ctx context.Context, wait time.Duration) {
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if s.client != nil {
		if err := s.client.Idle(limited); err == nil {
			return
		}
		s.close() // The next table is read over a new association.
	}
	<-limited.Done()
}

// closeTimeout is the time limit for the graceful end of an association.
const closeTimeout = time.Second

// close ends the association.
func (s *source) close() {
	if s.client == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = s.client.Close(ctx) // The registrar forgets the client in any case.
	s.client = nil
}
