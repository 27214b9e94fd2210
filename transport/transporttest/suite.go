package transporttest

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
)

// Hosts are the two sides of a test. Both may be the same network.
type Hosts struct {
	A, B transport.Network

	// ListenA and ListenB bind the endpoints of A and B. Their port must be 0.
	ListenA, ListenB transport.ListenConfig

	// Group is a multicast group and port. The zero value skips the checks of multicast.
	Group netip.AddrPort
}

// Test runs all checks, each with hosts from newHosts.
func Test(t *testing.T, newHosts func(t *testing.T) Hosts) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, h Hosts)
	}{
		{"DialAndAccept", testDialAndAccept},
		{"DialTwice", testDialTwice},
		{"DialAtOnce", testDialAtOnce},
		{"DialBoth", testDialBoth},
		{"DialNobody", testDialNobody},
		{"DialNoAddress", testDialNoAddress},
		{"DialSecondAddress", testDialSecondAddress},
		{"DialAmongOthers", testDialAmongOthers},
		{"NoAccept", testNoAccept},
		{"ListenTwice", testListenTwice},
		{"Exchange", testExchange},
		{"Streams", testStreams},
		{"Sizes", testSizes},
		{"Backpressure", testBackpressure},
		{"Cancel", testCancel},
		{"Shutdown", testShutdown},
		{"ShutdownBoth", testShutdownBoth},
		{"Abort", testAbort},
		{"AfterEnd", testAfterEnd},
		{"DialAgain", testDialAgain},
		{"EndpointShutdown", testEndpointShutdown},
		{"EndpointClose", testEndpointClose},
		{"Many", testMany},
		{"Multicast", testMulticast},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, newHosts(t)) })
	}
}

// listen binds an endpoint, and closes it at the end of the test.
func listen(t *testing.T, n transport.Network, c transport.ListenConfig) transport.Endpoint {
	t.Helper()
	e, err := n.Listen(assoctest.Limit(t), c)
	if err != nil {
		t.Fatalf("Listen: %v", err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return e
}

// endpoints binds an endpoint on each host.
func endpoints(t *testing.T, h Hosts) (a, b transport.Endpoint) {
	t.Helper()
	return listen(t, h.A, h.ListenA), listen(t, h.B, h.ListenB)
}

func dial(t *testing.T, from, to transport.Endpoint) transport.Association {
	t.Helper()
	a, err := from.Dial(assoctest.Limit(t), to.LocalAddrs())
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	return a
}

func accept(t *testing.T, e transport.Endpoint) transport.Association {
	t.Helper()
	a, err := e.Accept(assoctest.Limit(t))
	if err != nil {
		t.Fatalf("Accept: %v", err)
	}
	return a
}

// pair opens an association from a to b.
func pair(t *testing.T, a, b transport.Endpoint) (dialled, accepted transport.Association) {
	t.Helper()
	dialled = dial(t, a, b)
	return dialled, accept(t, b)
}

func send(t *testing.T, a transport.Association, m transport.Message) {
	t.Helper()
	if err := a.Send(assoctest.Limit(t), m); err != nil {
		t.Fatalf("Send: %v", err)
	}
}

func receive(t *testing.T, a transport.Association) transport.Message {
	t.Helper()
	m, err := a.Receive(assoctest.Limit(t))
	if err != nil {
		t.Fatalf("Receive: %v", err)
	}
	return m
}

// text returns a message with a text.
func text(s string) transport.Message { return transport.Message{PPID: 11, Data: []byte(s)} }

// wantText receives a message with a text.
func wantText(t *testing.T, a transport.Association, s string) {
	t.Helper()
	if m := receive(t, a); string(m.Data) != s {
		t.Fatalf("received %q, want %q", m.Data, s)
	}
}

// wantDown waits for the end of an association, by Done, Err and Receive.
func wantDown(t *testing.T, a transport.Association, cause transport.Cause) *transport.DownError {
	t.Helper()
	down := assoctest.WantDown(t, a, cause)
	if _, err := a.Receive(assoctest.Limit(t)); err != error(down) {
		t.Fatalf("Receive: %v, want %v", err, down)
	}
	return down
}

// wantUp checks that an association works both ways.
func wantUp(t *testing.T, a, b transport.Association) {
	t.Helper()
	send(t, a, text("there"))
	wantText(t, b, "there")
	send(t, b, text("back"))
	wantText(t, a, "back")
}

// wantErr checks an error.
func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%s: %v, want %v", what, err, want)
	}
}
