package onetomany

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/multicast"
)

// An association is an association that nothing is done with.
type association struct{ transport.Association }

func TestEnqueue(t *testing.T) {
	t.Parallel()
	b := NewBase(2)
	list := []*association{{}, {}}
	for _, a := range list {
		if !b.HasRoom() || !b.Enqueue(a) {
			t.Fatal("no room")
		}
	}
	if b.HasRoom() {
		t.Error("room for a third association, want room for two")
	}
	for i, want := range list {
		if a, err := b.Accept(t.Context()); err != nil || a != transport.Association(want) {
			t.Errorf("Accept %d: %v, %v", i, a, err)
		}
		if !b.HasRoom() {
			t.Error("no room after Accept")
		}
	}
}

// TestEnqueueWaits uses a queue without room: Enqueue waits for Accept, or for the close.
func TestEnqueueWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBase(0)
		results := make(chan bool, 2)
		for range 2 {
			go func() { results <- b.Enqueue(&association{}) }()
		}
		synctest.Wait()
		if len(results) != 0 {
			t.Fatal("Enqueue has not waited")
		}
		if _, err := b.Accept(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !<-results {
			t.Error("Enqueue has not handed over its association")
		}
		if err := b.CloseOnce(func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		if <-results {
			t.Error("Enqueue succeeds at a closed endpoint")
		}
	})
}

// TestCloseOnce calls CloseOnce twice while a goroutine runs: both calls wait for the
// goroutine, and the first call alone ends the endpoint.
func TestCloseOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBase(1)
		leave := make(chan struct{})
		b.Running.Go(func() { <-leave })
		errSocket := errors.New("socket")
		ends := 0
		errs := make(chan error, 2)
		for range 2 {
			go func() { errs <- b.CloseOnce(func() error { ends++; return errSocket }) }()
			synctest.Wait()
		}
		if _, err := b.Accept(t.Context()); err != transport.ErrClosed {
			t.Errorf("Accept: %v, want %v", err, transport.ErrClosed)
		}
		if len(errs) != 0 {
			t.Error("CloseOnce has not waited for the goroutine")
		}
		close(leave)
		first, second := <-errs, <-errs
		if ends != 1 || (first == nil) == (second == nil) || errors.Join(first, second).Error() != errSocket.Error() {
			t.Errorf("%d ends, errors %v and %v, want one end and its error once", ends, first, second)
		}
		<-b.Closed()
	})
}

// TestSendMulticast sends to groups of both IP versions from an endpoint that has a sender
// for IPv4 only.
func TestSendMulticast(t *testing.T) {
	t.Parallel()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s, err := multicast.NewSender(conn, multicast.Config{Interfaces: multicast.Interfaces{"lo"}})
	if err != nil {
		t.Fatal(err)
	}
	b := NewBase(0)
	b.Senders = []Sender{{Sender: s, Bound: netip.MustParseAddr("127.0.0.1")}}
	group4, group6 := netip.MustParseAddrPort("239.255.79.1:17779"), netip.MustParseAddrPort("[ff15::79]:17779")
	groups, err := multicast.Join(t.Context(), group4, multicast.Interfaces{"lo"})
	if err != nil {
		t.Skip("no multicast on lo: ", err)
	}
	defer groups.Close()
	if err := b.SendMulticast(group4, []byte("here")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	data, source, err := groups.Receive(ctx)
	if err != nil || string(data) != "here" || source != conn.LocalAddr().(*net.UDPAddr).AddrPort() {
		t.Errorf("received %q from %v, %v", data, source, err)
	}
	if err := b.SendMulticast(group6, []byte("here")); err == nil {
		t.Error("an endpoint without an IPv6 socket has sent to an IPv6 group")
	}
	if err := b.CloseOnce(conn.Close); err != nil {
		t.Fatal(err)
	}
	if err := b.SendMulticast(group4, []byte("late")); err != transport.ErrClosed {
		t.Errorf("after the close: %v, want %v", err, transport.ErrClosed)
	}
}
