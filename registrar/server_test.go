package registrar_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

var trace = flag.Bool("trace", false, "log what registrars do")

var loopback = netip.MustParseAddr("127.0.0.1")

// start runs a registrar on loopback until the test ends. The test may change the
// configuration, which has no multicast.
func start(t testing.TB, change func(*registrar.Config)) *registrar.Server {
	t.Helper()
	server, _ := startUntil(t, change)
	return server
}

// startUntil is start for a registrar that may be told to end before.
func startUntil(t testing.TB, change func(*registrar.Config)) (server *registrar.Server, end func()) {
	t.Helper()
	config := registrartest.Loopback()
	if testing.Verbose() && *trace {
		config.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
	}
	if change != nil {
		change(&config)
	}
	return registrartest.Start(t, config)
}

// stats returns the statistics of a server.
func stats(t testing.TB, server *registrar.Server) registrar.Stats {
	t.Helper()
	s, err := server.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// await polls until a condition holds.
func await(t testing.TB, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(limit)
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

// A link is an association of a test with a registrar.
type link struct {
	t     testing.TB
	ppid  uint32
	assoc transport.Association
	local netip.AddrPort

	endpoint transport.Endpoint
}

// dialFrom opens an association from an endpoint of its own.
func dialFrom(t testing.TB, from netip.Addr, ppid uint32, addrs []netip.AddrPort) *link {
	t.Helper()
	endpoint, err := udpsctp.NewNetwork(udpsctp.Config{}).Listen(t.Context(), transport.ListenConfig{Addrs: []netip.Addr{from}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = endpoint.Close() })
	assoc, err := endpoint.Dial(t.Context(), addrs)
	if err != nil {
		t.Fatal(err)
	}
	return &link{t: t, ppid: ppid, assoc: assoc, local: endpoint.LocalAddrs()[0], endpoint: endpoint}
}

func asASAP(t testing.TB, server *registrar.Server) *link {
	t.Helper()
	return dialFrom(t, loopback, wire.PPIDASAP, server.LocalAddrs())
}

func asENRP(t testing.TB, server *registrar.Server) *link {
	t.Helper()
	return dialFrom(t, loopback, wire.PPIDENRP, server.ENRPAddrs())
}

// send sends a message as it is.
func (l *link) send(data []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return l.assoc.Send(ctx, transport.Message{PPID: l.ppid, Data: data})
}

// receive returns the next message as it is.
func (l *link) receive() ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	m, err := l.assoc.Receive(ctx)
	return m.Data, err
}

// tell sends an ASAP message.
func (l *link) tell(m asapmsg.Message) {
	l.t.Helper()
	if err := l.send(encode(l.t, m)); err != nil {
		l.t.Fatal(err)
	}
}

// ask sends an ASAP message and returns the first answer of the kind R.
func ask[R asapmsg.Message](l *link, m asapmsg.Message) R {
	l.t.Helper()
	l.tell(m)
	return next[R](l)
}

// next returns the next ASAP message of the kind R.
func next[R asapmsg.Message](l *link) R {
	l.t.Helper()
	for {
		data, err := l.receive()
		if err != nil {
			l.t.Fatal(err)
		}
		answer, err := asapmsg.Parse(data)
		if err != nil {
			l.t.Fatal(err)
		}
		if r, ok := answer.(R); ok {
			return r
		}
	}
}

// register registers an element that serves at the address of the association.
func (l *link) register(pool wire.PoolHandle, id wire.PEID) *asapmsg.RegistrationResponse {
	l.t.Helper()
	return ask[*asapmsg.RegistrationResponse](l, l.registration(pool, id))
}

func (l *link) registration(pool wire.PoolHandle, id wire.PEID) *asapmsg.Registration {
	return &asapmsg.Registration{PoolHandle: pool, PoolElement: l.element(id, 0)}
}

func (l *link) element(id wire.PEID, home wire.ServerID) wire.PoolElement {
	return wire.PoolElement{
		ID:               id,
		HomeID:           home,
		RegistrationLife: time.Hour,
		UserTransport:    wire.Transport{Protocol: wire.TCP, Port: 7, Addrs: []netip.Addr{loopback}},
		Policy:           wire.Policy{Type: wire.RoundRobin},
	}
}

// resolve returns the elements of a pool.
func (l *link) resolve(pool wire.PoolHandle) *asapmsg.HandleResolutionResponse {
	l.t.Helper()
	return ask[*asapmsg.HandleResolutionResponse](l, &asapmsg.HandleResolution{PoolHandle: pool, Items: asapmsg.AllItems})
}

// encoder is a message.
type encoder interface {
	AppendBinary(b []byte) ([]byte, error)
}

func encode(t testing.TB, m encoder) []byte {
	t.Helper()
	b, err := m.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ids are the identifiers of a message from a peer to a server.
func ids(from wire.ServerID, to *registrar.Server) enrpmsg.IDs {
	return enrpmsg.IDs{Sender: from, Receiver: to.ID()}
}

func poolName(i int) wire.PoolHandle { return wire.PoolHandle(fmt.Sprintf("pool %05d", i)) }
