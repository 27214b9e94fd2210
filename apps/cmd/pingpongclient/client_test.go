package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// fakeSession answers pings by pongs that count from its first number. Its element dies before
// some pings, and the next element goes on with another number.
type fakeSession struct {
	items   chan item
	replyNo uint64
	breaks  map[uint64]uint64 // the reply number of the next element, by message number
	broken  bool
	asked   int   // failovers
	sendErr error // returned once by Send
}

// item is a message or news of a session.
type item struct {
	message asap.Message
	err     error
}

func (f *fakeSession) Pool() string { return "TestPool" }

func (f *fakeSession) Element() wire.PEID { return 1 }

func (f *fakeSession) Send(_ context.Context, m asap.Message) error {
	if err := f.sendErr; err != nil {
		f.sendErr = nil
		return err
	}
	message, err := pingpong.Parse(m.Data)
	if err != nil {
		return err
	}
	ping := message.(*pingpong.Ping)
	if next, ok := f.breaks[ping.MessageNo]; ok && !f.broken {
		f.broken = true
		f.replyNo = next
		f.items <- item{err: &asap.FailoverError{From: 1}}
		return asap.ErrBroken
	}
	pong := pingpong.Pong{MessageNo: ping.MessageNo, ReplyNo: f.replyNo, Data: ping.Data}
	f.replyNo++
	data, err := pong.AppendBinary(nil)
	f.items <- item{message: asap.Message{PPID: pingpong.PPID, Data: data}}
	return err
}

func (f *fakeSession) Failover(context.Context) error {
	f.asked++
	f.items <- item{err: &asap.FailoverError{From: 1, To: 2, StateRestored: true}}
	return nil
}

func (f *fakeSession) Messages(ctx context.Context) iter.Seq2[asap.Message, error] {
	return func(yield func(asap.Message, error) bool) {
		for {
			select {
			case i := <-f.items:
				if !yield(i.message, i.err) {
					return
				}
			case <-ctx.Done():
				yield(asap.Message{}, ctx.Err())
				return
			}
		}
	}
}

func newTestOutput(out io.Writer) *output { return newOutput(os.Stdin, out, false, true) }

func newFakeSession() *fakeSession { return &fakeSession{items: make(chan item, 8), replyNo: 1} }

func TestPongsAndGaps(t *testing.T) {
	t.Parallel()
	const moved = " failover 1: element 0x00000001 is gone, going on at element 0x00000002 with the state of the session\n"
	for _, c := range []struct {
		name      string
		continues uint64
		gap       string
		summary   string
		err       string
	}{
		{"state kept", 3, "", "4 pings, 4 pongs, 0 lost, 1 failover, 0 gaps", ""},
		{"last pong repeated", 2, " gap: reply number 2 after 2\n", "4 pings, 4 pongs, 0 lost, 1 failover, 1 gap", "pool TestPool: 1 gap in the reply numbers"},
		{"state lost", 1, " gap: reply number 1 after 2\n", "4 pings, 4 pongs, 0 lost, 1 failover, 1 gap", "pool TestPool: 1 gap in the reply numbers"},
		{"pong lost", 4, " gap: reply number 4 after 2\n", "4 pings, 4 pongs, 0 lost, 1 failover, 1 gap", "pool TestPool: 1 gap in the reply numbers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				session := newFakeSession()
				session.breaks = map[uint64]uint64{3: c.continues}
				client := newClient(session, newTestOutput(&out), time.Second)
				start := time.Now()
				if err := client.run(t.Context(), 500*time.Millisecond, 4); err != nil {
					t.Fatal(err)
				}
				// The third ping meets no element, and is sent an interval later.
				if got := time.Since(start); got != 2*time.Second {
					t.Errorf("took %v, want 2s", got)
				}
				text := out.String()
				for want, n := range map[string]int{" pong ": 4, " pong 2 from element 0x00000001, reply number 2\n": 1, " pong 4 from element 0x00000002, ": 1, moved: 1} {
					if got := strings.Count(text, want); got != n {
						t.Errorf("%d times %q, want %d:\n%s", got, want, n, text)
					}
				}
				if got := strings.Contains(text, " gap: "); got != (c.gap != "") || !strings.Contains(text, c.gap) {
					t.Errorf("gap wrong, want %q:\n%s", c.gap, text)
				}
				summary := client.tally.summary(time.Now())
				if got := summary.lines()[0]; got != c.summary {
					t.Errorf("summary %q, want %q", got, c.summary)
				}
				if err := client.checkGaps(summary); (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
					t.Errorf("error %v, want %q", err, c.err)
				}
				if session.asked != 1 {
					t.Errorf("%d failovers asked for", session.asked)
				}
			})
		})
	}
}

// TestLostPings asserts that pings without a pong are counted, and that the last one may still get its pong.
func TestLostPings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		session := &silentSession{newFakeSession()}
		client := newClient(session, newTestOutput(&out), time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		if err := client.run(ctx, time.Second, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		want := Summary{Pings: 3, Lost: 2, Waiting: 1}
		if got := client.tally.summary(time.Now()); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

// silentSession takes pings and gives no pongs.
type silentSession struct{ *fakeSession }

func (silentSession) Send(context.Context, asap.Message) error { return nil }

// TestPingerHearsOfFailover asserts that the client goes on if a ping, and not the receiver, is told
// that the session has moved.
func TestPingerHearsOfFailover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		session := newFakeSession()
		session.sendErr = &asap.FailoverError{From: 1, To: 3, Orderly: true}
		client := newClient(session, newTestOutput(&out), time.Second)
		start := time.Now()
		if err := client.run(t.Context(), time.Second, 1); err != nil {
			t.Error(err)
		}
		if got := time.Since(start); got != time.Second {
			t.Errorf("took %v, want 1s", got)
		}
		want := " failover 1: element 0x00000001 has ended the session, going on at element 0x00000003 without state\n"
		if !strings.Contains(out.String(), want) || !strings.Contains(out.String(), " pong 1 from element 0x00000003,") {
			t.Errorf("printed:\n%s", &out)
		}
	})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	failed := errors.New("failed")
	for _, test := range []struct {
		name  string
		setUp func(f *fakeSession, end context.CancelCauseFunc)
		want  error
	}{
		{"the context ends", func(_ *fakeSession, end context.CancelCauseFunc) { end(nil) }, context.Canceled},
		{"nothing left to wait for", func(_ *fakeSession, end context.CancelCauseFunc) { end(failed) }, failed},
		{"Send fails", func(f *fakeSession, _ context.CancelCauseFunc) { f.sendErr = failed }, failed},
		{"Receive fails", func(f *fakeSession, _ context.CancelCauseFunc) { f.items <- item{err: failed} }, failed},
		{"no message of the service", func(f *fakeSession, _ context.CancelCauseFunc) {
			f.items <- item{message: asap.Message{Data: []byte("rubbish")}}
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, end := context.WithCancelCause(t.Context())
				defer end(nil)
				f := newFakeSession()
				test.setUp(f, end)
				err := newClient(f, newTestOutput(new(bytes.Buffer)), time.Second).run(ctx, time.Hour, 100)
				if err == nil || test.want != nil && !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
			})
		})
	}
}
