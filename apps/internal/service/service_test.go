package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

// buffer is a buffer for several writers.
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

// bench is a service that is being served, and a user's endpoint.
type bench struct {
	t      *testing.T
	out    buffer
	usage  Usage
	server []netip.AddrPort
	host   *memnet.Host         // of the users
	users  []transport.Endpoint // one for each session
}

// testService runs a service in a bubble. There is no registrar.
func testService(t *testing.T, s *Service, test func(*testing.T, *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(memnet.Config{Link: memnet.Link{Latency: time.Millisecond}, QueueLen: 4})
		host := network.Host()
		n, err := asap.NewNode(t.Context(), asap.Config{
			Network:    host,
			Registrars: [][]netip.AddrPort{{netip.MustParseAddrPort("192.0.2.99:3863")}},
			NoAnnounce: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		l, err := n.Listen(t.Context(), s.PoolHandle, asap.ListenConfig{Patient: true})
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{t: t, server: l.Endpoint().LocalAddrs(), host: network.Host()}
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() {
			served <- s.Serve(ctx, Config{Listener: l, Out: &b.out, Usage: &b.usage, Logger: slog.New(slog.DiscardHandler)})
		}()
		test(t, b)
		cancel()
		if err := <-served; err != nil {
			t.Errorf("the service ended with %v", err)
		}
		ended, cancelEnded := context.WithTimeout(t.Context(), time.Second)
		defer cancelEnded()
		_ = n.Close(ended) // There is nobody to deregister at.
		for _, e := range b.users {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// dial opens a session from a port of its own.
func (b *bench) dial() transport.Association {
	b.t.Helper()
	e, err := b.host.Listen(b.t.Context(), transport.ListenConfig{})
	if err != nil {
		b.t.Fatal(err)
	}
	b.users = append(b.users, e)
	a, err := e.Dial(b.t.Context(), b.server)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

// expectDown waits for the end of a session.
func (b *bench) expectDown(a transport.Association, want transport.Cause) {
	b.t.Helper()
	for {
		_, err := a.Receive(b.t.Context())
		if err == nil {
			continue
		}
		if down, ok := errors.AsType[*transport.DownError](err); !ok || down.Cause != want {
			b.t.Errorf("the session has ended with %v, want %v", err, want)
		}
		return
	}
}

func TestEcho(t *testing.T) {
	t.Parallel()
	testService(t, Echo(), func(t *testing.T, b *bench) {
		a := b.dial()
		for i, m := range []transport.Message{
			{PPID: 0, Stream: 0, Data: []byte("first\n")},
			{PPID: 38, Stream: 3, Data: []byte{0, 1, 2}},
			{PPID: 0xffffffff, Stream: 1, Data: bytes.Repeat([]byte("x"), 60000)},
		} {
			// A cookie of somebody's, and rubbish on the control channel, are no concern of an echo.
			for _, control := range [][]byte{{0x0c, 0, 0, 4}, {1}} {
				if err := a.Send(t.Context(), transport.Message{PPID: wire.PPIDASAP, Data: control}); err != nil {
					t.Fatal(err)
				}
			}
			if err := a.Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			got, err := a.Receive(t.Context())
			if err != nil || got.PPID != m.PPID || got.Stream != m.Stream || !bytes.Equal(got.Data, m.Data) {
				t.Errorf("message %d: %v, PPID %d, stream %d, %d octets", i, err, got.PPID, got.Stream, len(got.Data))
			}
		}
		if err := a.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		line := regexp.MustCompile(`(?m)^\d\d-[A-Z][a-z][a-z]-\d{4} \d\d:\d\d:\d\d\.\d{4}: session 1: echo of 60000 octets$`)
		if !line.MatchString(b.out.String()) {
			t.Errorf("printed:\n%s", b.out.String())
		}
	})
}

func TestDiscard(t *testing.T) {
	t.Parallel()
	testService(t, Discard(), func(t *testing.T, b *bench) {
		a := b.dial()
		for i := range 20 { // More than are queued.
			if err := a.Send(t.Context(), transport.Message{Data: fmt.Appendf(nil, "message %d", i)}); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if m, err := a.Receive(ctx); ctx.Err() == nil {
			t.Errorf("there is an answer: %v, %v", m, err)
		}
		if n := strings.Count(b.out.String(), " octets discarded\n"); n != 20 {
			t.Errorf("%d lines, want 20:\n%s", n, b.out.String())
		}
	})
}

func TestDaytime(t *testing.T) {
	t.Parallel()
	testService(t, Daytime(), func(t *testing.T, b *bench) {
		for range 3 {
			a := b.dial()
			m, err := a.Receive(t.Context())
			if err != nil || m.PPID != 0 || m.Stream != 0 {
				t.Fatalf("%v, %+v", err, m)
			}
			if want := regexp.MustCompile(`^[A-Z][a-z]+day, 01-January-2000 \d\d:\d\d:\d\d\.\d{6}\n$`); !want.Match(m.Data) {
				t.Errorf("got %q", m.Data)
			}
			b.expectDown(a, transport.CauseShutdown)
		}
	})
}

func TestDaytimeText(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.November, 3, 4, 5, 6, 7000, time.UTC)
	if got, want := daytimeText(at), "Tuesday, 03-November-2026 04:05:06.000007\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCharGen(t *testing.T) {
	t.Parallel()
	testService(t, CharGen(2), func(t *testing.T, b *bench) {
		a := b.dial()
		for range 50 { // More than are queued, either way.
			m, err := a.Receive(t.Context())
			if err != nil || m.PPID != 0 || !bytes.Equal(m.Data, charGenText()) {
				t.Fatalf("%v, %+v", err, m)
			}
			if err := a.Send(t.Context(), transport.Message{Data: []byte("ignored")}); err != nil {
				t.Fatal(err)
			}
		}
		a.Abort("enough")
	})
	text := charGenText()
	if len(text) != 1024 || text[0] != 30 || text[97] != 127 || text[98] != 30 || text[1023] != 30+1023%98 {
		t.Errorf("the text is %q", text)
	}
}

// TestMaxSessions asserts that a session too many ends at once and in order, and that
// there is room again when one has ended.
func TestMaxSessions(t *testing.T) {
	t.Parallel()
	s := &Service{PoolHandle: "TestPool", MaxSessions: 2, Handle: func(ctx context.Context, s *Session) error {
		s.Printf("begins")
		_, err := s.Receive(ctx) // Until it is told to end.
		return err
	}}
	testService(t, s, func(t *testing.T, b *bench) {
		first, second, third := b.dial(), b.dial(), b.dial()
		b.expectDown(third, transport.CauseShutdown)
		if first.Err() != nil || second.Err() != nil {
			t.Errorf("the others have ended too: %v, %v", first.Err(), second.Err())
		}
		if n := b.usage.Sessions(); n != 2 {
			t.Errorf("the usage shows %d sessions", n)
		}
		if err := first.Send(t.Context(), transport.Message{Data: []byte("end")}); err != nil {
			t.Error(err)
		}
		b.expectDown(first, transport.CauseShutdown)
		if n := b.usage.Sessions(); n != 1 {
			t.Errorf("the usage shows %d sessions when one has ended", n)
		}
		fourth := b.dial()
		synctest.Wait()
		if fourth.Err() != nil {
			t.Errorf("the next one has ended: %v", fourth.Err())
		}
		if out := b.out.String(); strings.Count(out, "begins") != 3 || !strings.Contains(out, "session 3: begins") {
			t.Errorf("printed:\n%s", out)
		}
	})
}

// TestEnds asserts how a session ends: in order after nil, by an abort with the
// reason after an error, and not a second time if the user has ended it.
func TestEnds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		err    error
		cause  transport.Cause
		reason string
	}{
		{"in order", nil, transport.CauseShutdown, ""},
		{"abort", errors.New("this is wrong"), transport.CauseAbortPeer, "this is wrong"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := &Service{PoolHandle: "TestPool", Handle: func(context.Context, *Session) error { return test.err }}
			testService(t, s, func(t *testing.T, b *bench) {
				a := b.dial()
				b.expectDown(a, test.cause)
				if down, ok := errors.AsType[*transport.DownError](a.Err()); !ok || down.Reason != test.reason {
					t.Errorf("the reason is %v", a.Err())
				}
			})
		})
	}
	t.Run("by the user", func(t *testing.T) {
		t.Parallel()
		var ended chan error
		s := Discard()
		handle := s.Handle
		s.Handle = func(ctx context.Context, s *Session) error {
			err := handle(ctx, s)
			ended <- err
			return err
		}
		testService(t, s, func(t *testing.T, b *bench) {
			ended = make(chan error, 1)
			b.dial().Abort("enough")
			if down, ok := errors.AsType[*transport.DownError](<-ended); !ok || down.Cause != transport.CauseAbortPeer {
				t.Errorf("the session has ended with %v", down)
			}
		})
	})
}

// TestManySessions asserts that sessions do not hold up each other.
func TestManySessions(t *testing.T) {
	t.Parallel()
	testService(t, Echo(), func(t *testing.T, b *bench) {
		var all []transport.Association
		for range 100 {
			all = append(all, b.dial())
		}
		for i, a := range all {
			want := fmt.Sprintf("message %d", i)
			if err := a.Send(t.Context(), transport.Message{Data: []byte(want)}); err != nil {
				t.Fatal(err)
			}
			if m, err := a.Receive(t.Context()); err != nil || string(m.Data) != want {
				t.Fatalf("session %d: %q, %v", i, m.Data, err)
			}
		}
	})
}
