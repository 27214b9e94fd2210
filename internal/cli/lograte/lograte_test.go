package lograte

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// sink keeps the records that a Handler passes, as text with the time since the start.
type sink struct {
	start time.Time

	mu    sync.Mutex // guards the fields below
	lines []string
	err   error // returned by the next record
}

// begin returns a logger with a Handler before a sink.
func begin() (*slog.Logger, *Handler, *sink) {
	s := &sink{start: time.Now()}
	h := New(slog.NewTextHandler(s, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	return slog.New(h), h, s
}

// Write keeps a record.
func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	s.lines = append(s.lines, fmt.Sprintf("%v %s", time.Since(s.start), bytes.TrimSpace(p)))
	return len(p), nil
}

// fail sets the error of further records.
func (s *sink) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// count returns the number of records with a message, without the summaries.
func (s *sink) count(message string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, line := range s.lines {
		if strings.Contains(line, "msg="+message) && !strings.Contains(line, Suppressed) {
			n++
		}
	}
	return n
}

// expect compares the summaries with the wanted text.
func (s *sink) expect(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	var got []string
	for _, line := range s.lines {
		if strings.Contains(line, Suppressed) {
			got = append(got, line)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("summaries %q, want %q", got, want)
	}
}

// inBubble runs a test in virtual time.
func inBubble(t *testing.T, name string, f func(*testing.T)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, f)
	})
}

// TestLimit asserts that a summary stands for the records of a kind beyond the limit.
func TestLimit(t *testing.T) {
	t.Parallel()
	inBubble(t, "flood", func(t *testing.T) {
		log, h, s := begin()
		for range 2000 { // Two seconds.
			log.Info("flood", "pool", "EchoPool")
			time.Sleep(time.Millisecond)
		}
		s.expect(t, "1s level=INFO msg=flood suppressed=980", "2s level=INFO msg=flood suppressed=980")
		if n := s.count("flood"); n != 2*Limit {
			t.Errorf("%d records have passed, want %d", n, 2*Limit)
		}
		h.Close()
	})
	inBubble(t, "limit", func(t *testing.T) {
		log, h, s := begin()
		for range 3 * Limit { // As many as may pass in three seconds.
			log.Info("calm")
			time.Sleep(window / Limit)
		}
		h.Close()
		s.expect(t)
		if n := s.count("calm"); n != 3*Limit {
			t.Errorf("%d records have passed, want %d", n, 3*Limit)
		}
	})
	inBubble(t, "kinds", func(t *testing.T) {
		log, h, s := begin()
		for range 30 {
			log.Info("one")
		}
		time.Sleep(window / 2)
		log.Warn("one") // Another level is another kind.
		for range 40 {
			log.Error("two")
		}
		time.Sleep(window)
		s.expect(t, "1s level=INFO msg=one suppressed=10", "1.5s level=ERROR msg=two suppressed=20")
		if one, two := s.count("one"), s.count("two"); one != Limit+1 || two != Limit {
			t.Errorf("%d and %d records have passed, want %d and %d", one, two, Limit+1, Limit)
		}
		h.Close()
	})
	inBubble(t, "derived", func(t *testing.T) {
		log, h, s := begin()
		loggers := []*slog.Logger{log, log.With("pool", "EchoPool"), log.WithGroup("session").With("peer", 1)}
		for i := range 90 {
			loggers[i%3].Info("flood")
		}
		time.Sleep(window)
		s.expect(t, "1s level=INFO msg=flood suppressed=70")
		if n := s.count("flood pool=EchoPool"); n != 7 {
			t.Errorf("%d records have passed with an attribute, want 7", n)
		}
		if n := s.count("flood session.peer=1"); n != 6 {
			t.Errorf("%d records have passed with a group, want 6", n)
		}
		h.Close()
	})
}

// TestUnlimited asserts that records of level Debug pass, and all records after Close.
func TestUnlimited(t *testing.T) {
	t.Parallel()
	inBubble(t, "debug", func(t *testing.T) {
		log, h, s := begin()
		for range 1000 {
			log.Debug("packet")
		}
		h.Close()
		s.expect(t)
		if n := s.count("packet"); n != 1000 {
			t.Errorf("%d records have passed, want all", n)
		}
	})
	inBubble(t, "close", func(t *testing.T) {
		log, h, s := begin()
		for range 50 {
			log.Info("flood")
		}
		h.Close()
		s.expect(t, "0s level=INFO msg=flood suppressed=30")
		time.Sleep(2 * window)
		for range 50 { // There is no timer any more, so no record is left out.
			log.Info("flood")
		}
		h.Close()
		s.expect(t, "0s level=INFO msg=flood suppressed=30")
		if n := s.count("flood"); n != Limit+50 {
			t.Errorf("%d records have passed, want %d", n, Limit+50)
		}
	})
}

// TestSummaryInTime asserts that the summary of a second comes before the records of the next
// second, and that the timer serves each second of a long flood.
func TestSummaryInTime(t *testing.T) {
	t.Parallel()
	inBubble(t, "record", func(t *testing.T) {
		log, h, s := begin()
		for range 25 {
			log.Info("flood")
		}
		h.limiter.mu.Lock()
		for _, k := range h.limiter.kinds {
			k.timer.Stop() // The timer is late.
		}
		h.limiter.mu.Unlock()
		time.Sleep(window + time.Millisecond)
		log.Info("flood")
		s.expect(t, "1.001s level=INFO msg=flood suppressed=5")
		if last := s.lines[len(s.lines)-1]; last != "1.001s level=INFO msg=flood" {
			t.Errorf("last record %q", last)
		}
		h.Close()
	})
	inBubble(t, "timer", func(t *testing.T) {
		log, h, s := begin()
		for range 25 {
			log.Info("flood")
		}
		time.Sleep(5 * window)
		for range 26 {
			log.Info("flood")
		}
		time.Sleep(5 * window)
		s.expect(t, "1s level=INFO msg=flood suppressed=5", "6s level=INFO msg=flood suppressed=6")
		h.Close()
	})
}

// TestSummaryFails asserts that the number of a summary that cannot be written is in a later summary.
func TestSummaryFails(t *testing.T) {
	t.Parallel()
	inBubble(t, "timer", func(t *testing.T) {
		log, h, s := begin()
		for range 25 {
			log.Info("flood")
		}
		s.fail(errors.New("no room"))
		time.Sleep(5 * window / 2)
		s.fail(nil)
		time.Sleep(window)
		s.expect(t, "3s level=INFO msg=flood suppressed=5")
		h.Close()
	})
	inBubble(t, "flood", func(t *testing.T) {
		log, h, s := begin()
		fail := errors.New("no room")
		for i := range 4000 {
			switch i {
			case 500:
				s.fail(fail)
			case 2500:
				s.fail(nil)
			}
			log.Info("flood")
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		h.Close()
		// Second 1 fails at 1 s and 2 s.
		s.expect(t, "3s level=INFO msg=flood suppressed=2940", "4s level=INFO msg=flood suppressed=980")
	})
}

// TestManyKinds asserts that the table of kinds is bounded, and that no count is lost at the bound.
func TestManyKinds(t *testing.T) {
	t.Parallel()
	inBubble(t, "others", func(t *testing.T) {
		log, h, s := begin()
		for i := range MaxKinds + 100 {
			log.Info(fmt.Sprintf("message-%d", i))
		}
		log.Error("message-0") // A kind of its own without room.
		log.Info("message-0")  // A kind of the table.
		if n := len(h.limiter.kinds); n != MaxKinds {
			t.Errorf("%d kinds, want %d", n, MaxKinds)
		}
		time.Sleep(window)
		for i := range Limit + 2 {
			log.Warn(fmt.Sprintf("warning-%d", i))
		}
		time.Sleep(window)
		s.expect(t, `1s level=ERROR msg="other records" suppressed=81`, `2s level=WARN msg="other records" suppressed=2`)
		if n := s.count("message"); n != MaxKinds+Limit+1 {
			t.Errorf("%d records have passed, want %d", n, MaxKinds+Limit+1)
		}
		h.Close()
	})
}

// TestConcurrent asserts that records and summaries add up if many goroutines log.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	inBubble(t, "add up", func(t *testing.T) {
		log, h, s := begin()
		var all sync.WaitGroup
		const goroutines, records = 8, 2500
		for i := range goroutines {
			all.Go(func() {
				log := log.With("peer", i)
				for range records {
					log.Info("flood")
					time.Sleep(time.Millisecond)
				}
			})
		}
		all.Wait()
		h.Close()
		sum := s.count("flood")
		for _, line := range s.lines {
			if _, number, ok := strings.Cut(line, Suppressed+"="); ok {
				n := 0
				if _, err := fmt.Sscan(number, &n); err != nil {
					t.Fatal(err)
				}
				sum += n
			}
		}
		if sum != goroutines*records {
			t.Errorf("%d records and suppressed records, want %d", sum, goroutines*records)
		}
		if n := s.count("flood"); n != 3*Limit {
			t.Errorf("%d records have passed, want %d", n, 3*Limit)
		}
	})
}

// TestLockIsFree asserts that a slow write keeps neither records of other kinds nor suppressed
// records waiting.
func TestLockIsFree(t *testing.T) {
	t.Parallel()
	inBubble(t, "write", func(t *testing.T) {
		slow := &slowHandler{slog.DiscardHandler, make(chan struct{})}
		h := New(slow)
		log := slog.New(h)
		done := make(chan struct{})
		go func() {
			log.Info("slow")
			close(done)
		}()
		synctest.Wait()
		for range 2 * Limit {
			log.Info("fast")
		}
		close(slow.free)
		<-done
		h.Close()
	})
}

// slowHandler blocks for a message.
type slowHandler struct {
	slog.Handler
	free chan struct{}
}

// Enabled returns true.
func (h *slowHandler) Enabled(context.Context, slog.Level) bool { return true }

// Handle waits.
func (h *slowHandler) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "slow" {
		<-h.free
	}
	return nil
}

// TestNoAllocation asserts that neither the records that pass nor the suppressed records allocate.
func TestNoAllocation(t *testing.T) {
	h := New(slog.DiscardHandler)
	defer h.Close()
	ctx := context.Background()
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "flood", 0)
	handle := func() {
		if err := h.Handle(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	handle() // The first record makes the kind.
	if n := testing.AllocsPerRun(Limit/2, handle); n != 0 {
		t.Errorf("%v allocations for a record that passes", n)
	}
	for range Limit {
		handle() // The first suppressed record makes the timer.
	}
	if n := testing.AllocsPerRun(1000, handle); n != 0 {
		t.Errorf("%v allocations for a suppressed record", n)
	}
}

func BenchmarkHandle(b *testing.B) {
	h := New(slog.DiscardHandler)
	defer h.Close()
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "flood", 0)
	b.ReportAllocs()
	for b.Loop() {
		_ = h.Handle(context.Background(), r)
	}
}
