package hub_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/netip"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/transport/step"
)

// A message to the group reaches the hub that listens there, with its source. Datagrams that
// cannot be decoded are left out.
func TestMulticast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New(memnet.Config{})
		group := netip.MustParseAddrPort("239.0.0.50:3863")
		here, there := n.Host(), n.Host()
		member, err := there.Join(t.Context(), group)
		if err != nil {
			t.Fatal(err)
		}
		sender := hub.New(hub.Config[string]{Endpoint: listen(t, here), Multicast: group, Parse: parse})
		receiver := hub.New(hub.Config[string]{Endpoint: listen(t, there), Group: member, Parse: parse})
		for _, m := range []text{"garbage", "hello"} {
			if !sender.Do(step.Multicast{Message: m}) {
				t.Fatal("Multicast is not carried out")
			}
		}
		b := &bed{t: t, hub: receiver}
		heard := want[step.Heard[string]](b)
		if heard.Message != "hello" || heard.Source != sender.LocalAddrs()[0] {
			t.Errorf("%+v", heard)
		}
		if err := errors.Join(sender.Close(), receiver.Close()); err != nil {
			t.Error(err)
		}
		if _, _, err := member.Receive(t.Context()); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("the group after Close: %v", err)
		}
	})
}

// Messages to and from the group are logged at level Debug.
func TestMulticastLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New(memnet.Config{})
		group := netip.MustParseAddrPort("239.0.0.50:3863")
		here, there := n.Host(), n.Host()
		member, err := there.Join(t.Context(), group)
		if err != nil {
			t.Fatal(err)
		}
		sent, logger := newLog()
		sender := hub.New(hub.Config[string]{Endpoint: listen(t, here), Multicast: group, Parse: parse, Logger: logger})
		received, logger := newLog()
		receiver := hub.New(hub.Config[string]{Endpoint: listen(t, there), Group: member, Parse: parse, Logger: logger})
		source := sender.LocalAddrs()[0]
		sender.Do(step.Multicast{Message: text("hello")})
		want[step.Heard[string]](&bed{t: t, hub: receiver})
		if err := errors.Join(sender.Close(), receiver.Close()); err != nil {
			t.Error(err)
		}
		if got, want := sent.String(), "level=DEBUG msg=\"multicast sent\" group=239.0.0.50:3863 msg=hello\n"; got != want {
			t.Errorf("log of the sender:\n%swant:\n%s", got, want)
		}
		if got, want := received.String(), "level=DEBUG msg=\"multicast received\" source="+source.String()+" msg=hello\n"; got != want {
			t.Errorf("log of the receiver:\n%swant:\n%s", got, want)
		}
	})
}

// newLog returns a logger of all levels, and its output without times.
func newLog() (*bytes.Buffer, *slog.Logger) {
	var log bytes.Buffer
	return &log, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// moving is an endpoint whose local addresses change.
type moving struct {
	transport.Endpoint
	addrs chan []netip.AddrPort // of length 1
}

func (m moving) LocalAddrs() []netip.AddrPort {
	addrs := <-m.addrs
	m.addrs <- addrs
	return addrs
}

// The first event tells the local addresses, and each change leads to another.
func TestLocalAddrs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:7")}
		second := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.2:7")}
		endpoint := moving{listen(t, memnet.New(memnet.Config{}).Host()), make(chan []netip.AddrPort, 1)}
		endpoint.addrs <- first
		b := &bed{t: t, hub: hub.New(hub.Config[string]{Endpoint: endpoint, Parse: parse, AddrsInterval: time.Second})}
		if ev := want[step.LocalAddrs](b); !reflect.DeepEqual(ev.Addrs, first) {
			t.Errorf("%+v", ev)
		}
		time.Sleep(10 * time.Second)
		<-endpoint.addrs
		endpoint.addrs <- second
		begin := time.Now()
		if ev := want[step.LocalAddrs](b); !reflect.DeepEqual(ev.Addrs, second) || time.Since(begin) > time.Second {
			t.Errorf("%+v after %v", ev, time.Since(begin))
		}
		if err := b.hub.Close(); err != nil {
			t.Error(err)
		}
	})
}
