package registrar_test

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/budget"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// TestUsersThatDoNotRead asserts that users that ask much and read nothing lose their
// associations before they hold more than the budget, and that other users are served.
func TestUsersThatDoNotRead(t *testing.T) {
	t.Parallel()
	const limit = 2 << 20
	shared := budget.New(2 * limit)
	server := start(t, func(c *registrar.Config) {
		c.Network = udpsctp.NewNetwork(udpsctp.Config{Budget: shared})
	})
	good := asASAP(t, server)
	for id := range wire.PEID(100) {
		if r := good.register(ourPool, id+1); r.Reject {
			t.Fatal(r.Causes)
		}
	}
	question := transport.Message{PPID: wire.PPIDASAP, Data: encode(t, &asapmsg.HandleResolution{PoolHandle: ourPool, Items: asapmsg.AllItems})}
	var bad []*link
	for range 12 {
		bad = append(bad, asASAP(t, server))
	}
	deadline := time.Now().Add(time.Minute)
	for ended := 0; ended == 0; {
		for _, l := range bad {
			for range 100 {
				if err := l.assoc.TrySend(question); err != nil {
					break
				}
			}
			if l.assoc.Err() != nil {
				ended++
			}
		}
		if got := shared.Octets(); got > 2*limit {
			t.Fatalf("%d octets are held", got)
		}
		if r := good.resolve(ourPool); len(r.PoolElements) == 0 {
			t.Fatal("the user is not served")
		}
		if time.Now().After(deadline) {
			t.Fatalf("no association is aborted with %d octets held", shared.Octets())
		}
	}
	for _, l := range bad {
		if down, ok := l.assoc.Err().(*transport.DownError); ok && down.Reason != "memory budget exceeded" {
			t.Error(down)
		}
	}
}
