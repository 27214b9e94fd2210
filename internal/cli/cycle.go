package cli

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"
)

// CycleFlags make a program fail and come back again and again. They test the programs that
// depend on it.
type CycleFlags struct {
	Uptime   Seconds `default:"0" placeholder:"S" help:"Failure test: stop after a random time with this mean, in seconds, and start again; 0: off. Default: ${default}."`
	Downtime Seconds `default:"0" placeholder:"S" help:"Failure test: mean of the random pause before the program starts again, in seconds. Default: ${default}."`
}

// minUptime is the mean above which there is a cycle, as in RSPLIB.
const minUptime = time.Microsecond

// On reports whether the failure test is on.
func (f *CycleFlags) On() bool { return f.Uptime.Duration() > minUptime }

// Run runs a program until the context ends. In a failure test the program's own context ends
// earlier, after an exponentially distributed time. After an exponentially distributed pause
// the program runs again. Run returns the error of a program that fails.
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
			err = nil // The time was over while the program started.
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

// exponential draws an exponentially distributed time.
func exponential(mean time.Duration) time.Duration {
	const most = 1 << 62 // Far above any likely draw.
	return time.Duration(min(float64(mean)*rand.ExpFloat64(), most)).Round(time.Millisecond)
}
