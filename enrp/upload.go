package enrp

import (
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

const (
	// uploadTimeout is the time without a request after which a table starts over.
	uploadTimeout = 30 * time.Second

	// maxTableLen bounds the length of a Handle Table Response in octets, unless it
	// has a single element.
	maxTableLen = 32 << 10
)

// uploads answers Handle Table Requests (RFC 5353, 3.2.3).
type uploads struct {
	own       *registrar
	out       *outbox
	transfers *transfers
}

// upload is the progress of a handle table on its way to a peer, request by request.
type upload struct {
	isRunning bool
	isOwn     bool // our own elements only
	cursor    handlespace.Cursor
	requested time.Time // last
}

// handleRequest sends the next part of a handle table to the peer of the upload. RFC 5353,
// 2.3: the R flag may be set if "the sender of this message is in the middle of initializing
// its database". The same holds in the middle of a takeover.
func (u *uploads) handleRequest(now time.Time, progress *upload, from step.AssocID, msg *enrpmsg.HandleTableRequest) {
	u.own.counts.TableRequests++
	if u.own.isStarting || msg.OwnChildrenOnly && u.transfers.isReceiver(u.own.id()) {
		*progress = upload{} // The peer takes the next part for the first.
		u.reject(from, msg)
		return
	}
	if !progress.isContinued(now, msg.OwnChildrenOnly) {
		home := wire.ServerID(0)
		if msg.OwnChildrenOnly {
			home = u.own.id()
		}
		*progress = upload{isRunning: true, isOwn: msg.OwnChildrenOnly, cursor: handlespace.TableOf(home)}
	}
	progress.requested = now
	u.out.send(from, u.extract(progress, msg.Sender))
}

// reject rejects a Handle Table Request.
func (u *uploads) reject(from step.AssocID, msg *enrpmsg.HandleTableRequest) {
	u.out.send(from, &enrpmsg.HandleTableResponse{IDs: u.own.ids(msg.Sender), Reject: true})
}

// isContinued reports whether a request is for the next part of the same table. A table starts
// over after a request of the other kind, and after a long pause.
func (u *upload) isContinued(now time.Time, isOwn bool) bool {
	return u.isRunning && u.isOwn == isOwn && now.Sub(u.requested) <= uploadTimeout
}

// extract returns the next part of a table as a Handle Table Response, made of the elements
// as the handlespace has encoded them.
func (u *uploads) extract(progress *upload, receiver wire.ServerID) encoded {
	elements, next, more := u.own.hs.Extract(progress.cursor, u.own.config.MaxTableElements, nil)
	b := wire.BeginMessage(nil, uint8(enrpmsg.TypeHandleTableResponse), 0)
	ids := u.own.ids(receiver)
	b, _ = ids.AppendBinary(b) // It never fails.
	var pool wire.PoolHandle
	for i, e := range elements {
		end := len(b)
		if e.PoolHandle() != pool {
			pool = e.PoolHandle()
			b, _ = pool.AppendBinary(b) // A pool's handle is short and not empty.
		}
		if b = e.AppendWithASAP(b); len(b) > maxTableLen && i > 0 {
			b = b[:end]
			next, more = u.own.hs.Behind(progress.cursor, elements[i-1]), true
			break
		}
	}
	progress.cursor, progress.isRunning = next, more
	if more {
		b[1] |= enrpmsg.MoreToSendBit
	}
	b, err := wire.EndMessage(b, 0)
	if err != nil {
		panic("BUG: handle table response: " + err.Error())
	}
	return encoded{enrpmsg.TypeHandleTableResponse, b}
}
