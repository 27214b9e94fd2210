package asap_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Package integration tests nodes with a real registrar.

func TestConfig(t *testing.T) {
	t.Parallel()
	host := memnet.New(memnet.Config{}).Host()
	for name, config := range map[string]asap.Config{
		"no network":                  {},
		"no way to find a registrar":  {Network: host, NoAnnounce: true},
		"a registrar without address": {Network: host, Registrars: [][]netip.AddrPort{{}}},
		"a time that is over":         {Network: host, ResponseTimeout: -1},
	} {
		if n, err := asap.NewNode(t.Context(), config); err == nil {
			t.Errorf("%s: no error", name)
			_ = n.Close(t.Context())
		}
	}
}

// What a registrar sends is not believed blindly: messages of other protocols and damaged
// ones are passed over, the latter with a report.
func TestGarbageFromTheRegistrar(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		answer := make(chan error, 1)
		go func() {
			_, err := b.node.Resolve(t.Context(), "p", 1)
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

// A registrar that sends rubbish and does not take the reports of it is given up before they
// take much memory.
func TestGarbageFromARegistrarThatDoesNotRead(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		if err := b.node.ReportUnreachable(t.Context(), "p", 1); err != nil {
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

// A registrar that refuses for another reason says why.
func TestResolveRefused(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		answer := make(chan error, 1)
		go func() {
			_, err := b.node.Resolve(t.Context(), "p", 1)
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
		if want := "asap: rejected by the registrar: lack of resources"; err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	})
}

// What could not be sent is refused before it costs the association with the registrar.
func TestReportUnreachableChecks(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		if err := b.node.ReportUnreachable(t.Context(), "", 1); !errors.Is(err, asap.ErrPoolHandle) {
			t.Errorf("empty handle: %v", err)
		}
		if err := b.node.ReportUnreachable(t.Context(), "p", 0); err == nil {
			t.Error("identifier 0: no error")
		}
		if err := b.node.ReportUnreachable(t.Context(), "p", 1); err != nil {
			t.Error(err)
		}
		if m, ok := b.receive(b.accept()).(*asapmsg.EndpointUnreachable); !ok || m.PEID != 1 {
			t.Errorf("%+v", m)
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
			_, _ = b.node.Resolve(ctx, "p", 1)
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
		b.registrar.Close() //nolint:errcheck // It is closed again at the end.
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
		if err := b.node.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := b.node.Home(t.Context()); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Home after Close: %v", err)
		}
	})
}
