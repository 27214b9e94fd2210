package integration

import (
	"errors"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// rawElement is an element of the pool "echo" whose test reads and writes each message.
type rawElement struct {
	b        *bed
	endpoint transport.Endpoint
	home     transport.Association // with the registrar
}

// registerRaw registers an element on a host.
func (b *bed) registerRaw(host *memnet.Host, id wire.PEID) *rawElement {
	b.t.Helper()
	e := &rawElement{b: b, endpoint: b.bind(host)}
	e.home = b.connect(e.endpoint, []netip.AddrPort{registrartest.Addr(b.pr)})
	writeControl(b, e.home, &asapmsg.Registration{PoolHandle: "echo", PoolElement: wire.PoolElement{
		ID:               id,
		RegistrationLife: patience,
		UserTransport:    wire.Transport{Protocol: wire.SCTP, Use: wire.DataAndControl, Port: e.endpoint.LocalAddrs()[0].Port(), Addrs: host.Addrs()},
		Policy:           wire.Policy{Type: wire.RoundRobin},
	}})
	if m := readControl(b, e.home); m.Type() != asapmsg.TypeRegistrationResponse {
		b.t.Fatalf("%+v instead of a registration response", m)
	}
	return e
}

// accept returns the association of the next user.
func (e *rawElement) accept() transport.Association {
	e.b.t.Helper()
	a, err := e.endpoint.Accept(e.b.limit())
	if err != nil {
		e.b.t.Fatal(err)
	}
	return a
}

// bind opens an endpoint on a host.
func (b *bed) bind(host *memnet.Host) transport.Endpoint {
	b.t.Helper()
	e, err := host.Listen(b.limit(), transport.ListenConfig{})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = e.Close() })
	return e
}

// connect opens an association.
func (b *bed) connect(e transport.Endpoint, peer []netip.AddrPort) transport.Association {
	b.t.Helper()
	a, err := e.Dial(b.limit(), peer)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

// write sends a message over an association.
func write(b *bed, a transport.Association, ppid uint32, data []byte) {
	b.t.Helper()
	if err := a.Send(b.limit(), transport.Message{PPID: ppid, Data: data}); err != nil {
		b.t.Fatal(err)
	}
}

// writeControl sends a message of ASAP over an association.
func writeControl(b *bed, a transport.Association, m step.Message) {
	b.t.Helper()
	data, err := m.AppendBinary(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	write(b, a, wire.PPIDASAP, data)
}

// readControl returns the next message of an association, which must be of ASAP.
func readControl(b *bed, a transport.Association) asapmsg.Message {
	b.t.Helper()
	raw, err := a.Receive(b.limit())
	if err != nil {
		b.t.Fatal(err)
	}
	m, err := asapmsg.Parse(raw.Data)
	if err != nil || raw.PPID != wire.PPIDASAP || raw.Stream != 0 {
		b.t.Fatalf("received %+v: %v", raw, err)
	}
	return m
}

// wantAborted checks that the peer has aborted an association.
func wantAborted(b *bed, a transport.Association) {
	b.t.Helper()
	select {
	case <-a.Done():
	case <-time.After(patience):
		b.t.Fatal("the association is up")
	}
	if down, ok := errors.AsType[*transport.DownError](a.Err()); !ok || down.Cause != transport.CauseAbortPeer {
		b.t.Errorf("the association has ended by %v", a.Err())
	}
}
