package asap_test

import (
	"context"
	"log"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// startRegistrar runs the ASAP side of a registrar on a host. Package registrar has the
// real one; it is above this package.
func startRegistrar(host *memnet.Host) (addrs []netip.AddrPort, stop func()) {
	endpoint, err := host.Listen(context.Background(), transport.ListenConfig{Port: wire.PortASAP})
	if err != nil {
		log.Fatal(err)
	}
	h := hub.New(hub.Config[asapmsg.Message]{Endpoint: endpoint, Decode: func(m transport.Message) (asapmsg.Message, error) {
		return asapmsg.Parse(m.Data)
	}})
	random := rand.New(rand.NewPCG(1, 2))
	hs := handlespace.New(handlespace.Config{Rand: random})
	m := machine.NewRegistrar(machine.RegistrarConfig{ID: 0xabc, AnnounceCycle: -1}, hs, random)
	life, end := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			var ev machine.Event = machine.Tick{}
			select {
			case e := <-h.Events():
				ev = machineEvent(e)
			case <-time.After(100 * time.Millisecond):
			case <-life.Done():
				return
			}
			for _, a := range m.Step(time.Now(), ev) {
				if send, ok := a.(machine.Send); ok {
					_ = h.Send(uint64(send.Assoc), wire.PPIDASAP, send.Message)
				}
			}
		}
	})
	return endpoint.LocalAddrs(), func() {
		end()
		wg.Wait()
		_ = h.Close()
	}
}

func machineEvent(e hub.Event[asapmsg.Message]) machine.Event {
	switch {
	case e.Kind == hub.Up:
		return machine.AssociationUp{Assoc: machine.AssocID(e.Assoc), Peer: e.Peer}
	case e.Kind == hub.Down:
		return machine.AssociationDown{Assoc: machine.AssocID(e.Assoc)}
	case e.Kind == hub.Received && e.Err == nil:
		return machine.Received{Assoc: machine.AssocID(e.Assoc), Message: e.Message}
	}
	return machine.Tick{}
}
