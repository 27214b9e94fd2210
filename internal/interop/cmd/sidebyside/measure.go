package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// measure puts the loads on both registrars, and prints the table.
func measure(ctx context.Context, bin string, rounds int, duration time.Duration) error {
	life, end := context.WithCancel(ctx)
	defer end()
	ours, err := startOurs(life, bin)
	if err != nil {
		return err
	}
	reference, err := startReference(life)
	if err != nil {
		return err
	}
	results := make([]pair, len(loads))
	for round := range rounds {
		for i, l := range loads {
			fmt.Fprintf(os.Stderr, "round %d of %d: %s\n", round+1, rounds, l.name)
			for _, side := range []struct {
				registrar *registrar
				results   *[]result
			}{{ours, &results[i].ours}, {reference, &results[i].reference}} {
				r, err := side.registrar.bear(ctx, bin, l, duration)
				if err != nil {
					return err
				}
				*side.results = append(*side.results, r)
			}
		}
	}
	fmt.Println("| load | ours | 99 % | processor | reference | 99 % | processor | ratio |")
	fmt.Println("|---|---:|---:|---:|---:|---:|---:|---:|")
	for i, l := range loads {
		fmt.Println(results[i].row(l.name))
	}
	end()
	return errors.Join(stopped(ours), stopped(reference))
}

// stopped waits for the end of a registrar that was told to stop.
func stopped(r *registrar) error {
	if err := r.process.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("registrar at %s: %w: %s", r.addr, err, &r.log)
	}
	return nil
}

// A pair are the results of one load, a round each.
type pair struct{ ours, reference []result }

// row returns the row of a load: rates, latencies, the registrars' processor time for
// each request, and the ratio of the rates.
func (p pair) row(name string) string {
	ratios := make([]float64, len(p.ours))
	for i := range ratios {
		ratios[i] = p.ours[i].Rate / p.reference[i].Rate
	}
	rate := func(r result) float64 { return r.Rate }
	p99 := func(r result) float64 { return r.P99 / 1000 }
	cpu := func(r result) float64 { return r.cpu.Seconds() * 1e6 }
	return fmt.Sprintf("| %s | %.0f/s | %.1f ms | %.0f µs | %.0f/s | %.1f ms | %.0f µs | %.2f |", name,
		median(p.ours, rate), median(p.ours, p99), median(p.ours, cpu),
		median(p.reference, rate), median(p.reference, p99), median(p.reference, cpu),
		median(ratios, func(f float64) float64 { return f }))
}

// median returns the median of what get finds in each.
func median[T any](list []T, get func(T) float64) float64 {
	values := make([]float64, len(list))
	for i, v := range list {
		values[i] = get(v)
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
