package integration

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

// waitLimit bounds each wait of a test, so a test that hangs fails.
const waitLimit = time.Minute

// bed is a network in a bubble of synctest: the time is virtual, and a goroutine that outlives the
// test is a failure.
type bed struct {
	t   *testing.T
	net *memnet.Network
	// pr is the host of the registrar in most tests.
	pr *memnet.Host
}

// run runs a test in a bubble.
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

// node opens a node on a host, which knows the registrars of other hosts. Without registrars, the
// node listens for announces.
func (b *bed) node(host *memnet.Host, registrars ...*memnet.Host) *asap.Node {
	b.t.Helper()
	config := asap.Config{Network: host, NoAnnounce: len(registrars) > 0}
	for _, r := range registrars {
		config.Registrars = append(config.Registrars, []netip.AddrPort{registrartest.Addr(r)})
	}
	return b.open(config)
}

// open opens a node, which is closed after the test.
func (b *bed) open(config asap.Config) *asap.Node {
	b.t.Helper()
	n, err := asap.NewNode(b.t.Context(), config)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = n.Close(endedContext()) })
	return n
}

// endedContext returns a context that has ended.
func endedContext() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// limit returns a context for a wait.
func (b *bed) limit() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	b.t.Cleanup(cancel)
	return ctx
}

// listen makes an element of the pool "echo", which serves echo sessions.
func (b *bed) listen(n *asap.Node, config asap.ListenConfig) *asap.Listener {
	b.t.Helper()
	l, err := n.Listen(b.limit(), "echo", config)
	if err != nil {
		b.t.Fatal(err)
	}
	go serve(l)
	return l
}

// serve accepts sessions until the listener is closed.
func serve(l *asap.Listener) {
	for {
		s, err := l.Accept(context.Background())
		if err != nil {
			return
		}
		go echo(s)
	}
}

// echo serves a session: it sends each message back, with the number of messages before it. The
// number is the state of the session, and goes into a cookie after each message.
func echo(s *asap.ServerSession) {
	ctx := context.Background()
	count := byte('0')
	for first := true; ; first = false {
		item, err := s.Receive(ctx)
		if err != nil {
			return
		}
		switch item := item.(type) {
		case asap.CookieEcho:
			if !first {
				s.Abort("a cookie echo that is not the first item")
				return
			}
			count = item.Cookie[0]
		case asap.Data:
			count++
			item.Data = append([]byte{count}, item.Data...)
			if s.SendCookie(ctx, []byte{count}) != nil || s.Send(ctx, item) != nil {
				return
			}
		}
	}
}

// dial opens a session with the pool "echo".
func (b *bed) dial(n *asap.Node, config asap.DialConfig) *asap.Session {
	b.t.Helper()
	s, err := n.Dial(b.limit(), "echo", config)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// ask sends a message and checks the answer, which must have the given count.
func (b *bed) ask(s *asap.Session, count byte) {
	b.t.Helper()
	if err := s.Send(b.limit(), asap.Data{PPID: 77, Data: []byte("hello")}); err != nil {
		b.t.Fatal(err)
	}
	want := string(count) + "hello"
	if d := receive[asap.Data](b, s); string(d.Data) != want || d.PPID != 77 {
		b.t.Fatalf("received %q with PPID %d, want %q", d.Data, d.PPID, want)
	}
}

// receive returns the next item, which must be of a type.
func receive[T asap.Item](b *bed, s *asap.Session) T {
	b.t.Helper()
	item, err := s.Receive(b.limit())
	if err != nil {
		b.t.Fatal(err)
	}
	got, ok := item.(T)
	if !ok {
		b.t.Fatalf("received %#v, want %T", item, got)
	}
	return got
}

// ids resolves the pool "echo".
func (b *bed) ids(n *asap.Node) []wire.PEID {
	b.t.Helper()
	elements, err := n.Resolve(b.limit(), "echo", 128)
	if err != nil && !errors.Is(err, asap.ErrPoolUnknown) {
		b.t.Fatal(err)
	}
	var ids []wire.PEID
	for _, e := range elements {
		ids = append(ids, e.ID)
	}
	return ids
}

// eventually waits for a condition, and returns the time that it took.
func (b *bed) eventually(condition string, isMet func() bool) time.Duration {
	b.t.Helper()
	begin := time.Now()
	for !isMet() {
		if time.Since(begin) > waitLimit {
			b.t.Fatalf("not met within %v: %s", waitLimit, condition)
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(begin)
}

// collectEvents returns a function for ListenConfig.Notify, and the events that it collects.
func collectEvents() (notify func(asap.ListenerEvent), events chan asap.ListenerEvent) {
	events = make(chan asap.ListenerEvent, 100)
	return func(ev asap.ListenerEvent) { events <- ev }, events
}

// nextEvent returns the next event of a listener, which must be of a type.
func nextEvent[T asap.ListenerEvent](b *bed, events <-chan asap.ListenerEvent) T {
	b.t.Helper()
	select {
	case ev := <-events:
		got, ok := ev.(T)
		if !ok {
			b.t.Fatalf("event %#v, want %T", ev, got)
		}
		return got
	case <-time.After(waitLimit):
		var none T
		b.t.Fatalf("no event, want %T", none)
		return none
	}
}

// elements configures registrars that notice silent elements soon.
var elements = registrar.ElementsConfig{KeepAliveInterval: 2 * time.Second, KeepAliveTimeout: 2 * time.Second}
