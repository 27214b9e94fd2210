package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

func TestCycle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const rounds = 400
		f := CycleFlags{Uptime: Seconds(30 * time.Second), Downtime: Seconds(10 * time.Second)}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		start, runs, up := time.Now(), 0, time.Duration(0)
		err := f.Run(ctx, slog.New(slog.DiscardHandler), func(ctx context.Context) error {
			if runs++; runs > rounds {
				cancel()
				return nil
			}
			began := time.Now()
			<-ctx.Done()
			up += time.Since(began)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		// The mean of 400 draws is off by more than a third once in 10^10 runs.
		down := time.Since(start) - up
		if up < rounds*20*time.Second || up > rounds*40*time.Second {
			t.Errorf("up for %v in all, want about %v", up, rounds*30*time.Second)
		}
		if down < rounds*20*time.Second/3 || down > rounds*40*time.Second/3 {
			t.Errorf("down for %v in all, want about %v", down, rounds*10*time.Second)
		}
	})
}

func TestCycleOff(t *testing.T) {
	t.Parallel()
	for _, f := range []CycleFlags{{}, {Downtime: Seconds(time.Second)}, {Uptime: Seconds(time.Microsecond)}} {
		failed := errors.New("failed")
		runs := 0
		err := f.Run(t.Context(), slog.New(slog.DiscardHandler), func(ctx context.Context) error {
			runs++
			if _, limited := ctx.Deadline(); limited {
				t.Errorf("%+v: the program's time is limited", f)
			}
			return failed
		})
		if runs != 1 || err != failed {
			t.Errorf("%+v: %d runs, error %v", f, runs, err)
		}
	}
}

// A life may be so short that the program has not begun by its end.
func TestCycleOfShortLives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := CycleFlags{Uptime: Seconds(time.Second)}
		ctx, cancel := context.WithCancel(t.Context())
		runs := 0
		err := f.Run(ctx, slog.New(slog.DiscardHandler), func(ctx context.Context) error {
			if runs++; runs == 3 {
				cancel()
			}
			<-ctx.Done()
			return fmt.Errorf("not begun: %w", ctx.Err())
		})
		if err != nil || runs != 3 {
			t.Errorf("error %v after %d runs", err, runs)
		}
	})
}

func TestCycleEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := CycleFlags{Uptime: Seconds(time.Second), Downtime: Seconds(10 * time.Hour)}
		failed := errors.New("failed")
		log := slog.New(slog.DiscardHandler)
		if err := f.Run(t.Context(), log, func(context.Context) error { return failed }); err != failed {
			t.Errorf("got %v, want the program's error", err)
		}
		// The end comes in the pause.
		ctx, cancel := context.WithCancel(t.Context())
		runs := 0
		done := make(chan error)
		go func() {
			done <- f.Run(ctx, log, func(ctx context.Context) error {
				runs++
				<-ctx.Done()
				return nil
			})
		}()
		time.Sleep(time.Minute)
		began := time.Now()
		cancel()
		if err := <-done; err != nil || time.Since(began) > 0 || runs == 0 {
			t.Errorf("error %v, %v after the end, %d runs", err, time.Since(began), runs)
		}
	})
}
