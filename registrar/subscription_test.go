package registrar_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// A subscriber hears of changes, wherever the elements are registered, and of the end of
// the pool.
func TestSubscription(t *testing.T) {
	t.Parallel()
	unasked := func(c *registrar.Config) { c.Elements.KeepAliveInterval = time.Hour } // Nobody would answer.
	first := start(t, unasked)
	second := start(t, func(c *registrar.Config) {
		unasked(c)
		c.Peers.Static = [][]netip.AddrPort{first.ENRPAddrs()}
	})
	here, there := asASAP(t, first), asASAP(t, second)
	here.register("p", 1)
	user := asASAP(t, first)
	answer := ask[*asapmsg.HandleResolutionResponse](user, &asapmsg.HandleResolution{PoolHandle: "p", Items: asapmsg.AllItems, Subscribe: true})
	if !answer.Accept || len(answer.PoolElements) != 1 {
		t.Fatalf("answer: %+v", answer)
	}
	hears := func(accept bool, n int) {
		t.Helper()
		if got := next[*asapmsg.HandleResolutionResponse](user); got.Accept != accept || len(got.PoolElements) != n {
			t.Fatalf("accept %v with %d elements, want %v with %d", got.Accept, len(got.PoolElements), accept, n)
		}
	}
	here.register("p", 2)
	hears(true, 2)
	await(t, 20*time.Second, "the registrars have found each other", func() bool { return stats(t, second).Elements == 2 })
	there.register("p", 3)
	hears(true, 3)
	there.assoc.Abort("")
	hears(true, 2)
	here.assoc.Abort("")
	hears(false, 0)
}

// A subscriber that does not read loses its association, before much memory is used.
func TestSubscriberThatDoesNotRead(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	server := start(t, func(c *registrar.Config) { c.Elements.KeepAliveInterval = time.Hour })
	element, user := asASAP(t, server), asASAP(t, server)
	const pools = 60
	for i := range pools {
		for id := range wire.PEID(100) {
			element.register(poolName(i), 1+id)
		}
		user.tell(&asapmsg.HandleResolution{PoolHandle: poolName(i), Items: asapmsg.AllItems, Subscribe: true})
	}
	port := uint16(1)
	await(t, 3*time.Minute, "the association ends", func() bool {
		port++
		for i := range pools {
			m := element.registration(poolName(i), 1)
			m.PoolElement.UserTransport.Port = port
			ask[*asapmsg.RegistrationResponse](element, m)
		}
		select {
		case <-user.assoc.Done():
			return true
		default:
			return false
		}
	})
}
