package asap_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// An interval that is not one is refused.
func TestDialBackwards(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := b.node.Dial(ctx, "p", asap.DialConfig{RetryInterval: -1})
		if err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Dial: %v", err)
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
			_, err := b.node.Dial(ctx, "p", asap.DialConfig{})
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

// A cookie that fits in its message only without padding cannot be echoed, so it does not take
// the place of one that can.
func TestCookieThatCannotBeEchoed(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		dialled := make(chan error, 1)
		go func() {
			_, err := b.node.Dial(t.Context(), "p", asap.DialConfig{})
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
