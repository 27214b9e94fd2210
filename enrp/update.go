package enrp

import (
	"encoding/binary"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// The states of our elements: whether the last renewal was announced.
const (
	renewalAnnounced uint8 = iota
	renewalSkipped
)

// updates announces changes of our elements, and takes in those of peers (RFC 5353, 3.3).
type updates struct {
	own       *registrar
	out       *outbox
	transfers *transfers
	peers     *peers
	editor    *editor
	claims    *claims
}

// handleChange announces a change of the handlespace. Each registrar announces its own
// elements only.
func (u *updates) handleChange(c handlespace.Change) {
	if u.editor.isApplying || u.own.isLeaving || c.Element.HomeID() != u.own.id() {
		return
	}
	switch {
	case c.Kind == handlespace.Removed:
		u.announce(enrpmsg.DelPE, c.Element)
		u.claims.concede(c.Element)
	case u.isRedundant(c):
		c.Element.State = renewalSkipped
	default:
		c.Element.State = renewalAnnounced
		u.announce(enrpmsg.AddPE, c.Element)
	}
}

// isRedundant reports whether a registration need not be announced. A renewal without
// changes only keeps the element from expiring at the peers. If an element registers often
// enough, every second renewal will do (ADR 0008, R7).
func (u *updates) isRedundant(c handlespace.Change) bool {
	return c.Same && c.Element.State == renewalAnnounced && 5*c.Held <= 2*c.Element.RegistrationLife()
}

// announce sends a Handle Update to all peers.
func (u *updates) announce(action enrpmsg.UpdateAction, e *handlespace.Element) {
	u.peers.broadcast(u.compose(action, e, false))
	if action == enrpmsg.AddPE && u.own.config.SuggestTakeovers {
		u.suggest(e)
	}
}

// suggest suggests an element to the peer that suits it best, if a peer suits it better than
// this registrar: the larger the XOR of the identifiers of registrar and element, the better.
// This is an addition of RSPLIB (ADR 0008, F6).
func (u *updates) suggest(e *handlespace.Element) {
	var best *peer
	metric := uint32(u.own.id()) ^ uint32(e.ID())
	for _, p := range u.peers.all {
		if p.isReachable() && uint32(p.id)^uint32(e.ID()) > metric {
			best, metric = p, uint32(p.id)^uint32(e.ID())
		}
	}
	if best != nil {
		u.suggestTo(best, e)
	}
}

// suggestTo suggests to a peer to take an element over.
func (u *updates) suggestTo(p *peer, e *handlespace.Element) {
	u.out.send(p.assoc, u.compose(enrpmsg.AddPE, e, true))
}

// compose returns a Handle Update (RFC 5353, 2.4) for any receiver, made of the element as
// the handlespace has encoded it.
func (u *updates) compose(action enrpmsg.UpdateAction, e *handlespace.Element, isSuggestion bool) encoded {
	var flags uint8
	if isSuggestion {
		flags = enrpmsg.TakeoverSuggestedBit
	}
	b := wire.BeginMessage(nil, uint8(enrpmsg.TypeHandleUpdate), flags)
	ids := u.own.ids(0)
	b, _ = ids.AppendBinary(b) // It never fails.
	b = binary.BigEndian.AppendUint32(b, uint32(action)<<16)
	b, _ = e.PoolHandle().AppendBinary(b) // A pool's handle is short and not empty.
	b, err := wire.EndMessage(e.AppendWithASAP(b), 0)
	if err != nil {
		panic("BUG: handle update: " + err.Error())
	}
	return encoded{enrpmsg.TypeHandleUpdate, b}
}

// handleMessage takes in a change of an element of a peer. Each peer speaks for its own
// elements only.
func (u *updates) handleMessage(now time.Time, p *peer, msg *enrpmsg.HandleUpdate, rtt time.Duration) {
	u.own.counts.Updates++
	if msg.PoolElement.HomeID != p.id {
		return
	}
	switch msg.Action {
	case enrpmsg.AddPE:
		u.add(now, p, msg, rtt)
	case enrpmsg.DelPE:
		u.claims.withdraw(p.id, msg.PoolHandle, msg.PoolElement.ID)
		// If the element has moved meanwhile, the message is late.
		if e := u.own.hs.Find(msg.PoolHandle, msg.PoolElement.ID); e != nil && u.transfers.home(e) == p.id {
			u.editor.remove(e)
		}
	}
}

// add enters an element of a peer, unless the element seems to be ours.
func (u *updates) add(now time.Time, p *peer, msg *enrpmsg.HandleUpdate, rtt time.Duration) {
	if u.claims.contest(now, p, msg.PoolHandle, &msg.PoolElement, rtt) {
		return
	}
	_, err := u.editor.enter(now, msg.PoolHandle, &msg.PoolElement, rtt)
	switch {
	case isLackOfResources(err):
		u.editor.reportExcess(now, p, err)
	case err == nil && msg.TakeoverSuggested:
		u.out.add(Adopt{Pool: msg.PoolHandle, ID: msg.PoolElement.ID})
	}
}
