package asap_test

import (
	"bytes"
	"context"
	"encoding"
	"errors"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Tests with a registrar of package registrar are in the module internal/integration.

func TestConfig(t *testing.T) {
	t.Parallel()
	host := memnet.New(memnet.Config{}).Host()
	for name, config := range map[string]asap.Config{
		"no way to find a registrar":  {Network: host, Announce: transport.GroupConfig{Off: true}},
		"a registrar without address": {Network: host, Registrars: []string{""}},
		"a registrar without a port":  {Network: host, Registrars: []string{"registrar.example:http"}},
		"a registrar that is a URL":   {Network: host, Registrars: []string{"http://registrar.example/"}},
		"a registrar with port 0":     {Network: host, Registrars: []string{"registrar.example:0"}},
		"a port that is too large":    {Network: host, Registrars: []string{"registrar.example:65536"}},
		"an address that is none":     {Network: host, Registrars: []string{"10.0.0.256:3863"}},
		"a missing second address":    {Network: host, Registrars: []string{"10.0.0.1:3863,"}},
		"a name that is missing":      {Network: host, Registrars: []string{"dns:"}},
		"two ports":                   {Network: host, Registrars: []string{"10.0.0.1:3863,10.0.0.2:3864"}},
		"port 0":                      {Network: host, Registrars: []string{"10.0.0.1:0"}},
		"a time that is over":         {Network: host, ResponseTimeout: -1},
		"a trust that is undefined":   {Network: host, TrustRegistrars: 2},
	} {
		if n, err := asap.Open(t.Context(), config); err == nil {
			t.Errorf("%s: no error", name)
			_ = n.Close()
		}
	}
}

// bed is a node, and an endpoint that plays its registrar.
type bed struct {
	t         *testing.T
	net       *memnet.Network
	node      *asap.Node
	registrar transport.Endpoint
	log       bytes.Buffer // of the node
}

func run(t *testing.T, test func(t *testing.T, b *bed)) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New(memnet.Config{Link: memnet.Link{Latency: time.Millisecond}})
		b := &bed{t: t, net: n}
		var err error
		if b.registrar, err = n.Host().Listen(t.Context(), transport.ListenConfig{Port: wire.PortASAP}); err != nil {
			t.Fatal(err)
		}
		b.node, err = asap.Open(t.Context(), asap.Config{
			Network:    n.Host(),
			Registrars: []string{joined(b.registrar.LocalAddrs())},
			Logger:     slog.New(slog.NewTextHandler(&b.log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		test(t, b)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_ = b.node.Shutdown(ctx)
		if err := b.registrar.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (b *bed) accept() transport.Association {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	a, err := b.registrar.Accept(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *bed) home() asap.Home {
	b.t.Helper()
	h, err := b.node.Home(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return h
}

func (b *bed) receive(a transport.Association) asapmsg.Message {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	raw, err := a.Receive(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	m, err := asapmsg.Parse(raw.Data)
	if err != nil || raw.PPID != wire.PPIDASAP || raw.Stream != 0 {
		b.t.Fatalf("received %+v: %v", raw, err)
	}
	return m
}

func (b *bed) send(a transport.Association, ppid uint32, data []byte) {
	b.t.Helper()
	if err := a.Send(b.t.Context(), transport.Message{PPID: ppid, Data: data}); err != nil {
		b.t.Fatal(err)
	}
}

// A node ignores messages of its registrar that have another protocol or are damaged. It reports
// damaged messages.
func TestGarbageFromTheRegistrar(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		answer := make(chan error, 1)
		go func() {
			_, err := b.node.Resolve(t.Context(), "p", &asap.ResolveConfig{Items: 1})
			answer <- err
		}()
		a := b.accept()
		if m, ok := b.receive(a).(*asapmsg.HandleResolution); !ok || m.PoolHandle != "p" || m.Items != 1 {
			t.Fatalf("%+v", m)
		}
		response := &asapmsg.HandleResolutionResponse{PoolHandle: "p", Causes: []wire.ErrorCause{{Code: wire.CauseUnknownPoolHandle}}}
		data, err := response.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		b.send(a, wire.PPIDENRP, data)
		b.send(a, 0, data)
		b.send(a, wire.PPIDASAP, data[:len(data)-5])
		if m, ok := b.receive(a).(*asapmsg.Error); !ok {
			t.Errorf("%+v instead of a report", m)
		}
		b.send(a, wire.PPIDASAP, data)
		if err := <-answer; !errors.Is(err, asap.ErrPoolUnknown) {
			t.Errorf("Resolve: %v", err)
		}
	})
}

// A registrar that sends garbage and does not take the reports is given up before the reports
// take much memory.
func TestGarbageFromARegistrarThatDoesNotRead(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		if err := b.node.ReportUnreachable("p", 1); err != nil {
			t.Fatal(err)
		}
		a := b.accept()
		garbage := make([]byte, 65000)
		copy(garbage, []byte{byte(asapmsg.TypeHandleResolutionResponse), 0, 65000 >> 8, 65000 & 0xff, 0, byte(wire.ParamPoolHandle), 0xff, 0xff})
		sent := 0
		for ; sent < 1000; sent++ {
			if err := a.Send(t.Context(), transport.Message{PPID: wire.PPIDASAP, Data: garbage}); err != nil {
				break
			}
			synctest.Wait()
		}
		if sent == 1000 {
			t.Errorf("%d messages of %d octets, and reports of them wait", sent, len(garbage))
		}
	})
}

// A negative interval is refused.
func TestDialBackwards(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := b.node.Dial(ctx, "p", &asap.DialConfig{RetryInterval: -1})
		if err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Dial: %v", err)
		}
	})
}

// A registrar that refuses for another reason says why.
func TestResolveRefused(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		answer := make(chan error, 1)
		go func() {
			_, err := b.node.Resolve(t.Context(), "p", &asap.ResolveConfig{Items: 1})
			answer <- err
		}()
		a := b.accept()
		b.receive(a)
		data, err := (&asapmsg.Error{Causes: []wire.ErrorCause{{Code: wire.CauseLackOfResources}}}).AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		b.send(a, wire.PPIDASAP, data)
		err = <-answer
		rejected, ok := errors.AsType[*asap.RejectedError](err)
		if !ok || len(rejected.Causes) != 1 || rejected.Causes[0].Code != wire.CauseLackOfResources {
			t.Errorf("Resolve: %v", err)
		}
		if want := "pool p: rejected by the registrar: lack of resources"; err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	})
}

// A report that could not be sent is refused before it costs the association with the registrar.
func TestReportUnreachableChecks(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		if err := b.node.ReportUnreachable("", 1); !errors.Is(err, asap.ErrPoolHandle) {
			t.Errorf("empty handle: %v", err)
		}
		if err := b.node.ReportUnreachable("p", 0); err == nil {
			t.Error("identifier 0: no error")
		}
		if err := b.node.ReportUnreachable("p", 1); err != nil {
			t.Error(err)
		}
		if m, ok := b.receive(b.accept()).(*asapmsg.EndpointUnreachable); !ok || m.PEID != 1 {
			t.Errorf("%+v", m)
		}
	})
}

// takeOver registers an element and has another registrar claim it. It returns the events of the
// element, and the associations with the home and the claimant.
func (b *bed) takeOver() (events chan asap.Event, home, claimant transport.Association) {
	b.t.Helper()
	events = make(chan asap.Event, 10)
	go func() {
		_, _ = b.node.Listen(b.t.Context(), "p", &asap.ListenConfig{ID: 7, Notify: func(ev asap.Event) { events <- ev }})
	}()
	home = b.accept()
	if m, ok := b.receive(home).(*asapmsg.Registration); !ok || m.PoolElement.RegistrationLife != 90*time.Second {
		b.t.Fatalf("%+v", m)
	}
	b.sendMessage(home, &asapmsg.RegistrationResponse{PoolHandle: "p", PEID: 7})
	if ev, ok := (<-events).(asap.Registered); !ok || ev.ID != 7 {
		b.t.Errorf("%+v", ev)
	}
	time.Sleep(time.Second)
	other, err := b.net.Host().Listen(b.t.Context(), transport.ListenConfig{})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = other.Close() })
	if claimant, err = other.Dial(b.t.Context(), home.RemoteAddrs()); err != nil {
		b.t.Fatal(err)
	}
	b.sendMessage(claimant, &asapmsg.EndpointKeepAlive{Home: true, ServerID: 0x99, PoolHandle: "p", PEID: 7})
	if m, ok := b.receive(home).(*asapmsg.HandleResolution); !ok || m.PoolHandle != "p" {
		b.t.Errorf("%+v instead of a probe", m)
	}
	return events, home, claimant
}

func (b *bed) sendMessage(a transport.Association, m encoding.BinaryAppender) {
	b.t.Helper()
	data, err := m.AppendBinary(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	b.send(a, wire.PPIDASAP, data)
}

// An unknown registrar that takes an element over finds it at the node's endpoint. The home does
// not answer, so the element follows without a further registration.
func TestTakeover(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		events, home, claimant := b.takeOver()
		first := b.home()
		if first.ID != 0 || first.Since.IsZero() || first.Sought {
			t.Errorf("home %+v", first)
		}
		if m, ok := b.receive(claimant).(*asapmsg.EndpointKeepAliveAck); !ok || m.PEID != 7 {
			t.Errorf("%+v", m)
		}
		if ev, ok := (<-events).(asap.Registered); !ok || ev.Home != 0x99 {
			t.Errorf("%+v", ev)
		}
		<-home.Done() // The former home is let go.
		if h := b.home(); h.ID != 0x99 || h.Since.Sub(first.Since) < time.Second || h.Sought {
			t.Errorf("home %+v after %+v", h, first)
		}
		b.expectWarning("takeover by unknown registrar: no home registrar answers")
	})
}

// An unknown registrar cannot take an element over while the home answers.
func TestTakeoverRefused(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		_, home, claimant := b.takeOver()
		first := b.home()
		b.sendMessage(home, &asapmsg.HandleResolutionResponse{PoolHandle: "p"})
		<-claimant.Done()
		if h := b.home(); h != first {
			t.Errorf("home %+v after %+v", h, first)
		}
		b.expectWarning("takeover by unknown registrar refused")
	})
}

// expectWarning expects a single warning about the claimant of takeOver.
func (b *bed) expectWarning(text string) {
	b.t.Helper()
	synctest.Wait()
	want := "level=WARN msg=" + strconv.Quote(text) + " peer_id=0x00000099 peer="
	if log := b.log.String(); strings.Count(log, "level=WARN") != 1 || !strings.Contains(log, want) {
		b.t.Errorf("log without %q alone:\n%s", want, log)
	}
}

// A second element with an identifier is refused even if Listen is patient: the registrar would
// never register it.
func TestListenTwice(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		config := &asap.ListenConfig{ID: 7, Patient: true}
		if _, err := b.node.Listen(t.Context(), "p", config); err != nil {
			t.Fatal(err)
		}
		_, err := b.node.Listen(t.Context(), "p", config)
		if _, rejected := errors.AsType[*asap.RejectedError](err); !rejected {
			t.Errorf("a second element: %v", err)
		}
		if _, err := b.node.Listen(t.Context(), "q", config); err != nil {
			t.Errorf("an element of another pool: %v", err)
		}
	})
}

// A node without elements seeks a registrar when there is something to ask.
func TestHome(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		if h := b.home(); h != (asap.Home{}) {
			t.Errorf("%+v before there is need of a home", h)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_, _ = b.node.Resolve(ctx, "p", &asap.ResolveConfig{Items: 1})
		}()
		a := b.accept()
		b.receive(a)
		begin := b.home()
		if begin.Since.IsZero() || begin.Sought {
			t.Errorf("%+v with a home", begin)
		}
		time.Sleep(3500 * time.Millisecond)
		if h := b.home(); h.Since != begin.Since || !h.Sought {
			t.Errorf("%+v with a home that does not answer", h)
		}
		b.registrar.Close() //nolint:errcheck // The bed closes it again.
		<-a.Done()
		time.Sleep(time.Second)
		if h := b.home(); h != (asap.Home{Sought: true}) {
			t.Errorf("%+v without a home", h)
		}
		cancel()
		<-ended
		if h := b.home(); h != (asap.Home{}) {
			t.Errorf("%+v without need of a home", h)
		}
		if err := b.node.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := b.node.Home(t.Context()); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Home after Close: %v", err)
		}
	})
}

// Elements that are reached by another protocol are passed over, and not reported.
func TestDialOfElementsWithoutSCTP(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		failed := make(chan error, 1)
		go func() {
			_, err := b.node.Dial(ctx, "p", nil)
			failed <- err
		}()
		a := b.accept()
		response := &asapmsg.HandleResolutionResponse{PoolHandle: "p", PoolElements: []wire.PoolElement{{
			ID:            7,
			UserTransport: wire.Transport{Protocol: wire.TCP, Port: 80, Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.9")}},
			Policy:        wire.Policy{Type: wire.RoundRobin},
		}}}
		data, err := response.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		for {
			raw, err := a.Receive(ctx)
			if err != nil {
				break
			}
			if asapmsg.Type(raw.Data[0]) != asapmsg.TypeHandleResolution {
				t.Errorf("received %x", raw.Data)
			}
			b.send(a, wire.PPIDASAP, data)
		}
		err = <-failed
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "serves by TCP, not by SCTP") {
			t.Errorf("Dial: %v", err)
		}
	})
}

// A Dial that waits to try again tells why the last attempt failed, even if the registrar has ended
// the idle association since.
func TestDialTellsLastFailure(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		failed := make(chan error, 1)
		go func() {
			_, err := b.node.Dial(ctx, "p", &asap.DialConfig{RetryInterval: time.Minute, RetryIntervalMax: time.Minute})
			failed <- err
		}()
		a := b.accept()
		b.receive(a)
		response := &asapmsg.HandleResolutionResponse{PoolHandle: "p", Causes: []wire.ErrorCause{{Code: wire.CauseUnknownPoolHandle}}}
		data, err := response.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		b.send(a, wire.PPIDASAP, data)
		if err := a.Shutdown(ctx); err != nil {
			t.Fatal(err)
		}
		err = <-failed
		if want := "pool p: unknown pool: context deadline exceeded"; err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
		if !errors.Is(err, asap.ErrPoolUnknown) || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, asap.ErrNoRegistrar) {
			t.Errorf("Dial: %v", err)
		}
	})
}

// A cookie that fits in its message only without padding cannot be echoed, so it does not replace
// a good cookie.
func TestCookieThatCannotBeEchoed(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		dialled := make(chan error, 1)
		go func() {
			_, err := b.node.Dial(t.Context(), "p", nil)
			dialled <- err
		}()
		home := b.accept()
		serve := func(id wire.PEID) transport.Association {
			element, err := b.net.Host().Listen(t.Context(), transport.ListenConfig{Port: 77})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = element.Close() })
			for b.receive(home).Type() != asapmsg.TypeHandleResolution {
				continue // A report.
			}
			data, err := (&asapmsg.HandleResolutionResponse{PoolHandle: "p", PoolElements: []wire.PoolElement{{
				ID:            id,
				UserTransport: wire.Transport{Protocol: wire.SCTP, Port: 77, Addrs: []netip.Addr{element.LocalAddrs()[0].Addr()}},
				Policy:        wire.Policy{Type: wire.RoundRobin},
			}}}).AppendBinary(nil)
			if err != nil {
				t.Fatal(err)
			}
			b.send(home, wire.PPIDASAP, data)
			a, err := element.Accept(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		first := serve(7)
		if err := <-dialled; err != nil {
			t.Fatal(err)
		}
		b.send(first, wire.PPIDASAP, []byte{byte(asapmsg.TypeCookie), 0, 0, 12, 0, byte(wire.ParamCookie), 0, 8, 'g', 'o', 'o', 'd'})
		large := make([]byte, 0xffff)
		copy(large, []byte{byte(asapmsg.TypeCookie), 0, 0xff, 0xff, 0, byte(wire.ParamCookie), 0xff, 0xfb})
		b.send(first, wire.PPIDASAP, large)
		time.Sleep(time.Second)
		first.Abort("gone")
		if m, ok := b.receive(serve(8)).(*asapmsg.CookieEcho); !ok || string(m.Cookie) != "good" {
			t.Errorf("%v instead of the cookie", m)
		}
	})
}

// joined returns addresses of one registrar as [asap.Config] takes them.
func joined(addrs []netip.AddrPort) string {
	words := make([]string, len(addrs))
	for i, a := range addrs {
		words[i] = a.String()
	}
	return strings.Join(words, ",")
}
