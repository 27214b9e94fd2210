package integration

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

// The second of two processes of a host with the same identifier is refused while the first process
// lives, and both are told. The successor of a dead process is not.
func TestIdentifierInUse(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		host := b.net.Host()
		first := b.node(host, b.pr)
		notify, told := events()
		listener := b.listen(first, &asap.ListenConfig{ID: 7, Notify: notify})
		second := b.node(host, b.pr)
		for range 3 {
			begin := time.Now()
			_, err := second.Listen(b.limit(), "echo", &asap.ListenConfig{ID: 7})
			rejected, ok := errors.AsType[*asap.RejectedError](err)
			if !ok || len(rejected.Causes) != 1 || rejected.Causes[0].Code != wire.CauseNonUniquePEID {
				t.Fatalf("error %v", err)
			}
			if took := time.Since(begin); took > 50*time.Millisecond {
				t.Errorf("refused after %v", took)
			}
		}
		time.Sleep(time.Second)
		if _, ok := (<-told).(asap.Registered); !ok {
			t.Error("not told of the registration")
		}
		if ev := <-told; ev != (asap.Contested{}) || len(told) > 0 {
			t.Errorf("told %#v, and %d further events", ev, len(told))
		}
		// A process that draws its identifier is not concerned.
		if ids := b.ids(second); len(ids) != 1 || ids[0] != listener.ID() {
			t.Errorf("the pool has %v", ids)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := second.Listen(b.limit(), "echo", &asap.ListenConfig{ID: 7}); err != nil {
			t.Errorf("successor: %v", err)
		}
	})
}

// Two processes with the same identifier are registered at two registrars. Each registrar keeps its
// element, both processes are told, and the registrars do not contend for the element without end.
func TestIdentifierAtTwoRegistrars(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		at := []*memnet.Host{b.pr, b.net.Host()}
		var servers []*registrar.Server
		for i, host := range at {
			config := registrar.Config{ID: wire.ServerID(0x100 + i)}
			if i > 0 {
				config.Peers.Static = [][]netip.AddrPort{servers[0].ENRPAddrs()}
			}
			server, _ := b.registrar(host, config)
			servers = append(servers, server)
		}
		time.Sleep(10 * time.Second)
		host := b.net.Host()
		const interval = 2 * time.Second
		var told []chan asap.Event
		for _, pr := range at {
			notify, events := events()
			told = append(told, events)
			b.listen(b.node(host, pr), &asap.ListenConfig{ID: 7, Interval: interval, Notify: notify})
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		for i, server := range servers {
			stats, err := server.Stats(b.limit())
			if err != nil {
				t.Fatal(err)
			}
			if stats.ASAP.KeepAlives > 40 || stats.OwnedElements != 1 {
				t.Errorf("registrar %d: %d keep-alives in a minute, %d elements", i, stats.ASAP.KeepAlives, stats.OwnedElements)
			}
			contests := 0
			for len(told[i]) > 0 {
				if ev := <-told[i]; ev == (asap.Contested{}) {
					contests++
				}
			}
			if contests < 1 || contests > 2 {
				t.Errorf("process %d is told of %d contests, want 1 or 2", i, contests)
			}
		}
	})
}
