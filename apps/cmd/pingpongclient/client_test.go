package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// fakeSession answers pings by pongs that count from its first number. It breaks
// before some pings, and goes on with another number.
type fakeSession struct {
	items   chan asap.Item
	replyNo uint64
	breaks  map[uint64]uint64 // the reply number with which to go on, by message number
	broken  bool
}

func (f *fakeSession) Send(_ context.Context, d asap.Data) error {
	m, err := pingpong.Parse(d.Data)
	if err != nil {
		return err
	}
	ping := m.(*pingpong.Ping)
	if next, ok := f.breaks[ping.MessageNo]; ok && !f.broken {
		f.broken = true
		f.replyNo = next
		f.items <- asap.FailoverNecessary{Element: 1}
		f.items <- asap.FailoverComplete{Element: 2, Cookie: true}
		return asap.ErrBroken
	}
	f.broken = false
	pong := pingpong.Pong{MessageNo: ping.MessageNo, ReplyNo: f.replyNo, Data: ping.Data}
	f.replyNo++
	data, err := pong.AppendBinary(nil)
	f.items <- asap.Data{PPID: pingpong.PPID, Data: data}
	return err
}

func (f *fakeSession) Receive(ctx context.Context) (asap.Item, error) {
	select {
	case item := <-f.items:
		return item, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestPongsAndGaps(t *testing.T) {
	for _, c := range []struct {
		name      string
		continues uint64
		gap       string
	}{
		{"state kept", 3, ""},
		{"state lost", 1, "gap: reply number 1 after 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				session := &fakeSession{items: make(chan asap.Item, 8), replyNo: 1, breaks: map[uint64]uint64{3: c.continues}}
				client := newClient(session, wire.PEID(1), &out)
				start := time.Now()
				if err := client.run(t.Context(), 500*time.Millisecond, 4); err != nil {
					t.Fatal(err)
				}
				// The third ping meets no element, and is sent an interval later.
				if got := time.Since(start); got != 2*time.Second {
					t.Errorf("took %v, want 2s", got)
				}
				if got := strings.Count(out.String(), ": pong "); got != 4 {
					t.Errorf("%d pongs, want 4", got)
				}
				if !strings.Contains(out.String(), "pong 4 from element 0x00000002") {
					t.Errorf("last pong is not of the second element:\n%s", &out)
				}
				if got := strings.Contains(out.String(), "gap:"); got != (c.gap != "") || !strings.Contains(out.String(), c.gap) {
					t.Errorf("gap wrong, want %q:\n%s", c.gap, &out)
				}
			})
		})
	}
}

func TestEndsWithSession(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	client := newClient(&fakeSession{items: make(chan asap.Item, 8), replyNo: 1}, 1, new(bytes.Buffer))
	if err := client.run(ctx, time.Hour, 100); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

// TestGivesUp asserts that somebody watches from the end of an element to the next one,
// and that who gives up says why.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	errEnough := errors.New("enough")
	session := &fakeSession{items: make(chan asap.Item, 8), replyNo: 1}
	client := newClient(session, 1, new(bytes.Buffer))
	watches, watching := 0, 0
	client.watch.Func = func(_ context.Context, giveUp context.CancelCauseFunc) func() {
		watches++
		watching++
		if watches == 2 {
			giveUp(errEnough)
		}
		return func() { watching-- }
	}
	for _, item := range []asap.Item{
		asap.FailoverNecessary{Element: 1},
		asap.FailoverComplete{Element: 2},
		asap.FailoverNecessary{Element: 2},
	} {
		session.items <- item
	}
	if err := client.run(t.Context(), time.Hour, 0); !errors.Is(err, errEnough) {
		t.Errorf("got %v, want %v", err, errEnough)
	}
	if watches != 2 || watching != 0 {
		t.Errorf("%d watches of which %d have not ended, want 2 and 0", watches, watching)
	}
}
