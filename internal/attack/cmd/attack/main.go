// Command attack carries out an attack on a registrar or a pool element, for tests.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/rserpool-go/rserpool/internal/attack"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

type program struct {
	List      bool           `help:"Print the names of all attacks with their meaning, and exit."`
	Name      string         `placeholder:"NAME" help:"The attack."`
	Registrar netip.AddrPort `default:"10.99.1.1:3863" placeholder:"ADDR:PORT" help:"ASAP address of the registrar. Default: ${default}."`
	ENRP      netip.AddrPort `name:"enrp" default:"10.99.1.1:9901" placeholder:"ADDR:PORT" help:"ENRP address of the registrar. Default: ${default}."`
	Service   netip.AddrPort `default:"10.99.1.1:22101" placeholder:"ADDR:PORT" help:"Address of the echo service of an element. Default: ${default}."`
	Element   string         `placeholder:"ADDR:PORT" help:"Address at which an element takes messages of registrars. Default: addresses from the handle table of the registrar."`
	Pool      string         `default:"EchoPool" placeholder:"HANDLE" help:"A pool with elements. Default: ${default}."`
	ID        cli.ID         `name:"identifier" default:"0x2001" placeholder:"ID" help:"Identifier of an element of the pool. Default: ${default}."`
	Server    cli.ID         `name:"registrar-identifier" default:"0x1001" placeholder:"ID" help:"Identifier of the registrar. Default: ${default}."`
	From      netip.Prefix   `default:"10.98.0.1/16" placeholder:"ADDR/BITS" help:"Addresses of this host that the attack comes from, beginning with ADDR. Default: ${default}."`
	Output    string         `enum:"text,json" default:"text" placeholder:"text|json" help:"Form of the result. Default: ${default}."`

	Dose struct {
		Duration     time.Duration `placeholder:"TIME" help:"Length of the attack, such as 10s, from the first thing sent."`
		Rate         int           `placeholder:"N" help:"Things sent per second."`
		Count        int           `placeholder:"N" help:"Things sent by each association."`
		Associations int           `placeholder:"N" help:"Associations, or sockets."`
		Sources      int           `placeholder:"N" help:"Number of addresses that the attack comes from."`
		Size         int           `placeholder:"N" help:"Octets of the large part of a message, or number of its large list."`
		Patience     time.Duration `placeholder:"TIME" help:"Time limit for the first thing sent. Default for all attacks: 10s."`
	} `embed:"" group:"Dose (each attack has its own defaults):"`
	cli.Common
}

func main() {
	cli.Main("attack", "Attack on a registrar or a pool element of reliable server pooling (RFC 5351), for tests.", new(program))
}

// Validate checks that there is an attack. Kong calls it.
func (p *program) Validate() error {
	if _, ok := attack.Find(p.Name); !ok && !p.List {
		return fmt.Errorf("--name: no attack is called %q; --list prints the names", p.Name)
	}
	return nil
}

// Run carries out the attack.
func (p *program) Run(ctx context.Context, _ *slog.Logger) error {
	if p.List {
		return list()
	}
	target := attack.Target{
		ASAP: p.Registrar, ENRP: p.ENRP, Service: p.Service, Pool: wire.PoolHandle(p.Pool), ID: wire.PEID(p.ID),
		Registrar: wire.ServerID(p.Server), From: p.From,
	}
	if p.Element != "" {
		var err error
		if target.Element, err = netip.ParseAddrPort(p.Element); err != nil {
			return &cli.UsageError{Err: fmt.Errorf("--element: %w", err)}
		}
	}
	a, _ := attack.Find(p.Name)
	r, err := a.Run(ctx, target, attack.Dose(p.Dose))
	if err != nil {
		return err
	}
	if p.Output == "json" {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	fmt.Printf("%s: %d %s in %.1f s (%.0f/s)\n", r.Attack, r.Sent, r.Unit, r.Seconds, r.Rate())
	for _, outcome := range slices.Sorted(maps.Keys(r.Outcomes)) {
		fmt.Printf("%s: %d\n", outcome, r.Outcomes[outcome])
	}
	return nil
}

// list prints all attacks.
func list() error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, a := range attack.Table() {
		fmt.Fprintf(w, "%s\t%s\n", a.Name, a.Does)
	}
	return w.Flush()
}
