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

	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
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

// bench is a running service, and its users.
type bench struct {
	t       *testing.T
	service *Service
	stop    func() // ends the service
	out     buffer
	server  []netip.AddrPort
	host    *memnet.Host         // of the users
	users   []transport.Endpoint // each for a session
}

// testService runs a service in a bubble. There is no registrar.
func testService(t *testing.T, s *Service, test func(*testing.T, *bench)) {
	t.Helper()
	testOpened(t, func(*testing.T) *Service { return s }, test)
}

// testOpened runs a service that is opened in the bubble, and closed at the end.
func testOpened(t *testing.T, open func(*testing.T) *Service, test func(*testing.T, *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { runService(t, open(t), test) })
}

// runService runs a service until the end of a test, and closes it. Processes have no place in a
// bubble, so that services with processes run in real time.
func runService(t *testing.T, s *Service, test func(*testing.T, *bench)) {
	t.Helper()
	network := memnet.New(memnet.Config{Link: memnet.Link{Latency: time.Millisecond}, QueueLen: 4})
	host := network.Host()
	n, err := asap.Open(t.Context(), asap.Config{
		Network:    host,
		Registrars: []string{"192.0.2.99:3863"},
		Announce:   transport.GroupConfig{Off: true},
		Logger:     slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := n.Listen(t.Context(), s.Pool, &asap.ListenConfig{Patient: true, MaxSessions: s.ListenLimit()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	b := &bench{t: t, service: s, stop: cancel, server: l.LocalAddrs(), host: network.Host()}
	s.Out = &b.out
	served := make(chan error, 1)
	go func() { served <- l.Serve(ctx, s) }()
	test(t, b)
	cancel()
	if err := <-served; err != nil {
		t.Errorf("the service ended with %v", err)
	}
	if s.Close != nil {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if s.Sessions() != 0 || s.Load() != 0 {
		t.Errorf("%d sessions and a load of %v after the end", s.Sessions(), s.Load())
	}
	_ = n.Close() // There is no registrar for the deregistration.
	for _, e := range b.users {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
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
			// Malformed messages on the control channel are reported, and do not disturb an echo.
			for _, control := range [][]byte{{0x0c, 0, 0, 4}, {1}} {
				if err := a.Send(t.Context(), transport.Message{PPID: wire.PPIDASAP, Data: control}); err != nil {
					t.Fatal(err)
				}
				if report, err := a.Receive(t.Context()); err != nil || report.PPID != wire.PPIDASAP {
					t.Fatalf("report: %v, PPID %d", err, report.PPID)
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
		line := regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} session 1: echo of 60000 octets$`)
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

// TestPingPong asserts the numbers of pongs, the state after each pong, and the end of a session
// by a failure test.
func TestPingPong(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		cookie       []byte // of the predecessor; nil: none
		failureAfter uint64
		first        uint64
		says         string
	}{
		{"begins", nil, 0, 1, ""},
		{"resumes", []byte("<PP-TD1>\x00\x00\x00\x00\x00\x00\x01\x00"), 0, 256, "session 1: resumed at pong 256\n"},
		{"fails", nil, 3, 1, "session 1: aborted after 3 pongs, as configured\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			testService(t, PingPong(1, test.failureAfter), func(t *testing.T, b *bench) {
				a := b.dial()
				if test.cookie != nil {
					b.sendControl(a, &asapmsg.CookieEcho{Cookie: test.cookie})
				}
				for i := range uint64(3) {
					b.sendPing(a, 7+i)
					b.expectPong(a, pingpong.Pong{MessageNo: 7 + i, ReplyNo: test.first + i, Data: []byte("data")})
				}
				if test.failureAfter > 0 {
					b.expectDown(a, transport.CauseAbortPeer)
				}
				if !strings.Contains(b.out.String(), test.says) {
					t.Errorf("printed:\n%s", b.out.String())
				}
			})
		})
	}
}

// TestPingPongRefuses asserts that a session is aborted by messages that no user of the service
// sends.
func TestPingPongRefuses(t *testing.T) {
	t.Parallel()
	pong, err := (&pingpong.Pong{MessageNo: 1}).AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		cookie []byte
		data   []byte
	}{
		"rubbish":        {nil, []byte("ping")},
		"pong":           {nil, pong},
		"foreign cookie": {[]byte("<XX-TD1>\x00\x00\x00\x00\x00\x00\x01\x00"), pong},
		"short cookie":   {[]byte("<PP-TD1>"), pong},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testService(t, PingPong(1, 0), func(t *testing.T, b *bench) {
				a := b.dial()
				if test.cookie != nil {
					b.sendControl(a, &asapmsg.CookieEcho{Cookie: test.cookie})
				}
				if err := a.Send(t.Context(), transport.Message{PPID: pingpong.PPID, Data: test.data}); err != nil {
					t.Fatal(err)
				}
				b.expectDown(a, transport.CauseAbortPeer)
			})
		})
	}
}

func (b *bench) sendControl(a transport.Association, m asapmsg.Message) {
	b.t.Helper()
	data, err := m.AppendBinary(nil)
	if err == nil {
		err = a.Send(b.t.Context(), transport.Message{PPID: wire.PPIDASAP, Data: data})
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) sendPing(a transport.Association, number uint64) {
	b.t.Helper()
	data, err := (&pingpong.Ping{MessageNo: number, Data: []byte("data")}).AppendBinary(nil)
	if err == nil {
		err = a.Send(b.t.Context(), transport.Message{PPID: pingpong.PPID, Data: data})
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// expectPong receives a pong, and then the cookie with the number of the next pong.
func (b *bench) expectPong(a transport.Association, want pingpong.Pong) {
	b.t.Helper()
	data, err := want.AppendBinary(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	m, err := a.Receive(b.t.Context())
	if err != nil || m.PPID != pingpong.PPID || m.Stream != 0 || !bytes.Equal(m.Data, data) {
		b.t.Fatalf("%v, %+v, want a pong %x", err, m, data)
	}
	state, err := (&pingpong.Cookie{ReplyNo: want.ReplyNo + 1}).AppendBinary(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	if data, err = (&asapmsg.Cookie{Cookie: state}).AppendBinary(nil); err != nil {
		b.t.Fatal(err)
	}
	m, err = a.Receive(b.t.Context())
	if err != nil || m.PPID != wire.PPIDASAP || !bytes.Equal(m.Data, data) {
		b.t.Fatalf("%v, %+v, want a cookie %x", err, m, data)
	}
}

// TestUsage asserts that a service counts its sessions and their load, and that its lines have the
// number and the fate of each session.
func TestUsage(t *testing.T) {
	t.Parallel()
	s := &Service{Pool: "TestPool", MaxSessions: 2, Serve: func(ctx context.Context, s *Session) error {
		s.SetLoad(0.25 * float64(s.number))
		_, err := s.Receive(ctx) // A message ends the session.
		return err
	}}
	testService(t, s, func(t *testing.T, b *bench) {
		first := b.dial()
		synctest.Wait()
		b.expectUsage(s, 1, 0.25)
		second, third := b.dial(), b.dial()
		b.expectDown(third, transport.CauseShutdown)
		b.expectUsage(s, 2, 0.75)
		if err := first.Send(t.Context(), transport.Message{Data: []byte("end")}); err != nil {
			t.Error(err)
		}
		b.expectDown(first, transport.CauseShutdown)
		b.expectUsage(s, 1, 0.5)
		fourth := b.dial()
		synctest.Wait()
		b.expectUsage(s, 2, 1) // 0.5 and 0.75, which is more than all.
		second.Abort("enough")
		if err := fourth.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second) // More than the latency of the network.
		b.expectUsage(s, 0, 0)
		for _, want := range []string{
			"session 1: begins, user at 10.0.0.2:", "session 1: ends\n",
			"session 2: ends: aborted by the peer: enough\n", "session 3: begins, user at 10.0.0.2:",
		} {
			if !strings.Contains(b.out.String(), want) {
				t.Errorf("%q is missing:\n%s", want, b.out.String())
			}
		}
	})
}

func (b *bench) expectUsage(s *Service, sessions int, load float64) {
	b.t.Helper()
	if s.Sessions() != sessions || s.Load() < load-1e-6 || s.Load() > load+1e-6 {
		b.t.Errorf("%d sessions with a load of %v, want %d with %v", s.Sessions(), s.Load(), sessions, load)
	}
}

func TestReason(t *testing.T) {
	t.Parallel()
	down := func(c transport.Cause, reason string) error {
		return fmt.Errorf("session: %w", &transport.DownError{Cause: c, Reason: reason})
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{down(transport.CauseShutdown, ""), ""},
		{down(transport.CauseUnreachable, ""), ": peer unreachable"},
		{down(transport.CauseAbortPeer, "enough"), ": aborted by the peer: enough"},
		{fmt.Errorf("no: %w", context.Canceled), " with the server"},
		{errors.New("this is wrong"), ": this is wrong"},
	} {
		if got := reason(test.err); got != test.want {
			t.Errorf("%v: %q, want %q", test.err, got, test.want)
		}
	}
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
