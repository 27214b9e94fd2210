package enrp

import (
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// upload is a handle table that is being sent.
type upload struct {
	running bool
	own     bool
	cursor  handlespace.Cursor
	last    time.Time
}

// uploadTimeout is after how long without a request a table begins anew.
const uploadTimeout = 30 * time.Second

// maxTable is how long a Handle Table Response gets, in octets, unless it has one element
// only.
const maxTable = 32 << 10

// tableRequested sends the next part of a table (RFC 5353, 3.2.3).
func (m *Machine) tableRequested(now time.Time, p *peer, from step.AssocID, msg *enrpmsg.HandleTableRequest) {
	if m.startup.running {
		// What we have is not complete yet.
		m.send(from, &enrpmsg.HandleTableResponse{IDs: m.ids(p.id), Reject: true})
		return
	}
	u := &p.upload
	if !u.running || u.own != msg.OwnChildrenOnly || now.Sub(u.last) > uploadTimeout {
		owner := wire.ServerID(0)
		if msg.OwnChildrenOnly {
			owner = m.config.ID
		}
		*u = upload{running: true, own: msg.OwnChildrenOnly, cursor: handlespace.TableOf(owner)}
	}
	u.last = now
	m.send(from, m.tablePart(p))
}

// tablePart returns the next part of a table: a copy of what the handlespace has
// encoded.
func (m *Machine) tablePart(p *peer) step.Message {
	u := &p.upload
	elements, next, more := m.hs.Extract(u.cursor, m.config.MaxTableElements, nil)
	b := wire.BeginMessage(nil, uint8(enrpmsg.TypeHandleTableResponse), 0)
	ids := m.ids(p.id)
	b, _ = ids.AppendBinary(b) // It never fails.
	var pool wire.PoolHandle
	for i, e := range elements {
		end := len(b)
		if e.PoolHandle() != pool {
			pool = e.PoolHandle()
			b, _ = pool.AppendBinary(b) // A pool's handle is short and not empty.
		}
		if b = e.AppendWithASAP(b); len(b) > maxTable && i > 0 {
			b = b[:end]
			next, more = m.hs.Behind(u.cursor, elements[i-1]), true
			break
		}
	}
	u.cursor, u.running = next, more
	if more {
		b[1] |= enrpmsg.MoreToSendBit
	}
	b, err := wire.EndMessage(b, 0)
	if err != nil {
		panic("BUG: handle table response: " + err.Error())
	}
	return encoded{enrpmsg.TypeHandleTableResponse, b}
}
