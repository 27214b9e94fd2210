package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// fakeSession is a session whose other end is the test.
type fakeSession struct {
	items  chan asap.Item
	answer func(line string) // called for each line that is sent; may be nil

	mu        sync.Mutex // guards what follows
	broken    bool
	sent      []string
	failovers int // that were asked for
}

func (f *fakeSession) Failover(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failovers++
	return nil
}

// asked returns how many failovers were asked for.
func (f *fakeSession) asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failovers
}

// setBroken says whether there is no element. What was sent before is forgotten.
func (f *fakeSession) setBroken(broken bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.broken, f.sent = broken, nil
}

func (f *fakeSession) lines() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sent)
}

func newFakeSession() *fakeSession { return &fakeSession{items: make(chan asap.Item, 10000)} }

func (f *fakeSession) Send(_ context.Context, d asap.Data) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken {
		return asap.ErrBroken
	}
	text := string(d.Data)
	if !strings.HasSuffix(text, "\n") || d.PPID != 0 || d.Stream != 0 {
		return fmt.Errorf("unexpected message %+v", d)
	}
	f.sent = append(f.sent, strings.TrimSuffix(text, "\n"))
	if f.answer != nil {
		f.answer(strings.TrimSuffix(text, "\n"))
	}
	return nil
}

func (f *fakeSession) Receive(ctx context.Context) (asap.Item, error) {
	select {
	case item := <-f.items:
		return item, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// echo has the session answer each line.
func (f *fakeSession) echo(line string) { f.items <- asap.Data{Data: []byte(line + "\n")} }

// screen is a terminal with what it shows.
type screen struct {
	terminal
	out, notes buffer
}

// buffer is a buffer for two goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newScreen(f *fakeSession) *screen {
	s := &screen{terminal: terminal{session: f, element: 1, up: true}}
	s.terminal.out, s.terminal.notes = &s.out, &s.notes
	return s
}

// input returns a channel that has the lines and then ends.
func input(lines ...string) <-chan line {
	in := make(chan line, len(lines))
	for _, text := range lines {
		in <- line{text: text}
	}
	close(in)
	return in
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSession()
		f.answer = f.echo
		s := newScreen(f)
		if err := s.run(t.Context(), input("one", "", "three"), time.Second); err != nil {
			t.Error(err)
		}
		if got, want := s.out.String(), "from PE 0x00000001> one\nfrom PE 0x00000001> \nfrom PE 0x00000001> three\n"; got != want {
			t.Errorf("printed\n%swant\n%s", got, want)
		}
		if got, want := s.summary(), "3 lines sent, 3 answers, 0 failovers"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestEndOfInput asserts how long a terminal waits after the end of input.
func TestEndOfInput(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		lines   []string
		answers map[time.Duration]string // by the time after the start
		wait    time.Duration
		took    time.Duration
		err     string
	}{
		{name: "last answer", lines: []string{"a", "b"}, answers: map[time.Duration]string{time.Second: "a", 3 * time.Second: "b"}, wait: 10 * time.Second, took: 3 * time.Second},
		{name: "one is missing", lines: []string{"a", "b"}, answers: map[time.Duration]string{time.Second: "a"}, wait: 10 * time.Second, took: 10 * time.Second, err: "1 line not answered within 10s after the end of input"},
		{name: "all are missing", lines: []string{"a", "b"}, wait: 2 * time.Second, took: 2 * time.Second, err: "2 lines not answered within 2s after the end of input"},
		{name: "none are expected", lines: []string{"a", "b"}, wait: 0, took: 0},
		{name: "no lines, none expected", wait: 0, took: 0},
		{name: "no lines, greeting", answers: map[time.Duration]string{500 * time.Millisecond: "hello"}, wait: 10 * time.Second, took: 500 * time.Millisecond},
		{name: "no lines, silence", wait: 10 * time.Second, took: maxGreeting},
		{name: "no lines, short wait", wait: 100 * time.Millisecond, took: 100 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFakeSession()
				s := newScreen(f)
				for after, text := range test.answers {
					time.AfterFunc(after, func() { f.echo(text) })
				}
				start := time.Now()
				err := s.run(t.Context(), input(test.lines...), test.wait)
				if took := time.Since(start); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
				if test.err == "" && err != nil || test.err != "" && (err == nil || err.Error() != test.err) {
					t.Errorf("got %v, want %q", err, test.err)
				}
				if len(f.lines()) != len(test.lines) {
					t.Errorf("sent %q", f.lines())
				}
			})
		})
	}
}

// TestBeginning asserts what happens while there is no element yet: lines wait for it,
// and the end of input limits the waiting.
func TestBeginning(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		lines []string
		opens time.Duration // 0: never
		wait  time.Duration
		took  time.Duration
		sent  int
		err   string
	}{
		{name: "lines wait", lines: []string{"a", "b"}, opens: 3 * time.Second, wait: 10 * time.Second, took: 3 * time.Second, sent: 2},
		{name: "too late", lines: []string{"a", "b"}, wait: 10 * time.Second, took: 10 * time.Second, err: "2 lines not answered within 10s after the end of input"},
		{name: "no lines, too late", wait: 10 * time.Second, took: 10 * time.Second, err: "no session within 10s after the end of input"},
		{name: "no lines, silence", opens: 3 * time.Second, wait: 10 * time.Second, took: 3*time.Second + maxGreeting},
		{name: "no answers, nothing is lost", lines: []string{"a", "b"}, opens: time.Hour, took: time.Hour, sent: 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFakeSession()
				f.answer = f.echo // It could send at once, but would do so twice.
				s := newScreen(f)
				s.element, s.up = 0, false
				if test.opens > 0 {
					time.AfterFunc(test.opens, func() { f.items <- asap.FailoverComplete{Element: 7} })
				}
				start := time.Now()
				err := s.run(t.Context(), input(test.lines...), test.wait)
				if took := time.Since(start); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
				if test.err == "" && err != nil || test.err != "" && (err == nil || err.Error() != test.err) {
					t.Errorf("got %v, want %q", err, test.err)
				}
				if sent := f.lines(); len(sent) != test.sent {
					t.Errorf("sent %q", sent)
				}
				if test.opens > 0 && s.notes.String() != "rspterminal: session with element 0x00000007\n" {
					t.Errorf("noted %q", s.notes.String())
				}
			})
		})
	}
}

// TestFailover asserts that lines without an answer are sent again to the next
// element, in their order, and those from in between too.
func TestFailover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSession()
		s := newScreen(f)
		var watching atomic.Int32
		s.watch.Func = func(context.Context, context.CancelCauseFunc) func() {
			watching.Store(1)
			return func() { watching.Store(0) }
		}
		in := make(chan line)
		done := make(chan error)
		go func() { done <- s.run(t.Context(), in, time.Second) }()
		in <- line{text: "a"}
		in <- line{text: "b"}
		in <- line{text: "c"}
		f.echo("a")
		synctest.Wait()
		f.setBroken(true)
		f.items <- asap.FailoverNecessary{Element: 1}
		synctest.Wait()
		if watching.Load() != 1 {
			t.Error("nobody watches")
		}
		in <- line{text: "d"}
		synctest.Wait()
		f.setBroken(false)
		f.items <- asap.FailoverComplete{Element: 2}
		synctest.Wait()
		if watching.Load() != 0 {
			t.Error("somebody watches after the failover")
		}
		if f.asked() != 1 {
			t.Errorf("%d failovers asked for", f.asked())
		}
		if got := strings.Join(f.lines(), " "); got != "b c d" {
			t.Errorf("sent again: %s", got)
		}
		for _, text := range []string{"b", "c", "d"} {
			f.echo(text)
		}
		close(in)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got, want := s.notes.String(), "rspterminal: element 0x00000001 is gone, failover 1\n"+
			"rspterminal: going on at element 0x00000002, 3 lines sent again\n"; got != want {
			t.Errorf("noted\n%swant\n%s", got, want)
		}
		if got, want := s.summary(), "4 lines sent, 4 answers, 1 failover"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if !strings.HasSuffix(s.out.String(), "from PE 0x00000002> d\n") {
			t.Errorf("printed\n%s", s.out.String())
		}
	})
}

// TestFailoverOfNothing asserts that a session in which there is nothing to do goes on
// after pauses that grow, and with the next line.
func TestFailoverOfNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSession()
		s := newScreen(f)
		in := make(chan line)
		done := make(chan error)
		go func() { done <- s.run(t.Context(), in, time.Second) }()
		// end has the element end the session, and tells after how long the next is sought.
		end := func(id wire.PEID) time.Duration {
			asked, began := f.asked(), time.Now()
			f.items <- asap.Data{Data: []byte("the time\n")}
			f.items <- asap.FailoverNecessary{Element: id, Orderly: true}
			for f.asked() == asked && time.Since(began) < time.Hour {
				time.Sleep(100 * time.Millisecond)
			}
			return time.Since(began)
		}
		for i, want := range []time.Duration{1, 2, 4, 8, 10, 10} {
			if took := end(wire.PEID(i + 1)); took < want*time.Second || took > want*time.Second+100*time.Millisecond {
				t.Errorf("pause %d takes %v, want %v", i+1, took, want*time.Second)
			}
			f.items <- asap.FailoverComplete{Element: wire.PEID(i + 2)}
			synctest.Wait()
		}
		time.Sleep(maxIdlePause + 1)
		if took := end(7); took > 1100*time.Millisecond {
			t.Errorf("the pause after a long session takes %v", took)
		}
		f.items <- asap.FailoverComplete{Element: 8}
		synctest.Wait()

		f.items <- asap.FailoverNecessary{Element: 8, Orderly: true}
		synctest.Wait()
		asked := f.asked()
		f.setBroken(true)
		in <- line{text: "a"}
		synctest.Wait()
		if f.asked() != asked+1 {
			t.Errorf("%d failovers with the line", f.asked()-asked)
		}
		f.setBroken(false)
		f.items <- asap.FailoverComplete{Element: 9}
		synctest.Wait()
		if got := f.lines(); !slices.Equal(got, []string{"a"}) {
			t.Errorf("sent %q", got)
		}
		// Now there is something to do.
		f.items <- asap.FailoverNecessary{Element: 9, Orderly: true}
		synctest.Wait()
		if f.asked() != asked+2 {
			t.Errorf("%d failovers", f.asked()-asked)
		}
		f.items <- asap.FailoverComplete{Element: 10}
		f.echo("a")
		close(in)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got, want := s.notes.String(), "rspterminal: element 0x00000001 has ended the session, failover 1 in 1s or with the next line\n"+
			"rspterminal: going on at element 0x00000002\n"; !strings.HasPrefix(got, want) {
			t.Errorf("noted\n%swant\n%s", got, want)
		}
	})
}

// TestNoAnswersAreExpected asserts that nothing is kept, so that there is no limit.
func TestNoAnswersAreExpected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSession()
		s := newScreen(f)
		if err := s.run(t.Context(), input(make([]string, 3*maxUnanswered)...), 0); err != nil {
			t.Error(err)
		}
		if len(f.lines()) != 3*maxUnanswered || cap(s.unanswered) > 0 {
			t.Errorf("%d lines sent, %d kept", len(f.lines()), cap(s.unanswered))
		}
	})
}

// TestStall asserts that a service that gives no answers does not get any number of
// lines, and that the user is told once.
func TestStall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSession()
		s := newScreen(f)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.run(ctx, input(make([]string, 3*maxUnanswered)...), time.Second) }()
		time.Sleep(stallDelay - time.Nanosecond)
		synctest.Wait()
		if len(f.lines()) != maxUnanswered || s.notes.String() != "" {
			t.Errorf("%d lines sent; noted %q", len(f.lines()), s.notes.String())
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := strings.Count(s.notes.String(), "\n"); n != 1 || !strings.Contains(s.notes.String(), "--wait=0") {
			t.Errorf("noted %q", s.notes.String())
		}
		f.echo("an answer after all")
		synctest.Wait()
		if len(f.lines()) != maxUnanswered+1 {
			t.Errorf("%d lines sent", len(f.lines()))
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// TestLongLines asserts that a terminal with much input does not wait for a server that
// waits for its answers to be taken.
func TestLongLines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size, most = 20000, 1000
		f := newFakeSession()
		f.items = make(chan asap.Item, 128<<10/size) // The room on the way.
		f.answer = f.echo
		s := newScreen(f)
		text := strings.Repeat("x", size)
		if err := s.run(t.Context(), input(slices.Repeat([]string{text}, most)...), time.Second); err != nil {
			t.Error(err)
		}
		if s.answers != most || s.ahead != 0 {
			t.Errorf("%d answers, %d octets ahead", s.answers, s.ahead)
		}
	})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	failed := errors.New("failed")
	for _, test := range []struct {
		name  string
		setUp func(f *fakeSession, s *screen) <-chan line
	}{
		{"input", func(*fakeSession, *screen) <-chan line {
			in := make(chan line, 1)
			in <- line{err: failed}
			return in
		}},
		{"session", func(_ *fakeSession, s *screen) <-chan line {
			s.session = failingSession{failed}
			return nil
		}},
		{"nothing left to wait for", func(f *fakeSession, s *screen) <-chan line {
			s.watch.Func = func(_ context.Context, giveUp context.CancelCauseFunc) func() {
				giveUp(failed)
				return func() {}
			}
			f.items <- asap.FailoverNecessary{Element: 1}
			return make(chan line)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFakeSession()
				s := newScreen(f)
				if err := s.run(t.Context(), test.setUp(f, s), time.Second); !errors.Is(err, failed) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

type failingSession struct{ err error }

func (f failingSession) Send(context.Context, asap.Data) error      { return f.err }
func (f failingSession) Receive(context.Context) (asap.Item, error) { return nil, f.err }
func (f failingSession) Failover(context.Context) error             { return f.err }

func TestPrint(t *testing.T) {
	t.Parallel()
	s := newScreen(nil)
	s.colored = true
	s.print([]byte("x\n"))
	if got, want := s.out.String(), "\033[34mfrom PE 0x00000001>\033[0m x\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.quiet = true
	s.note("nothing")
	if s.notes.String() != "" {
		t.Errorf("noted %q", s.notes.String())
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain\n":                  "plain",
		"":                         "",
		"\r\n \x00":                "",
		"tab\there":                "tab\there",
		"Grüße, 世界\n":              "Grüße, 世界",
		"\x1b[31mred\x1b[0m":       ".[31mred.[0m",
		"two\nlines":               "two.lines",
		"\x7f\x1e\u202e\u0085":     "....",
		"no text \xff\xfe\xc3":     "no text ���",
		"title \x1b]0;pwned\x07\n": "title .]0;pwned",
	} {
		if got := printable([]byte(text)); got != want {
			t.Errorf("%q is printed as %q, want %q", text, got, want)
		}
	}
}

// FuzzPrintable asserts that whatever a server sends, one line without control
// characters is printed.
func FuzzPrintable(f *testing.F) {
	f.Add([]byte("\x1b[2J\r\nx"))
	f.Add([]byte("\u2028\ufeff\x9b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, r := range printable(data) {
			if r < ' ' && r != '\t' || 0x7f <= r && r < 0xa0 {
				t.Fatalf("%q is printed with %U", data, r)
			}
		}
	})
}
