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

// patience bounds each wait of a test, so that one that hangs fails.
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

// node opens a node on a host, which knows the registrars of others. Without them it
// listens for announces.
func (b *bed) node(host *memnet.Host, registrars ...*memnet.Host) *asap.Node {
	b.t.Helper()
	config := asap.Config{Network: host, NoAnnounce: len(registrars) > 0}
	for _, r := range registrars {
		config.Registrars = append(config.Registrars, []netip.AddrPort{registrartest.Addr(r)})
	}
	return b.open(config)
}

func (b *bed) open(config asap.Config) *asap.Node {
	b.t.Helper()
	n, err := asap.NewNode(b.t.Context(), config)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = n.Close(ended()) })
	return n
}

// ended returns a context that has ended.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// limit returns a context for one wait.
func (b *bed) limit() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
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

// serve accepts sessions until the listener is closed. A session sends back what it gets,
// behind the number of messages so far, which is its state and goes into a cookie after
// each.
func serve(l *asap.Listener) {
	for {
		s, err := l.Accept(context.Background())
		if err != nil {
			return
		}
		go echo(s)
	}
}

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

func (b *bed) dial(n *asap.Node, config asap.DialConfig) *asap.Session {
	b.t.Helper()
	s, err := n.Dial(b.limit(), "echo", config)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// ask sends a message and wants an answer, the count of which is as given.
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

// events collects what a listener tells.
func events() (notify func(asap.ListenerEvent), told chan asap.ListenerEvent) {
	told = make(chan asap.ListenerEvent, 100)
	return func(ev asap.ListenerEvent) { told <- ev }, told
}

// told returns the next event of a listener, which must be of a type.
func told[T asap.ListenerEvent](b *bed, events <-chan asap.ListenerEvent) T {
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

// elements is how the registrar of most tests deals with elements: it does not wait long.
var elements = registrar.ElementsConfig{KeepAliveInterval: 2 * time.Second, KeepAliveTimeout: 2 * time.Second}
