package capture_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/tools/capture"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
)

// A world has two hosts. The messages of the first host are captured.
type world struct {
	t         *testing.T
	file      string
	here      transport.Network
	a, b      transport.Endpoint
	near, far transport.Association
}

// newWorld opens an endpoint on each host, which has one address.
func newWorld(t *testing.T, here, there string) *world {
	t.Helper()
	w := &world{t: t, file: filepath.Join(t.TempDir(), "capture.pcapng")}
	n := memnet.New(memnet.Config{})
	w.here = capture.New(n.Host(netip.MustParseAddr(here)), w.file, nil)
	w.a = w.listen(w.here, 1000)
	w.b = w.listen(n.Host(netip.MustParseAddr(there)), 2000)
	return w
}

func (w *world) listen(n transport.Network, port uint16) transport.Endpoint {
	w.t.Helper()
	e, err := n.Listen(w.t.Context(), transport.ListenConfig{Port: port})
	w.check(err)
	return e
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// dial opens an association from one of the endpoints to the other.
func (w *world) dial(from, to transport.Endpoint) {
	w.t.Helper()
	dialled, err := from.Dial(w.t.Context(), to.LocalAddrs())
	w.check(err)
	accepted, err := to.Accept(w.t.Context())
	w.check(err)
	w.near, w.far = dialled, accepted
	if from == w.b {
		w.near, w.far = accepted, dialled
	}
}

// pass sends a message, and receives it.
func (w *world) pass(from, to transport.Association, stream uint16, data string) {
	w.t.Helper()
	w.check(from.Send(w.t.Context(), transport.Message{PPID: 11, Stream: stream, Data: []byte(data)}))
	m, err := to.Receive(w.t.Context())
	w.check(err)
	if string(m.Data) != data {
		w.t.Fatalf("%d octets came", len(m.Data))
	}
	clear(m.Data) // Received data belongs to the receiver.
}

// close closes the endpoints, and returns the capture.
func (w *world) close() *reading {
	w.t.Helper()
	w.check(errors.Join(w.a.Close(), w.b.Close()))
	return readCapture(w.t, w.file)
}

// want compares the packets of a capture with lines.
func (w *world) want(r *reading, lines ...string) {
	w.t.Helper()
	if !slices.Equal(r.lines, lines) {
		w.t.Errorf("packets:\n%s\nwant:\n%s", strings.Join(r.lines, "\n"), strings.Join(lines, "\n"))
	}
}

// TestPackets has associations of either side, over IPv4 and IPv6, with each end.
func TestPackets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ here, there string }{{"192.0.2.1", "192.0.2.2"}, {"2001:db8::1", "2001:db8::2"}} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, c.here, c.there)
			a := netip.AddrPortFrom(netip.MustParseAddr(c.here), 1000).String()
			b := netip.AddrPortFrom(netip.MustParseAddr(c.there), 2000).String()
			out, in := a+" > "+b+" ", b+" > "+a+" "

			w.dial(w.a, w.b)
			w.pass(w.near, w.far, 0, "request")
			w.pass(w.far, w.near, 0, strings.Repeat("answer", 500))
			w.pass(w.near, w.far, 1, "x")
			w.pass(w.near, w.far, 0, "y")
			w.check(w.near.Shutdown(t.Context()))
			w.dial(w.b, w.a)
			w.pass(w.near, w.far, 0, "hello")
			w.far.Abort("enough")
			if _, err := w.near.Receive(t.Context()); err == nil {
				t.Error("a message of an association that has ended")
			}
			w.dial(w.a, w.b)
			w.near.Abort("")
			w.dial(w.b, w.a)
			go w.far.Shutdown(t.Context()) //nolint:errcheck // The other side sees the end.
			if _, err := w.near.Receive(t.Context()); err == nil {
				t.Error("a message of an association that has ended")
			}
			r := w.close()
			w.want(
				r,
				out+"INIT", in+"INIT ACK", out+"COOKIE ECHO", in+"COOKIE ACK",
				out+"DATA BE stream 0 ppid 11, 7 octets",
				in+"DATA B stream 0 ppid 11, 1200 octets",
				in+"DATA  stream 0 ppid 11, 1200 octets",
				in+"DATA E stream 0 ppid 11, 600 octets",
				out+"DATA BE stream 1 ppid 11, 1 octets",
				out+"DATA BE stream 0 ppid 11, 1 octets",
				out+"SHUTDOWN", in+"SHUTDOWN ACK", out+"SHUTDOWN COMPLETE",
				in+"INIT", out+"INIT ACK", in+"COOKIE ECHO", out+"COOKIE ACK",
				out+"DATA BE stream 0 ppid 11, 5 octets",
				in+`ABORT 12 "enough"`,
				out+"INIT", in+"INIT ACK", out+"COOKIE ECHO", in+"COOKIE ACK",
				out+`ABORT 12 ""`,
				in+"INIT", out+"INIT ACK", in+"COOKIE ECHO", out+"COOKIE ACK",
				in+"SHUTDOWN", out+"SHUTDOWN ACK", in+"SHUTDOWN COMPLETE",
			)
			if want := (in[:len(in)-1] + ": " + strings.Repeat("answer", 500)); !slices.Contains(r.messages, want) {
				t.Errorf("messages %q lack the long message", r.messages)
			}
		})
	}
}

// TestMulticast captures announces of either side, and no copies of the own announces.
func TestMulticast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "192.0.2.1", "192.0.2.2")
		group := netip.MustParseAddrPort("239.0.0.50:3863")
		g, err := w.here.Join(t.Context(), group)
		w.check(err)
		for _, e := range []transport.Endpoint{w.a, w.b} {
			w.check(e.SendMulticast(group, []byte("announce of "+e.LocalAddrs()[0].String())))
			if _, _, err := g.Receive(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		w.check(g.Close())
		r := w.close()
		w.want(r, "192.0.2.1:1000 > 239.0.0.50:3863 UDP", "192.0.2.2:2000 > 239.0.0.50:3863 UDP")
		if want := "192.0.2.2:2000 > 239.0.0.50:3863: announce of 192.0.2.2:2000"; !slices.Contains(r.messages, want) {
			t.Errorf("messages %q, want %q", r.messages, want)
		}
	})
}

// TestWhileRunning reads the file of a program that goes on.
func TestWhileRunning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "192.0.2.1", "192.0.2.2")
		w.dial(w.a, w.b)
		w.pass(w.near, w.far, 0, "request")
		time.Sleep(time.Second)
		if r := readCapture(t, w.file); len(r.messages) != 1 {
			t.Errorf("messages %q", r.messages)
		}
		w.close()
	})
}

// TestSections opens endpoints again: the file has the messages of both runs.
func TestSections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "192.0.2.1", "192.0.2.2")
		for range 2 {
			w.dial(w.a, w.b)
			w.pass(w.near, w.far, 0, "request")
			w.check(w.a.Close())
			w.a = w.listen(w.here, 1000)
		}
		if r := w.close(); len(r.messages) != 2 {
			t.Errorf("messages %q", r.messages)
		}
	})
}

// TestMode holds that others cannot read the file, even if it was there before.
func TestMode(t *testing.T) {
	t.Parallel()
	for _, before := range []bool{false, true} {
		n, file := newNetwork(t, memnet.New(memnet.Config{}).Host())
		if before {
			if err := os.WriteFile(file, bytes.Repeat([]byte("x"), 10000), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		e, err := n.Listen(t.Context(), transport.ListenConfig{})
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if r := readCapture(t, file); len(r.lines) != 0 {
			t.Errorf("packets %q of an endpoint without associations", r.lines)
		}
	}
}

// TestNoFile opens an endpoint whose capture cannot be created.
func TestNoFile(t *testing.T) {
	t.Parallel()
	inner := memnet.New(memnet.Config{}).Host()
	n := capture.New(inner, filepath.Join(t.TempDir(), "missing", "capture.pcapng"), nil)
	if _, err := n.Listen(t.Context(), transport.ListenConfig{Port: 1}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Listen: %v", err)
	}
	if _, err := n.Join(t.Context(), netip.MustParseAddrPort("239.0.0.50:3863")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Join: %v", err)
	}
	e, err := inner.Listen(t.Context(), transport.ListenConfig{Port: 1})
	if err != nil {
		t.Fatalf("the port was not released: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// warnings is a log, and counts its records.
func warnings() (log *slog.Logger, out *bytes.Buffer) {
	out = new(bytes.Buffer)
	return slog.New(slog.NewTextHandler(out, nil)), out
}

// exchange sends messages of a total size over an endpoint of the network, as fast as it can,
// and calls beforeClose before the end.
func exchange(t *testing.T, n transport.Network, peers *memnet.Network, messages, size int, beforeClose func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	a, err := n.Listen(ctx, transport.ListenConfig{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := peers.Host().Listen(ctx, transport.ListenConfig{})
	if err != nil {
		t.Fatal(err)
	}
	near, err := a.Dial(ctx, b.LocalAddrs())
	if err != nil {
		t.Fatal(err)
	}
	far, err := b.Accept(ctx)
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, size)
	for range messages {
		if err := near.Send(ctx, transport.Message{Data: data}); err != nil {
			t.Fatal(err)
		}
		if _, err := far.Receive(ctx); err != nil {
			t.Fatal(err)
		}
	}
	beforeClose()
	if err := errors.Join(a.Close(), b.Close()); err != nil {
		t.Error(err)
	}
}
