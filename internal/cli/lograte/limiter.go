package lograte

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// window is the time from the first record of a kind to its summary.
const window = time.Second

// limiter counts the records of a handler and of all handlers that are derived from it.
type limiter struct {
	out slog.Handler // for the summaries; without the attributes of derived handlers

	mu     sync.Mutex // guards the fields below and all kinds; not held while out writes
	kinds  map[key]*kind
	others *kind // all kinds beyond MaxKinds; nil if there are none
	closed bool

	writers sync.WaitGroup // timers that write a summary
}

// key names a kind.
type key struct {
	level   slog.Level
	message string
}

// kind counts records.
type kind struct {
	key
	end        time.Time // of the present second
	passed     int       // in the present second
	suppressed int       // since the last summary

	timer *time.Timer // nil before the first suppressed record
	armed bool        // the timer runs; always so if suppressed > 0, except after close
}

// summary stands for the suppressed records of a kind. Zero means that there are none.
type summary struct {
	key
	kind       *kind
	suppressed int
}

// take returns the summary that is due, and starts to count anew. The caller holds mu.
func (k *kind) take() summary {
	s := summary{k.key, k, k.suppressed}
	k.suppressed = 0
	return s
}

// suppress adds suppressed records of a level. The caller holds mu.
func (k *kind) suppress(n int, level slog.Level) {
	if k.suppressed == 0 || level > k.level {
		k.level = level // This changes the level of others only.
	}
	k.suppressed += n
}

// count counts a record and reports whether it passes. The caller has to write the summary of the
// second before, if there is one.
func (l *limiter) count(r *slog.Record) (passes bool, before summary) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return true, summary{}
	}
	k := l.kindOf(r)
	if !now.Before(k.end) {
		before = k.take()
		k.end = now.Add(window)
		k.passed = 0
	}
	if k.passed < Limit {
		k.passed++
		return true, before
	}
	k.suppress(1, r.Level)
	l.arm(k, k.end.Sub(now))
	return false, before
}

// kindOf returns the kind of a record. The caller holds mu.
func (l *limiter) kindOf(r *slog.Record) *kind {
	id := key{r.Level, r.Message}
	if k := l.kinds[id]; k != nil {
		return k
	}
	if len(l.kinds) < MaxKinds {
		k := &kind{key: id}
		l.kinds[id] = k
		return k
	}
	if l.others == nil {
		l.others = &kind{key: key{message: Others}}
	}
	return l.others
}

// arm starts the timer of a kind unless the timer runs already. The caller holds mu.
func (l *limiter) arm(k *kind, after time.Duration) {
	switch {
	case k.armed:
		return
	case k.timer == nil:
		k.timer = time.AfterFunc(after, func() { l.expire(k) })
	default:
		k.timer.Reset(after)
	}
	k.armed = true
}

// expire writes the summary of a kind that has no further record when its second is over.
func (l *limiter) expire(k *kind) {
	if s := l.due(k); s.suppressed > 0 {
		defer l.writers.Done()
		_ = l.write(context.Background(), s) // After an error the timer runs again.
	}
}

// due returns the summary that the timer of a kind has to write. If there is one, the caller calls
// writers.Done after the write.
func (l *limiter) due(k *kind) summary {
	l.mu.Lock()
	defer l.mu.Unlock()
	k.armed = false
	if l.closed || k.suppressed == 0 {
		return summary{}
	}
	if left := time.Until(k.end); left > 0 { // A record has begun another second.
		l.arm(k, left)
		return summary{}
	}
	l.writers.Add(1)
	return k.take()
}

// write writes a summary. After an error, the number goes into a later summary.
func (l *limiter) write(ctx context.Context, s summary) error {
	note := slog.NewRecord(time.Now(), s.level, s.message, 0)
	note.AddAttrs(slog.Int(Suppressed, s.suppressed))
	err := l.out.Handle(ctx, note)
	if err == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s.kind.suppress(s.suppressed, s.level)
	if !l.closed {
		l.arm(s.kind, window)
	}
	return err
}

// close writes all summaries, and returns when no timer writes any more.
func (l *limiter) close() {
	all := l.stop()
	l.writers.Wait()
	for _, k := range all {
		l.mu.Lock()
		s := k.take()
		l.mu.Unlock()
		if s.suppressed > 0 {
			_ = l.write(context.Background(), s) // There is no later summary.
		}
	}
}

// stop ends the count, stops all timers, and returns all kinds.
func (l *limiter) stop() []*kind {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	all := slices.Collect(maps.Values(l.kinds))
	if l.others != nil {
		all = append(all, l.others)
	}
	for _, k := range all {
		if k.timer != nil {
			k.timer.Stop()
		}
	}
	return all
}
