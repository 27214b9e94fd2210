package cli

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"
)

// CycleFlags have a program fail and come back again and again, for tests of those
// that depend on it.
type CycleFlags struct {
	Uptime   Seconds `default:"0" placeholder:"S" help:"Failure test: stop after a random time with this mean, in seconds, and begin anew. 0: off. Default: ${default}."`
	Downtime Seconds `default:"0" placeholder:"S" help:"Failure test: mean of the random pause before the program begins anew, in seconds. Default: ${default}."`
}

// minUptime is the mean from which on there is a cycle, as in the deployed programs.
const minUptime = time.Microsecond

// On reports whether the failure test is on.
func (f *CycleFlags) On() bool { return f.Uptime.Duration() > minUptime }

// Run runs a program until the context ends. In a failure test the program's own
// context ends earlier, after a time of exponential distribution; after another such
// time the program is run again. Run returns the error of a program that fails.
func (f *CycleFlags) Run(ctx context.Context, log *slog.Logger, program func(context.Context) error) error {
	if !f.On() {
		return program(ctx)
	}
	for {
		up := exponential(f.Uptime.Duration())
		log.Info("failure test: up", "for", up)
		running, cancel := context.WithTimeout(ctx, up)
		err := program(running)
		if over := running.Err(); over != nil && errors.Is(err, over) {
			err = nil // A life that was over while the program began is one, too.
		}
		cancel()
		if err != nil || ctx.Err() != nil {
			return err
		}
		down := exponential(f.Downtime.Duration())
		log.Info("failure test: down", "for", down)
		select {
		case <-time.After(down):
		case <-ctx.Done():
			return nil
		}
	}
}

// exponential draws a time of exponential distribution.
func exponential(mean time.Duration) time.Duration {
	const most = 1 << 62 // Far more than any mean and any draw that is likely.
	return time.Duration(min(float64(mean)*rand.ExpFloat64(), most)).Round(time.Millisecond)
}
