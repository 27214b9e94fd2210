package attack

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/internal/attack/rawsctp"
	"github.com/rserpool-go/rserpool/transport"
)

// work is an attack under way, which counts what it does. Its methods may be called by several goroutines.
type work struct {
	Target
	Dose
	to    netip.AddrPort // where raw associations go
	begin func()         // starts the time of the attack

	mu          sync.Mutex // guards the following fields
	sent        int64
	first, last time.Time // when things were sent
	outcomes    map[string]int64
}

// count counts things that were sent. The time of the attack begins with the first of them.
func (w *work) count(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = time.Now()
	if w.sent == 0 {
		w.first = w.last
		w.begin()
	}
	w.sent += int64(n)
}

// note counts an outcome, such as "answers".
func (w *work) note(outcome string, n int64) {
	if n == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outcomes[outcome] += n
}

// outcome returns the number of an outcome so far.
func (w *work) outcome(outcome string) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.outcomes[outcome]
}

// each calls f for each association of the attack, all at the same time, and waits for all calls. Each fails only if
// all calls fail; single failures are outcomes.
func (w *work) each(f func(k int) error) error {
	failures := make(chan error, w.Associations)
	var all sync.WaitGroup
	for k := range w.Associations {
		all.Go(func() {
			if err := f(k); err != nil {
				failures <- err
			}
		})
	}
	all.Wait()
	close(failures)
	n := len(failures)
	w.note("failed associations", int64(n))
	if n == w.Associations {
		return <-failures
	}
	return nil
}

// A user does something with a raw association, which is up. The context ends with the association. The peer is served
// meanwhile, so a user does not receive.
type user func(ctx context.Context, a *rawsctp.Association) error

// eachRaw is each with a raw association, which announces a window in octets.
func (w *work) eachRaw(ctx context.Context, window uint32, habit rawsctp.Habit, f user) error {
	return w.each(func(k int) error { return w.useRaw(ctx, k, window, habit, f) })
}

// useRaw opens the k-th association, calls f, and serves the association until the end of the attack. An association that
// the target ends is an outcome.
func (w *work) useRaw(ctx context.Context, k int, window uint32, habit rawsctp.Habit, f user) error {
	a, err := rawsctp.Open(w.source(k), w.to)
	if err != nil {
		return err
	}
	defer a.Close()
	a.Window = window
	if err := a.Handshake(ctx); err != nil {
		return err
	}
	up, down := context.WithCancel(ctx)
	var received rawsctp.Received
	var serving sync.WaitGroup
	serving.Go(func() {
		defer down()
		received = a.Serve(up, habit)
	})
	err = f(up, a)
	serving.Wait()
	w.note("SACKs", received.Sacks)
	w.note("octets of SACKs", received.SackOctets)
	w.note("DATA chunks received", received.Data)
	if received.Ended {
		w.note(fmt.Sprintf("associations ended by the target: %q", received.Reason), 1)
		return nil
	}
	return w.endError(ctx, err)
}

// endError returns the error by which a loop ended, unless it ended in one of two proper ways: the time is up, or the target
// has ended the association, which is an outcome.
func (w *work) endError(ctx context.Context, err error) error {
	if down, ok := errors.AsType[*transport.DownError](err); ok {
		w.note("associations ended: "+down.Cause.String(), 1)
		return nil
	}
	if ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}
