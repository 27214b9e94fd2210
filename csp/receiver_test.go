package csp_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/csp"
)

// TestReceiver has a sender report to a receiver, until the end of both.
func TestReceiver(t *testing.T) {
	t.Parallel()
	changes := make(chan csp.Change, 100)
	receiver, err := csp.Listen(csp.ReceiverConfig{
		Local:  netip.MustParseAddrPort("127.0.0.1:0"),
		Notify: func(c csp.Change) { changes <- c },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- receiver.Run(ctx) }()
	sending, stop := context.WithCancel(ctx)
	sender := csp.Sender{
		Monitor:  receiver.Addr(),
		Interval: time.Hour,
		Describe: func(context.Context) (csp.Report, error) { return csp.Report{SenderID: element, Status: "hello"}, nil },
	}
	sent := make(chan error, 1)
	go func() { sent <- sender.Run(sending) }()
	expect := func(kind csp.ChangeKind) {
		t.Helper()
		select {
		case c := <-changes:
			if c.Kind != kind || c.Component.SenderID != element || c.Component.Status != "hello" || c.Component.From.Addr() != receiver.Addr().Addr() {
				t.Errorf("change %+v, want %v", c, kind)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("no change, want %v", kind)
		}
	}
	expect(csp.Appeared)
	if s := receiver.Snapshot(); len(s.Components) != 1 || s.Components[0].Status != "hello" {
		t.Errorf("snapshot %+v", s)
	}
	stop()
	if err := <-sent; err != nil {
		t.Error(err)
	}
	expect(csp.Ended)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(receiver.Addr())); err != nil {
		t.Errorf("the socket is not closed: %v", err)
	}
}

// TestReceiverExpiry has a component expire while nothing arrives, and another before it.
func TestReceiverExpiry(t *testing.T) {
	t.Parallel()
	changes := make(chan csp.Change, 100)
	receiver, err := csp.Listen(csp.ReceiverConfig{
		Local:   netip.MustParseAddrPort("127.0.0.1:0"),
		Monitor: csp.MonitorConfig{MaxAge: 50 * time.Millisecond},
		Notify:  func(c csp.Change) { changes <- c },
	})
	if err != nil {
		t.Fatal(err)
	}
	go receiver.Run(t.Context()) //nolint:errcheck // The test ends with the context.
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(receiver.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, id := range []csp.ComponentID{element, element + 1} {
		r := alive(id, 0)
		b, err := r.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(b); err != nil {
			t.Fatal(err)
		}
		for _, kind := range []csp.ChangeKind{csp.Appeared, csp.Expired} {
			select {
			case c := <-changes:
				if c.Kind != kind || c.Component.SenderID != id {
					t.Fatalf("change %+v, want %v of %v", c, kind, id)
				}
			case <-time.After(30 * time.Second):
				t.Fatalf("no change, want %v of %v", kind, id)
			}
		}
	}
}

// TestReceiverBusy has two receivers at one address.
func TestReceiverBusy(t *testing.T) {
	t.Parallel()
	first, err := csp.Listen(csp.ReceiverConfig{Local: netip.MustParseAddrPort("127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := csp.Listen(csp.ReceiverConfig{Local: first.Addr()}); err == nil {
		t.Error("no error")
	}
}
