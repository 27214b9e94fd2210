package asap_test

import (
	"context"
	"log"
	"slices"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// toyRegistrar keeps pools in memory and serves each element in turn. Package registrar has
// the real one; it is above this package.
type toyRegistrar struct {
	hub   *hub.Hub[asapmsg.Message]
	pools map[wire.PoolHandle][]toyElement // the next one to be chosen first
}

type toyElement struct {
	assoc   step.AssocID
	element wire.PoolElement
}

// startRegistrar runs a registrar on a host until stop is called.
func startRegistrar(host *memnet.Host) (addr string, stop func()) {
	endpoint, err := host.Listen(context.Background(), transport.ListenConfig{Port: wire.PortASAP})
	if err != nil {
		log.Fatal(err)
	}
	r := &toyRegistrar{
		hub:   hub.New(hub.Config[asapmsg.Message]{Endpoint: endpoint, PPID: wire.PPIDASAP, Parse: asapmsg.Parse}),
		pools: make(map[wire.PoolHandle][]toyElement),
	}
	ending, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case ev := <-r.hub.Events():
				r.handle(ev)
			case <-ending:
				return
			}
		}
	}()
	return joined(endpoint.LocalAddrs()), func() {
		close(ending)
		<-ended
		_ = r.hub.Close()
	}
}

func (r *toyRegistrar) handle(ev step.Event) {
	switch ev := ev.(type) {
	case step.Down:
		for pool := range r.pools {
			r.remove(pool, func(e toyElement) bool { return e.assoc == ev.Assoc })
		}
	case step.Received[asapmsg.Message]:
		if answer := r.answer(ev.Assoc, ev.Message); answer != nil {
			r.hub.Do(step.Send{Assoc: ev.Assoc, Message: answer})
		}
	}
}

func (r *toyRegistrar) answer(assoc step.AssocID, m asapmsg.Message) step.Message {
	switch m := m.(type) {
	case *asapmsg.Registration:
		r.remove(m.PoolHandle, func(e toyElement) bool { return e.element.ID == m.PoolElement.ID })
		r.pools[m.PoolHandle] = append(r.pools[m.PoolHandle], toyElement{assoc, m.PoolElement})
		return &asapmsg.RegistrationResponse{PoolHandle: m.PoolHandle, PEID: m.PoolElement.ID}
	case *asapmsg.Deregistration:
		r.remove(m.PoolHandle, func(e toyElement) bool { return e.element.ID == m.PEID })
		return &asapmsg.DeregistrationResponse{PoolHandle: m.PoolHandle, PEID: m.PEID}
	case *asapmsg.HandleResolution:
		pool := r.pools[m.PoolHandle]
		if len(pool) == 0 {
			return &asapmsg.HandleResolutionResponse{PoolHandle: m.PoolHandle, Causes: []wire.ErrorCause{{Code: wire.CauseUnknownPoolHandle}}}
		}
		r.pools[m.PoolHandle] = append(pool[1:len(pool):len(pool)], pool[0])
		return &asapmsg.HandleResolutionResponse{PoolHandle: m.PoolHandle, PoolElements: []wire.PoolElement{pool[0].element}}
	}
	return nil
}

func (r *toyRegistrar) remove(pool wire.PoolHandle, match func(toyElement) bool) {
	r.pools[pool] = slices.DeleteFunc(r.pools[pool], match)
}
