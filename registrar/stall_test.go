package registrar_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// What was due while the loop was busy is done once, at the time it is then: the machines'
// time does not go back.
func TestStalledLoop(t *testing.T) {
	resolution, err := (&asapmsg.HandleResolution{PoolHandle: "p"}).AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	run(t, func(t *testing.T, b *bed) {
		announces := netip.MustParseAddrPort("239.0.0.50:3863")
		group, err := b.net.Host().Join(t.Context(), announces)
		if err != nil {
			t.Fatal(err)
		}
		b.registrar(b.pr, registrar.Config{
			Announce: transport.GroupConfig{Addr: announces},
			Observe: func(o registrar.Observation) {
				if !o.Sent && o.ASAP != nil {
					time.Sleep(10 * time.Second)
				}
			},
		})
		client, err := b.net.Host().Listen(t.Context(), transport.ListenConfig{})
		if err != nil {
			t.Fatal(err)
		}
		var last time.Time
		longest := time.Duration(0)
		for i := range 12 {
			if _, _, err := group.Receive(b.limit()); err != nil {
				t.Fatal(err)
			}
			gap := time.Since(last)
			if i > 0 && gap < 800*time.Millisecond {
				t.Errorf("announce %d comes %v after the one before", i, gap)
			}
			if i > 0 {
				longest = max(longest, gap)
			}
			last = time.Now()
			if i == 5 {
				a, err := client.Dial(b.limit(), []netip.AddrPort{registrartest.Addr(b.pr)})
				if err != nil {
					t.Fatal(err)
				}
				if err := a.Send(b.limit(), transport.Message{PPID: wire.PPIDASAP, Data: resolution}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if longest < 10*time.Second {
			t.Errorf("the loop was not held up: %v", longest)
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		if err := group.Close(); err != nil {
			t.Error(err)
		}
	})
}
