package integration

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

// names looks up names of hosts, as the field Resolver of [asap.Config] does.
type names struct {
	mu    sync.Mutex
	hosts map[string][]netip.Addr
	asked map[string]int
}

// LookupNetIP returns the addresses of a host.
func (n *names) LookupNetIP(_ context.Context, network, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.asked == nil {
		n.asked = make(map[string]int)
	}
	n.asked[host]++
	addrs, ok := n.hosts[host]
	if !ok || network != "ip" {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return slices.Clone(addrs), nil
}

// set changes the addresses of a name.
func (n *names) set(name string, hosts ...*memnet.Host) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hosts == nil {
		n.hosts = make(map[string][]netip.Addr)
	}
	n.hosts[name] = nil
	for _, h := range hosts {
		n.hosts[name] = append(n.hosts[name], h.Addrs()...)
	}
}

// lookUps returns the number of look-ups of a name.
func (n *names) lookUps(name string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked[name]
}

// named opens a node that knows registrars by names.
func (b *bed) named(resolver *names, registrars ...string) *asap.Node {
	b.t.Helper()
	return b.open(asap.Config{
		Network:    b.net.Host(),
		Registrars: registrars,
		Resolver:   resolver,
		Announce:   transport.GroupConfig{Off: true},
	})
}

// A name that does not resolve yet is looked up until it does.
func TestRegistrarNameThatDoesNotResolveYet(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		var resolver names
		notify, events := events()
		b.listen(b.named(&resolver, "pr.example"), &asap.ListenConfig{Patient: true, Notify: notify})
		time.Sleep(time.Minute)
		if n := resolver.lookUps("pr.example"); n < 4 || n > 100 {
			t.Errorf("%d look-ups in a minute", n)
		}
		b.registrar(b.pr, registrar.Config{})
		resolver.set("pr.example", b.pr)
		begin := time.Now()
		told[asap.Registered](b, events)
		if took := time.Since(begin); took > 20*time.Second {
			t.Errorf("registered after %v", took)
		}
	})
}

// A registrar that has moved is found by its name at its new address.
func TestRegistrarNameThatMoves(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		var resolver names
		resolver.set("pr.example", b.pr)
		b.registrar(b.pr, registrar.Config{})
		notify, events := events()
		n := b.named(&resolver, "pr.example:3863")
		b.listen(n, &asap.ListenConfig{Notify: notify})
		told[asap.Registered](b, events)
		if looked := resolver.lookUps("pr.example"); looked != 1 {
			t.Errorf("%d look-ups for the first registrar", looked)
		}
		time.Sleep(time.Hour)
		if looked := resolver.lookUps("pr.example"); looked != 1 {
			t.Errorf("%d look-ups with a registrar", looked)
		}
		next := b.net.Host()
		server, _ := b.registrar(next, registrar.Config{})
		resolver.set("pr.example", next)
		b.pr.Crash()
		told[asap.RegistrarLost](b, events)
		begin := time.Now()
		told[asap.Registered](b, events)
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("registered after %v", took)
		}
		if id := home(b, n); id != server.ID() {
			t.Errorf("home %v, want %v", id, server.ID())
		}
	})
}

// Each address of an entry with the prefix dns: is a registrar. Any other entry is a single
// registrar, at any of its addresses.
func TestRegistrarNameWithAddresses(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		other, silent := b.net.Host(), b.net.Host()
		silent.Down()
		var resolver names
		resolver.set("pool.example", b.pr, other)
		resolver.set("pr.example", silent, b.pr)
		resolver.set("old.example", silent)
		servers := make(map[wire.ServerID]func())
		for _, host := range []*memnet.Host{b.pr, other} {
			server, stop := b.registrar(host, registrar.Config{})
			servers[server.ID()] = stop
		}
		for _, entries := range [][]string{
			{"pr.example"},
			{"old.example", "pr.example:3863"},
			{"none.example", "pr.example"},
			{"dns:none.example,pool.example"},
			{"dns:old.example,pool.example:3863"},
			{silent.Addrs()[0].String() + ",pr.example"},
			{"none.example," + registrartest.Addr(b.pr).String()},
		} {
			b.listen(b.named(&resolver, entries...), nil)
		}
		notify, events := events()
		n := b.named(&resolver, "dns:pool.example")
		l, err := n.Listen(b.limit(), "lasting", &asap.ListenConfig{Notify: notify})
		if err != nil {
			t.Fatal(err)
		}
		told[asap.Registered](b, events)
		pool, err := n.Resolve(b.limit(), "lasting", nil)
		if err != nil {
			t.Fatal(err)
		}
		first := pool.Elements[0].HomeID
		servers[first]() // The second address of the name is another registrar.
		told[asap.RegistrarLost](b, events)
		told[asap.Registered](b, events)
		pool, err = n.Resolve(b.limit(), "lasting", nil)
		if err != nil || pool.Elements[0].HomeID == first || pool.Elements[0].ID != l.ID() {
			t.Errorf("%+v, %v", pool, err)
		}
	})
}

// A look-up that takes long holds nothing up, and ends with the node.
func TestSlowLookUp(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		n := b.open(asap.Config{
			Network:    b.net.Host(),
			Registrars: []string{registrartest.Addr(b.pr).String(), "slow.example"},
			Resolver:   slowResolver{},
			Announce:   transport.GroupConfig{Off: true},
		})
		begin := time.Now()
		l := b.listen(n, nil)
		if ids := b.ids(n); !slices.Equal(ids, []wire.PEID{l.ID()}) {
			t.Errorf("the pool has %v", ids)
		}
		if err := n.Shutdown(b.limit()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("all took %v", took)
		}
	})
}

// slowResolver answers when its context ends.
type slowResolver struct{}

// LookupNetIP waits for the end of the context.
func (slowResolver) LookupNetIP(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
