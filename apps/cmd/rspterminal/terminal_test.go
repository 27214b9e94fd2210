package main

import (
	"bytes"
	"context"
	"errors"
	"iter"
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

// screen is a terminal with its output.
type screen struct {
	*terminal
	out, notes buffer
}

// buffer is a buffer for several goroutines.
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

// newScreen returns a terminal whose session has no element yet.
func newScreen(f *fakeSession, expecting bool) *screen {
	s := new(screen)
	s.terminal = newTerminal(&s.out, &s.notes, expecting)
	s.session = f
	return s
}

// start starts the session with element 1, without a note.
func (s *screen) start(f *fakeSession) {
	s.quiet = true
	f.element = 1
	s.notify(asap.SessionUp{Element: 1})
	s.quiet = false
}

// startScreen returns a terminal whose session has element 1, and expects answers.
func startScreen(f *fakeSession) *screen {
	s := newScreen(f, true)
	s.start(f)
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
		s := startScreen(f)
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

// TestEndOfInput asserts the time that a terminal waits after the end of input.
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
		{name: "an answer is missing", lines: []string{"a", "b"}, answers: map[time.Duration]string{time.Second: "a"}, wait: 10 * time.Second, took: 10 * time.Second, err: "pool TestPool: 1 line not answered within 10s after the end of input"},
		{name: "all are missing", lines: []string{"a", "b"}, wait: 2 * time.Second, took: 2 * time.Second, err: "pool TestPool: 2 lines not answered within 2s after the end of input"},
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
				s := newScreen(f, test.wait > 0)
				s.start(f)
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

// TestBeginning asserts that lines wait for the first element, and that the end of input limits the
// wait.
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
		{name: "too late", lines: []string{"a", "b"}, wait: 10 * time.Second, took: 10 * time.Second, err: "pool TestPool: 2 lines not answered within 10s after the end of input"},
		{name: "no lines, too late", wait: 10 * time.Second, took: 10 * time.Second, err: "pool TestPool: no session within 10s after the end of input"},
		{name: "no lines, silence", opens: 3 * time.Second, wait: 10 * time.Second, took: 3*time.Second + maxGreeting},
		{name: "no answers, nothing is lost", lines: []string{"a", "b"}, opens: time.Hour, took: time.Hour, sent: 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFakeSession()
				f.answer = f.echo
				s := newScreen(f, test.wait > 0)
				if test.opens > 0 {
					time.AfterFunc(test.opens, func() {
						f.mu.Lock()
						f.element = 7
						f.mu.Unlock()
						s.notify(asap.SessionUp{Element: 7})
					})
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
				notes := ""
				if test.opens > 0 {
					notes = "rspterminal: session with element 0x00000007\n"
				}
				if s.notes.String() != notes {
					t.Errorf("noted %q, want %q", s.notes.String(), notes)
				}
			})
		})
	}
}

// TestFailover asserts that lines without an answer are sent to the next element, in their order,
// and so are lines that were read during the failover.
func TestFailover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSession()
		s := startScreen(f)
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
		f.lose(1, false)
		synctest.Wait()
		if watching.Load() != 1 {
			t.Error("nobody watches")
		}
		in <- line{text: "d"}
		synctest.Wait()
		f.setBroken(false)
		f.move(2)
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
		if got, want := s.notes.String(), "rspterminal: failover 1: element 0x00000001 is gone, going on at element 0x00000002, 2 lines sent again\n"; got != want {
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

// TestLineMeetsLoss asserts that a line goes to the next element, once, if its element is gone before
// the terminal hears of it.
func TestLineMeetsLoss(t *testing.T) {
	t.Parallel()
	for _, expecting := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeSession()
			s := newScreen(f, expecting)
			s.start(f)
			wait := time.Duration(0)
			if expecting {
				wait = time.Second
			}
			in := make(chan line)
			done := make(chan error)
			go func() { done <- s.run(t.Context(), in, wait) }()
			in <- line{text: "a"}
			synctest.Wait()
			if expecting {
				f.echo("a")
			}
			f.setBroken(true)
			in <- line{text: "b"}
			in <- line{text: "c"}
			synctest.Wait()
			f.lose(1, false)
			synctest.Wait()
			f.setBroken(false)
			f.move(2)
			synctest.Wait()
			if got := strings.Join(f.lines(), " "); got != "b c" {
				t.Errorf("expecting answers %v: sent to the next element: %s", expecting, got)
			}
			if expecting {
				f.echo("b")
				f.echo("c")
			}
			close(in)
			if err := <-done; err != nil {
				t.Error(err)
			}
			const moved = "rspterminal: failover 1: element 0x00000001 is gone, going on at element 0x00000002\n"
			if got := s.notes.String(); got != moved {
				t.Errorf("expecting answers %v: noted %q, want %q", expecting, got, moved)
			}
		})
	}
}

// TestFailoverOfNothing asserts that a session with nothing to do goes on after growing pauses, and
// with the next line.
func TestFailoverOfNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSession()
		s := startScreen(f)
		in := make(chan line)
		done := make(chan error)
		go func() { done <- s.run(t.Context(), in, time.Second) }()
		// end makes an element end the session, and returns the time until the failover.
		end := func(id wire.PEID) time.Duration {
			asked, began := f.asked(), time.Now()
			f.echo("the time")
			f.lose(id, true)
			for f.asked() == asked && time.Since(began) < time.Hour {
				time.Sleep(100 * time.Millisecond)
			}
			return time.Since(began)
		}
		for i, want := range []time.Duration{1, 2, 4, 8, 10, 10} {
			if took := end(wire.PEID(i + 1)); took < want*time.Second || took > want*time.Second+100*time.Millisecond {
				t.Errorf("pause %d takes %v, want %v", i+1, took, want*time.Second)
			}
			f.move(wire.PEID(i + 2))
			synctest.Wait()
		}
		time.Sleep(maxIdlePause + 1)
		if took := end(7); took > 1100*time.Millisecond {
			t.Errorf("the pause after a long session takes %v", took)
		}
		f.move(8)
		synctest.Wait()

		f.lose(8, true)
		synctest.Wait()
		asked := f.asked()
		f.setBroken(true)
		in <- line{text: "a"}
		synctest.Wait()
		if f.asked() != asked+1 {
			t.Errorf("%d failovers with the line", f.asked()-asked)
		}
		f.setBroken(false)
		f.move(9)
		synctest.Wait()
		if got := f.lines(); !slices.Equal(got, []string{"a"}) {
			t.Errorf("sent %q", got)
		}
		// Now there is something to do.
		f.lose(9, true)
		synctest.Wait()
		if f.asked() != asked+2 {
			t.Errorf("%d failovers", f.asked()-asked)
		}
		f.move(10)
		f.echo("a")
		close(in)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got, want := s.notes.String(), "rspterminal: element 0x00000001 has ended the session, failover 1 in 1s or with the next line\n"+
			"rspterminal: failover 1: going on at element 0x00000002\n"; !strings.HasPrefix(got, want) {
			t.Errorf("noted\n%swant\n%s", got, want)
		}
		const last = "rspterminal: failover 9: element 0x00000009 has ended the session, going on at element 0x0000000a, 1 line sent again\n"
		if got := s.notes.String(); !strings.HasSuffix(got, last) {
			t.Errorf("noted\n%swant at the end\n%s", got, last)
		}
	})
}

// TestNoAnswersAreExpected asserts that sent lines are not kept, so there is no limit.
func TestNoAnswersAreExpected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSession()
		s := newScreen(f, false)
		s.start(f)
		if err := s.run(t.Context(), input(make([]string, 3*maxUnanswered)...), 0); err != nil {
			t.Error(err)
		}
		if len(f.lines()) != 3*maxUnanswered || len(s.backlog.lines) > 0 || s.backlog.octets != 0 {
			t.Errorf("%d lines sent, %d kept", len(f.lines()), len(s.backlog.lines))
		}
	})
}

// TestStall asserts that a service without answers gets a limited number of lines, and that the user
// is told once.
func TestStall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSession()
		s := startScreen(f)
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

// TestLongLines asserts that a terminal with much input takes answers while it sends.
func TestLongLines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size, most = 20000, 1000
		f := newFakeSession()
		f.items = make(chan item, 128<<10/size) // The room on the way.
		f.answer = f.echo
		s := startScreen(f)
		text := strings.Repeat("x", size)
		if err := s.run(t.Context(), input(slices.Repeat([]string{text}, most)...), time.Second); err != nil {
			t.Error(err)
		}
		if got, want := s.backlog.now(), (status{up: true, sent: most, answers: most}); got != want || s.backlog.octets != 0 {
			t.Errorf("%+v, want %+v; %d octets ahead", got, want, s.backlog.octets)
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
			s.session = &failingSession{fakeSession: newFakeSession(), err: failed}
			return nil
		}},
		{"nothing left to wait for", func(f *fakeSession, s *screen) <-chan line {
			s.watch.Func = func(_ context.Context, giveUp context.CancelCauseFunc) func() {
				giveUp(failed)
				return func() {}
			}
			f.lose(1, false)
			return make(chan line)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFakeSession()
				s := startScreen(f)
				if err := s.run(t.Context(), test.setUp(f, s), time.Second); !errors.Is(err, failed) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// failingSession is a session whose messages end with an error.
type failingSession struct {
	*fakeSession
	err error
}

func (f *failingSession) Messages(context.Context) iter.Seq2[asap.Message, error] {
	return func(yield func(asap.Message, error) bool) { yield(asap.Message{}, f.err) }
}

func TestPrint(t *testing.T) {
	t.Parallel()
	s := newScreen(nil, true)
	s.colored, s.element = true, 1
	s.print([]byte("x\n"), 0)
	if got, want := s.out.String(), "\033[34mfrom PE 0x00000001>\033[0m x\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.colored, s.timed = false, true
	s.print([]byte("y"), 1500*time.Microsecond)
	if got, want := s.out.String(), "from PE 0x00000001 after 1.500 ms> y\n"; !strings.HasSuffix(got, want) {
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

// FuzzPrintable asserts that any message is printed as a line without control characters.
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
