package integration

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

// patience bounds each wait of a test, so that a test that hangs fails.
const patience = time.Minute

// bed is a network in a bubble: the time is virtual, and goroutines that are left at the
// end are a failure.
type bed struct {
	t   *testing.T
	net *memnet.Network
	// pr is where the registrar of most tests is.
	pr *memnet.Host
}

func run(t *testing.T, test func(t *testing.T, b *bed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New(memnet.Config{Link: memnet.Link{Latency: time.Millisecond}, Heartbeat: 100 * time.Millisecond})
		test(t, &bed{t: t, net: n, pr: n.Host()})
	})
}

// registrar runs a registrar.
func (b *bed) registrar(host *memnet.Host, config registrar.Config) (server *registrar.Server, stop func()) {
	b.t.Helper()
	return registrartest.Start(b.t, registrartest.InMemory(host, config))
}

// node opens a node on a host, which knows the registrars of other hosts. Without registrars
// the node listens for announces.
func (b *bed) node(host *memnet.Host, registrars ...*memnet.Host) *asap.Node {
	b.t.Helper()
	config := asap.Config{Network: host, Announce: transport.GroupConfig{Off: len(registrars) > 0}}
	for _, r := range registrars {
		config.Registrars = append(config.Registrars, registrartest.Addr(r).String())
	}
	return b.open(config)
}

func (b *bed) open(config asap.Config) *asap.Node {
	b.t.Helper()
	config.Logger = slog.New(slog.DiscardHandler)
	n, err := asap.Open(b.t.Context(), config)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = n.Close() })
	return n
}

// ended returns a context that has ended.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// limit returns a context for a single wait.
func (b *bed) limit() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	b.t.Cleanup(cancel)
	return ctx
}

// listen makes an element of the pool "echo", which serves echo sessions.
func (b *bed) listen(n *asap.Node, config *asap.ListenConfig) *asap.Listener {
	b.t.Helper()
	l, err := n.Listen(b.limit(), "echo", config)
	if err != nil {
		b.t.Fatal(err)
	}
	go serve(l, echo)
	return l
}

// listenOnly makes an element on a host of its own, which accepts sessions by [bed.accept].
func (b *bed) listenOnly(config *asap.ListenConfig) *asap.Listener {
	b.t.Helper()
	l, err := b.node(b.net.Host(), b.pr).Listen(b.limit(), "echo", config)
	if err != nil {
		b.t.Fatal(err)
	}
	return l
}

// serve makes an element on a host of its own, with a handler for its sessions.
func (b *bed) serve(config *asap.ListenConfig, handler asap.HandlerFunc) *asap.Listener {
	b.t.Helper()
	l := b.listenOnly(config)
	go serve(l, handler)
	return l
}

// serve serves sessions until the listener is closed.
func serve(l *asap.Listener, handler asap.HandlerFunc) { _ = l.Serve(context.Background(), handler) }

// accept returns the next session of a listener.
func (b *bed) accept(l *asap.Listener) *asap.Session {
	b.t.Helper()
	s, err := l.Accept(b.limit())
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// echo sends each message back, behind the number of messages so far. The number is the state
// of the session.
func echo(ctx context.Context, s *asap.Session) error {
	count := byte(0)
	for m, err := range s.Messages(ctx) {
		if err != nil {
			return err
		}
		if count == 0 {
			count = '0'
			if state, resumed := s.State(); resumed {
				count = state[0]
			}
		}
		count++
		m.Data = append([]byte{count}, m.Data...)
		if err := s.SetState(ctx, []byte{count}); err != nil {
			return err
		}
		if err := s.Send(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (b *bed) dial(n *asap.Node, config *asap.DialConfig) *asap.Session {
	b.t.Helper()
	s, err := n.Dial(b.limit(), "echo", config)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// send sends a message.
func (b *bed) send(s *asap.Session, data string) {
	b.t.Helper()
	if err := s.Send(b.limit(), asap.Message{Data: []byte(data)}); err != nil {
		b.t.Fatal(err)
	}
}

// ask sends a message and wants an answer with the given count.
func (b *bed) ask(s *asap.Session, count byte) {
	b.t.Helper()
	if err := s.Send(b.limit(), asap.Message{PPID: 77, Data: []byte("hello")}); err != nil {
		b.t.Fatal(err)
	}
	want := string(count) + "hello"
	if m := b.receive(s); string(m.Data) != want || m.PPID != 77 {
		b.t.Fatalf("received %q with PPID %d, want %q", m.Data, m.PPID, want)
	}
}

// receive returns the next message.
func (b *bed) receive(s *asap.Session) asap.Message {
	b.t.Helper()
	m, err := s.Receive(b.limit())
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

// receiveFailover returns the news of a failover, which must be next.
func (b *bed) receiveFailover(s *asap.Session) *asap.FailoverError {
	b.t.Helper()
	m, err := s.Receive(b.limit())
	return b.wantFailover(fmt.Sprintf("Receive of %q", m.Data), err)
}

// wantFailover returns the news of a failover, which must be the error of a call.
func (b *bed) wantFailover(call string, err error) *asap.FailoverError {
	b.t.Helper()
	failover, ok := errors.AsType[*asap.FailoverError](err)
	if !ok {
		b.t.Fatalf("%s: error %v, want a failover", call, err)
	}
	return failover
}

// wantSilence checks that Receive has nothing to return for a second.
func (b *bed) wantSilence(s *asap.Session) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Second)
	defer cancel()
	if m, err := s.Receive(ctx); !errors.Is(err, context.DeadlineExceeded) {
		b.t.Errorf("received %q, %v, want nothing", m.Data, err)
	}
}

// ids resolves the pool "echo".
func (b *bed) ids(n *asap.Node) []wire.PEID {
	b.t.Helper()
	pool, err := n.Resolve(b.limit(), "echo", &asap.ResolveConfig{Items: 128})
	if err != nil && !errors.Is(err, asap.ErrPoolUnknown) {
		b.t.Fatal(err)
	}
	return idsOf(pool)
}

func idsOf(pool asap.Resolution) (ids []wire.PEID) {
	for _, e := range pool.Elements {
		ids = append(ids, e.ID)
	}
	return ids
}

// eventually waits for a condition, and returns when it was met first.
func (b *bed) eventually(what string, met func() bool) time.Duration {
	b.t.Helper()
	begin := time.Now()
	for !met() {
		if time.Since(begin) > patience {
			b.t.Fatalf("not met within %v: %s", patience, what)
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(begin)
}

// events collects the events of a listener or session.
func events() (notify func(asap.Event), told chan asap.Event) {
	told = make(chan asap.Event, 100)
	return func(ev asap.Event) { told <- ev }, told
}

// told returns the next event, which must be of a type.
func told[T asap.Event](b *bed, events <-chan asap.Event) T {
	b.t.Helper()
	select {
	case ev := <-events:
		got, ok := ev.(T)
		if !ok {
			b.t.Fatalf("event %#v, want %T", ev, got)
		}
		return got
	case <-time.After(patience):
		var none T
		b.t.Fatalf("no event, want %T", none)
		return none
	}
}

// elements has a registrar notice soon that an element does not acknowledge.
var elements = registrar.ElementsConfig{KeepAliveInterval: 2 * time.Second, KeepAliveTimeout: 2 * time.Second}
