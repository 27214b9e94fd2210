package transporttest

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
)

func testDialAndAccept(t *testing.T, h Hosts) {
	ea, eb := endpoints(t, h)
	port := ea.LocalAddrs()[0].Port()
	for _, addr := range ea.LocalAddrs() {
		if addr.Port() != port || port == 0 || addr.Addr().IsUnspecified() || addr.Addr().Is4In6() {
			t.Errorf("LocalAddrs() has %v", addr)
		}
	}
	a, b := pair(t, ea, eb)
	if !slices.Contains(ea.LocalAddrs(), b.RemoteAddrs()[0]) || !slices.Contains(eb.LocalAddrs(), a.RemoteAddrs()[0]) {
		t.Errorf("RemoteAddrs: %v and %v, want addresses of %v and %v", b.RemoteAddrs(), a.RemoteAddrs(), ea.LocalAddrs(), eb.LocalAddrs())
	}
	if !slices.Contains(a.LocalAddrs(), b.RemoteAddrs()[0]) || !slices.Contains(b.LocalAddrs(), a.RemoteAddrs()[0]) {
		t.Errorf("LocalAddrs: %v and %v, want %v and %v", a.LocalAddrs(), b.LocalAddrs(), b.RemoteAddrs(), a.RemoteAddrs())
	}
	if a.Err() != nil || b.Err() != nil {
		t.Errorf("Err: %v and %v while up", a.Err(), b.Err())
	}
	wantUp(t, a, b)

	// In the opposite direction, Dial opens another association with another number.
	other := listen(t, h.B, h.ListenB)
	c, d := pair(t, other, ea)
	if a.ID() == d.ID() {
		t.Errorf("two associations of an endpoint have number %d", a.ID())
	}
	wantUp(t, c, d)
	wantUp(t, a, b)
}

func testDialTwice(t *testing.T, h Hosts) {
	ea, eb := endpoints(t, h)
	a, b := pair(t, ea, eb)
	if again := dial(t, ea, eb); again != a {
		t.Error("the second Dial gave another association")
	}
	if back, err := eb.Dial(assoctest.Limit(t), a.LocalAddrs()[:1]); err != nil || back != b {
		t.Errorf("Dial by the accepting side: %v, %v, want the association that is up", back, err)
	}
	wantUp(t, a, b)
}

func testDialAtOnce(t *testing.T, h Hosts) {
	ea, eb := endpoints(t, h)
	var wg sync.WaitGroup
	got := make([]transport.Association, 4)
	for i := range got {
		wg.Go(func() {
			a, err := ea.Dial(assoctest.Limit(t), eb.LocalAddrs())
			if err != nil {
				t.Errorf("Dial: %v", err)
			}
			got[i] = a
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	for _, a := range got {
		if a != got[0] {
			t.Fatal("Dial at the same time gave several associations")
		}
	}
	wantUp(t, got[0], accept(t, eb))
}

// testDialBoth makes both sides dial at the same time: an INIT collision.
func testDialBoth(t *testing.T, h Hosts) {
	for range 10 {
		ea, eb := endpoints(t, h)
		var a, b transport.Association
		var errA, errB error
		var wg sync.WaitGroup
		wg.Go(func() { a, errA = ea.Dial(assoctest.Limit(t), eb.LocalAddrs()[:1]) })
		wg.Go(func() { b, errB = eb.Dial(assoctest.Limit(t), ea.LocalAddrs()[:1]) })
		wg.Wait()
		if errA != nil || errB != nil {
			t.Fatalf("Dial: %v and %v", errA, errB)
		}
		wantUp(t, a, b)
	}
}

// unusedAddr returns an address of an endpoint's host where nothing listens. A port that
// was closed recently may already belong to another test.
func unusedAddr(e transport.Endpoint) netip.AddrPort {
	return netip.AddrPortFrom(e.LocalAddrs()[0].Addr(), 1)
}

func testDialNobody(t *testing.T, h Hosts) {
	ea, eb := endpoints(t, h)
	nobody := unusedAddr(eb)
	_, err := ea.Dial(assoctest.Limit(t), []netip.AddrPort{nobody})
	down, ok := errors.AsType[*transport.DownError](err)
	if !ok || down.Cause != transport.CauseRefused {
		t.Fatalf("Dial: %v, want %v", err, transport.CauseRefused)
	}
	// How the refusal was noticed is no reason.
	if down.Reason != "" && down.Reason != "nothing listens at "+nobody.String() {
		t.Errorf("Dial: refused because %q", down.Reason)
	}
}

func testDialNoAddress(t *testing.T, h Hosts) {
	e := listen(t, h.A, h.ListenA)
	if _, err := e.Dial(assoctest.Limit(t), nil); err == nil {
		t.Error("Dial without an address succeeded")
	}
}

// testDialSecondAddress dials a peer whose second address is the only correct address.
func testDialSecondAddress(t *testing.T, h Hosts) {
	ea, eb := endpoints(t, h)
	a, err := ea.Dial(assoctest.Limit(t), []netip.AddrPort{unusedAddr(eb), eb.LocalAddrs()[0]})
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	wantUp(t, a, accept(t, eb))
}

func testListenTwice(t *testing.T, h Hosts) {
	config := h.ListenA
	config.Port = FreePort(t)
	e := listen(t, h.A, config)
	if second, err := h.A.Listen(assoctest.Limit(t), config); err == nil {
		t.Error("Listen at a port in use succeeded")
		_ = second.Close() // The test has failed already.
	}
	if err := e.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	listen(t, h.A, config)
}

// testDialAmongOthers dials a list in which only the last address can belong to a peer.
func testDialAmongOthers(t *testing.T, h Hosts) {
	ea, eb := endpoints(t, h)
	good := eb.LocalAddrs()[0]
	a, err := ea.Dial(assoctest.Limit(t), []netip.AddrPort{
		ea.LocalAddrs()[0],
		netip.AddrPortFrom(netip.IPv4Unspecified(), good.Port()),
		netip.AddrPortFrom(netip.MustParseAddr("239.0.0.50"), good.Port()),
		good,
	})
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	wantUp(t, a, accept(t, eb))
	if _, err := ea.Dial(assoctest.Limit(t), ea.LocalAddrs()); err == nil {
		t.Error("Dial of the endpoint itself succeeded")
	}
}

// testDialAgain opens several associations between the same endpoints, each after the end
// of the last.
func testDialAgain(t *testing.T, h Hosts) {
	ea, eb := endpoints(t, h)
	for i := range 6 {
		a, b := pair(t, ea, eb)
		wantUp(t, a, b)
		switch i % 3 {
		case 0:
			if err := a.Shutdown(assoctest.Limit(t)); err != nil {
				t.Fatalf("Shutdown: %v", err)
			}
			wantDown(t, b, transport.CauseShutdown)
		case 1:
			a.Abort("")
			wantDown(t, b, transport.CauseAbortPeer)
		case 2:
			b.Abort("")
			wantDown(t, a, transport.CauseAbortPeer)
		}
	}
}

func testMany(t *testing.T, h Hosts) {
	const n = 20
	hub := listen(t, h.A, h.ListenA)
	var wg sync.WaitGroup
	wg.Go(func() {
		for range n {
			a := accept(t, hub)
			wg.Go(func() {
				if err := assoctest.Echo(assoctest.Limit(t), a); err != nil {
					t.Errorf("Echo: %v", err)
				}
			})
		}
	})
	for i := range n {
		e := listen(t, h.B, h.ListenB)
		wg.Go(func() {
			a, err := e.Dial(assoctest.Limit(t), hub.LocalAddrs())
			if err != nil {
				t.Errorf("Dial: %v", err)
				return
			}
			want := string(rune('a' + i))
			if err := a.Send(assoctest.Limit(t), text(want)); err != nil {
				t.Errorf("Send: %v", err)
				return
			}
			if m, err := a.Receive(assoctest.Limit(t)); err != nil || string(m.Data) != want {
				t.Errorf("received %q, %v, want %q", m.Data, err, want)
			}
		})
	}
	wg.Wait()
}

func testMulticast(t *testing.T, h Hosts) {
	if !h.Group.IsValid() {
		t.Skip("the hosts have no multicast group")
	}
	g, err := h.A.Join(assoctest.Limit(t), h.Group)
	if err != nil {
		t.Fatalf("Join: %v", err)
	}
	e := listen(t, h.B, h.ListenB)
	if err := e.SendMulticast(h.Group, []byte("announce")); err != nil {
		t.Fatalf("SendMulticast: %v", err)
	}
	data, source, err := g.Receive(assoctest.Limit(t))
	if err != nil || string(data) != "announce" {
		t.Fatalf("Receive: %q, %v", data, err)
	}
	if !slices.Contains(e.LocalAddrs(), source) {
		t.Errorf("source is %v, want one of %v", source, e.LocalAddrs())
	}

	waiting, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 { // A datagram from each interface may be left.
		if _, _, err = g.Receive(waiting); err != nil {
			break
		}
	}
	wantErr(t, "Receive with a cancelled context", err, context.Canceled)
	if err := g.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	_, _, err = g.Receive(assoctest.Limit(t))
	wantErr(t, "Receive from a closed group", err, transport.ErrClosed)
	if err := e.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	wantErr(t, "SendMulticast by a closed endpoint", e.SendMulticast(h.Group, []byte("x")), transport.ErrClosed)
}

// testNoAccept uses an endpoint that is only for Dial.
func testNoAccept(t *testing.T, h Hosts) {
	config := h.ListenA
	config.NoAccept = true
	client, server := listen(t, h.A, config), listen(t, h.B, h.ListenB)
	a, b := pair(t, client, server)
	other := listen(t, h.B, h.ListenB)
	// SCTP in UDP says that the association is up when it has sent its cookie; the refusal
	// may come as the association's end.
	c, err := other.Dial(assoctest.Limit(t), client.LocalAddrs()[:1])
	if err == nil {
		<-c.Done()
		err = c.Err()
	}
	if _, down := errors.AsType[*transport.DownError](err); !down {
		t.Errorf("Dial of an endpoint that does not accept: %v", err)
	}
	wantUp(t, a, b)
}
