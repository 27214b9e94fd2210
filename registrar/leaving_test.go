package registrar_test

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// A registrar that ends hands over more elements than fit the queue to its peer, and
// users never miss one.
func TestLeaving(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const n, perPool = 20_000, 100
	supervised := func(c *registrar.Config) {
		c.Elements.KeepAliveInterval = time.Hour
		c.Elements.KeepAliveTimeout = time.Minute // The answers of all come from one process, which may be slow.
	}
	heir := start(t, supervised)
	first, end := startUntil(t, func(c *registrar.Config) {
		supervised(c)
		c.Peers.Static = [][]netip.AddrPort{heir.ENRPAddrs()}
	})
	elements := asASAP(t, first)
	fill(t, elements, n, perPool)
	await(t, 3*time.Minute, "the heir knows all elements", func() bool { return stats(t, heir).Elements == n })
	var acks sync.WaitGroup
	defer acks.Wait()
	acks.Go(func() { elements.acknowledge() })
	defer elements.endpoint.Close()

	user := startAsking(t, heir, n/perPool)
	begin := time.Now()
	end()
	t.Logf("%d elements: the registrar ended after %v; the heir had adopted %d", n, time.Since(begin).Round(time.Millisecond), stats(t, heir).OwnedElements)
	await(t, 3*time.Minute, "the heir has adopted all", func() bool { return stats(t, heir).OwnedElements == n })
	t.Logf("all were adopted after %v", time.Since(begin).Round(time.Millisecond))
	answers := user.stop()
	t.Logf("meanwhile the heir answered %v", answers)
	if s := stats(t, heir); answers.unknown > 0 || s.ASAP.Removals > 0 || s.Elements != n {
		t.Errorf("%d pools were missing, %d elements removed, %d left", answers.unknown, s.ASAP.Removals, s.Elements)
	}
}

// acknowledge answers keep-alives over an association that a registrar opens, until the
// endpoint is closed.
func (l *link) acknowledge() {
	assoc, err := l.endpoint.Accept(l.t.Context())
	if err != nil {
		l.t.Errorf("nobody has come: %v", err)
		return
	}
	heir := &link{t: l.t, ppid: l.ppid, assoc: assoc}
	for {
		m, err := assoc.Receive(l.t.Context())
		if err != nil {
			return
		}
		question, err := asapmsg.Parse(m.Data)
		if err != nil {
			l.t.Error(err)
			return
		}
		k, ok := question.(*asapmsg.EndpointKeepAlive)
		if !ok {
			continue
		}
		if err := heir.send(encode(l.t, &asapmsg.EndpointKeepAliveAck{PoolHandle: k.PoolHandle, PEID: k.PEID})); err != nil {
			return
		}
	}
}

// A host with more elements than fit the queue to a peer dies: all registrars lose them,
// and go on to answer.
func TestMassDeath(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const n, perPool = 50_000, 100
	supervised := func(c *registrar.Config) { c.Elements.KeepAliveInterval = time.Hour }
	other := start(t, supervised)
	home := start(t, func(c *registrar.Config) {
		supervised(c)
		c.Peers.Static = [][]netip.AddrPort{other.ENRPAddrs()}
	})
	survivor := asASAP(t, home)
	survivor.register(poolName(0), n+1)
	host := asASAP(t, home)
	fill(t, host, n, perPool)
	await(t, 3*time.Minute, "the other registrar knows all elements", func() bool { return stats(t, other).Elements == n+1 })
	users := []*asking{startAsking(t, home, 1), startAsking(t, other, 1)}
	begin := time.Now()
	host.assoc.Abort("")
	await(t, 3*time.Minute, "the registrars have lost them", func() bool {
		return stats(t, home).Elements == 1 && stats(t, other).Elements == 1
	})
	t.Logf("%d elements were gone everywhere after %v", n, time.Since(begin).Round(time.Millisecond))
	for _, u := range users {
		answers := u.stop()
		t.Logf("meanwhile a registrar answered %v", answers)
		if answers.unknown > 0 {
			t.Errorf("%d times the survivor's pool was not known", answers.unknown)
		}
	}
}
