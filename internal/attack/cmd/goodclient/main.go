// Command goodclient asks a registrar or an echo service, and measures how long the answers take, for tests.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/internal/attack/client"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

type program struct {
	Registrar netip.AddrPort `default:"10.99.1.1:3863" placeholder:"ADDR:PORT" help:"The registrar, which is asked for the pool. Default: ${default}."`
	Pool      string         `default:"EchoPool" placeholder:"HANDLE" help:"The pool. Default: ${default}."`
	Elements  []cli.ID       `placeholder:"ID" help:"Identifiers of the elements that each answer should contain. The client begins when an answer has all of them."`
	Host      netip.Addr     `default:"10.99.1.1" placeholder:"ADDR" help:"Address of these elements. Default: ${default}."`
	Service   string         `placeholder:"ADDR:PORT" help:"Echo service that gets messages too."`
	Source    netip.Addr     `default:"10.99.1.3" placeholder:"ADDR" help:"Address of the client. Default: ${default}."`
	Interval  time.Duration  `default:"10ms" placeholder:"TIME" help:"Time between two questions. Default: ${default}."`
	Duration  time.Duration  `placeholder:"TIME" help:"Length of the measurement. Default: until SIGINT."`
	Wait      time.Duration  `default:"15s" placeholder:"TIME" help:"Time limit for the first answer with all elements. Default: ${default}."`
	cli.Common
}

// Ready is the line that the client prints when it begins.
const ready = "ready"

func main() {
	cli.Main("goodclient", "Client of reliable server pooling (RFC 5351) that measures latencies and losses, for tests.", new(program))
}

// Run prints "ready" when the client begins, and at the end the result in JSON.
func (p *program) Run(ctx context.Context, _ *slog.Logger) error {
	config := client.Config{Registrar: p.Registrar, Pool: wire.PoolHandle(p.Pool), Source: p.Source, Host: p.Host, Interval: p.Interval}
	for _, id := range p.Elements {
		config.Elements = append(config.Elements, wire.PEID(id))
	}
	configs := []client.Config{config}
	if p.Service != "" {
		var err error
		if config.Service, err = netip.ParseAddrPort(p.Service); err != nil {
			return &cli.UsageError{Err: fmt.Errorf("--service: %w", err)}
		}
		configs = append(configs, config)
	}
	clients := make([]*client.Client, len(configs))
	for i, config := range configs {
		c, err := p.prepare(ctx, config)
		if err != nil {
			return err
		}
		defer c.Close()
		clients[i] = c
	}
	fmt.Println(ready)
	if p.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.Duration)
		defer cancel()
	}
	return json.NewEncoder(os.Stdout).Encode(measure(ctx, clients))
}

// prepare returns a client whose target is ready.
func (p *program) prepare(ctx context.Context, config client.Config) (*client.Client, error) {
	c, err := client.New(ctx, config)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, p.Wait)
	defer cancel()
	if err := c.AwaitReady(limited); err != nil {
		_ = c.Close() // The first error counts.
		return nil, fmt.Errorf("no answer with all elements: %w", err)
	}
	return c, nil
}

// measure runs all clients, and returns the worst figures.
func measure(ctx context.Context, clients []*client.Client) client.Report {
	reports := make([]client.Report, len(clients))
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() { reports[i] = c.Run(ctx) })
	}
	all.Wait()
	worst := reports[0]
	for _, r := range reports[1:] {
		worst = worst.Worse(r)
	}
	return worst
}
