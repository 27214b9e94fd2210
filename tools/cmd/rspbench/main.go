// Command rspbench puts load on a registrar and measures how long its answers take.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/tools/bench"
	"github.com/rserpool-go/rserpool/wire"
)

type program struct {
	Registrar    cli.Addrs     `required:"" placeholder:"ADDR:PORT,..." help:"The registrar. Port: 3863 unless given."`
	Mode         string        `enum:"resolve,register,reregister,mix" default:"resolve" help:"What to ask: resolve, register, reregister or mix. Default: ${default}."`
	Associations int           `default:"1" placeholder:"N" help:"Associations that ask at a time. Default: ${default}."`
	Sources      int           `default:"0" placeholder:"N" help:"Addresses of 127.0.0.0/8 among which the associations are shared out; a registrar limits the associations of an address. 0: the system chooses the address. Default: ${default}."`
	Window       int           `default:"1" placeholder:"N" help:"Requests of an association that may be unanswered. Default: ${default}."`
	Rate         float64       `default:"0" placeholder:"N" help:"Requests per second in all, whether or not answers keep up; 0: as fast as they come. Default: ${default}."`
	Duration     time.Duration `default:"10s" help:"How long to measure. Default: ${default}."`
	Pools        int           `default:"1" placeholder:"N" help:"Pools. Default: ${default}."`
	Elements     int           `default:"10" placeholder:"N" help:"Elements in each pool, or more where each association is to register one again. Default: ${default}."`
	Policy       policy        `default:"RoundRobin" placeholder:"POLICY" help:"Policy of the pools, such as LeastUsed. Default: ${default}."`
	Output       string        `enum:"text,json" default:"text" help:"Form of the result: text or json. Default: ${default}."`

	Net cli.NetworkFlags `embed:"" group:"Transport:"`
	cli.Common
}

// policy is a policy as users write it.
type policy struct{ wire.Policy }

// UnmarshalText takes a policy's name and its values.
func (p *policy) UnmarshalText(text []byte) (err error) {
	if p.Policy, err = wire.ParsePolicyText(string(text)); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "wire: "))
	}
	return nil
}

const (
	maxWindow   = 1 << 16
	maxDuration = 24 * time.Hour
)

func main() {
	cli.Main("rspbench", "Load on a registrar of reliable server pooling (RFC 5351), and how long its answers take. "+
		"The exit status is 1 if the answers do not keep up with --rate.", new(program))
}

// Validate checks the ranges. Kong calls it.
func (p *program) Validate() error {
	if !(p.Rate >= 0 && p.Rate <= bench.MaxRate) { // NaN is neither.
		return fmt.Errorf("--rate: %v is not from 0 to %d", p.Rate, bench.MaxRate)
	}
	return cli.CheckRanges(
		cli.Range{Option: "associations", Value: int64(p.Associations), Min: 1, Max: bench.MaxAssociations},
		cli.Range{Option: "sources", Value: int64(p.Sources), Min: 0, Max: bench.MaxSources},
		cli.Range{Option: "window", Value: int64(p.Window), Min: 1, Max: maxWindow},
		cli.Range{Option: "duration", Value: p.Duration.Milliseconds(), Min: 1, Max: maxDuration.Milliseconds(), Unit: "ms"},
		cli.Range{Option: "pools", Value: int64(p.Pools), Min: 1, Max: bench.MaxPools},
		cli.Range{Option: "elements", Value: int64(p.Elements), Min: 1, Max: bench.MaxElements},
	)
}

// Run measures and prints the result.
func (p *program) Run(ctx context.Context, log *slog.Logger) error {
	live := cli.NewLive(os.Stderr, os.Stderr)
	result, err := bench.Run(ctx, bench.Config{
		Network:      p.Net.Network(log),
		Registrar:    p.Registrar.WithPort(wire.PortASAP),
		Mode:         bench.Mode(p.Mode),
		Associations: p.Associations,
		Sources:      p.Sources,
		Window:       p.Window,
		Rate:         p.Rate,
		Duration:     p.Duration,
		Pools:        p.Pools,
		Elements:     p.Elements,
		Policy:       p.Policy.Policy,
		Progress: func(now bench.Progress) {
			live.Set(fmt.Sprintf("%.1f of %v, %d operations, %.0f/s", now.Elapsed.Seconds(), p.Duration,
				now.Operations, float64(now.Operations)/now.Elapsed.Seconds()))
		},
	})
	live.Set("")
	if err != nil {
		return err
	}
	if err := p.print(result); err != nil {
		return err
	}
	if result.Missed {
		return fmt.Errorf("the offered rate of %g/s was missed: %.0f/s, %d requests that were due have no answer",
			p.Rate, result.OperationsPerSecond, result.Unanswered)
	}
	return nil
}

// print prints the result. Latencies are in milliseconds in text, and in microseconds in JSON.
func (p *program) print(r bench.Result) error {
	if p.Output == "json" {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "mode\t%s, %s, %s under way on each\n", r.Mode, cli.Count(r.Associations, "association"), cli.Count(r.Window, "request"))
	fmt.Fprintf(w, "operations\t%d in %.1f s\n", r.Operations, r.Seconds)
	rate := fmt.Sprintf("%.0f/s", r.OperationsPerSecond)
	if r.OfferedPerSecond > 0 {
		rate += fmt.Sprintf(", offered %g/s", r.OfferedPerSecond)
	}
	fmt.Fprintf(w, "rate\t%s\n", rate)
	fmt.Fprintf(w, "errors\t%d\n", r.Errors)
	fmt.Fprintf(w, "unanswered\t%d at the end\n", r.Unanswered)
	ms := func(us int64) float64 { return float64(us) / 1000 }
	fmt.Fprintf(w, "latency\tp50 %.3f ms, p90 %.3f ms, p99 %.3f ms, max %.3f ms\n", ms(r.P50), ms(r.P90), ms(r.P99), ms(r.Max))
	return w.Flush()
}
