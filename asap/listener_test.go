package asap_test

import (
	"errors"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// A registrar that takes an element over finds it at the node's endpoint, and the element
// follows without a further registration.
func TestTakeover(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		events := make(chan asap.ListenerEvent, 10)
		go func() {
			_, _ = b.node.Listen(t.Context(), "p", asap.ListenConfig{ID: 7, Notify: func(ev asap.ListenerEvent) { events <- ev }})
		}()
		a := b.accept()
		if m, ok := b.receive(a).(*asapmsg.Registration); !ok || m.PoolElement.RegistrationLife != 90*time.Second {
			t.Fatalf("%+v", m)
		}
		data, err := (&asapmsg.RegistrationResponse{PoolHandle: "p", PEID: 7}).AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		b.send(a, wire.PPIDASAP, data)
		if ev, ok := (<-events).(asap.Registered); !ok || ev.ID != 7 {
			t.Errorf("%+v", ev)
		}
		first := b.home()
		if first.ID != 0 || first.Since.IsZero() || first.Sought {
			t.Errorf("home %+v", first)
		}
		time.Sleep(time.Second)
		other, err := b.net.Host().Listen(t.Context(), transport.ListenConfig{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = other.Close() }()
		taking, err := other.Dial(t.Context(), a.RemoteAddrs())
		if err != nil {
			t.Fatal(err)
		}
		data, err = (&asapmsg.EndpointKeepAlive{Home: true, ServerID: 0x99, PoolHandle: "p", PEID: 7}).AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		b.send(taking, wire.PPIDASAP, data)
		if m, ok := b.receive(taking).(*asapmsg.EndpointKeepAliveAck); !ok || m.PEID != 7 {
			t.Errorf("%+v", m)
		}
		if ev, ok := (<-events).(asap.Registered); !ok || ev.Home != 0x99 {
			t.Errorf("%+v", ev)
		}
		<-a.Done() // The former home is let go.
		if h := b.home(); h.ID != 0x99 || h.Since.Sub(first.Since) < time.Second || h.Sought {
			t.Errorf("home %+v after %+v", h, first)
		}
	})
}

// A second element with an identifier is refused, even to who is patient: it would never be
// registered.
func TestListenTwice(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		config := asap.ListenConfig{ID: 7, Patient: true}
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
