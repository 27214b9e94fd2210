package enrp

import (
	"encoding/binary"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Changed tells the machine of a change of the handlespace, as its OnChange does.
// What is to be sent comes from the next Step.
func (m *Machine) Changed(c handlespace.Change) {
	if m.applying || m.leaving.running || c.Element.HomeID() != m.config.ID {
		return // A peer's element is the peer's to tell of.
	}
	switch {
	case c.Kind == handlespace.Removed:
		m.broadcastUpdate(enrpmsg.DelPE, c.Element)
		m.conceded(c.Element)
	case m.worthTelling(c):
		c.Element.State = 0
		m.broadcastUpdate(enrpmsg.AddPE, c.Element)
	}
}

// worthTelling reports whether peers are told of a registration. Those that change
// nothing only keep the peers from letting the element expire: every second one is
// enough where the element registers often enough.
func (m *Machine) worthTelling(c handlespace.Change) bool {
	if c.Same && c.Element.State == 0 && 5*c.Held <= 2*c.Element.RegistrationLife() {
		c.Element.State = 1
		return false
	}
	return true
}

func (m *Machine) broadcastUpdate(action enrpmsg.UpdateAction, e *handlespace.Element) {
	m.broadcastEncoded(m.encodeUpdate(action, e, false))
	if action == enrpmsg.AddPE && m.config.SuggestTakeovers {
		m.suggest(e)
	}
}

// encodeUpdate returns a Handle Update (RFC 5353, 2.4) for any receiver: the element
// is a copy of what the handlespace has encoded.
func (m *Machine) encodeUpdate(action enrpmsg.UpdateAction, e *handlespace.Element, suggest bool) encoded {
	var flags uint8
	if suggest {
		flags = enrpmsg.TakeoverSuggestedBit
	}
	b := wire.BeginMessage(nil, uint8(enrpmsg.TypeHandleUpdate), flags)
	ids := m.ids(0)
	b, _ = ids.AppendBinary(b) // It never fails.
	b = binary.BigEndian.AppendUint32(b, uint32(action)<<16)
	b, _ = e.PoolHandle().AppendBinary(b) // A pool's handle is short and not empty.
	b, err := wire.EndMessage(e.AppendWithASAP(b), 0)
	if err != nil {
		panic("BUG: handle update: " + err.Error())
	}
	return encoded{enrpmsg.TypeHandleUpdate, b}
}

// updated takes in a change of one of the peer's elements (RFC 5353, 3.3).
func (m *Machine) updated(now time.Time, p *peer, msg *enrpmsg.HandleUpdate, rtt time.Duration) {
	if msg.PoolElement.HomeID != p.id {
		return // It speaks for its own elements only.
	}
	m.applying = true
	defer func() { m.applying = false }()
	switch msg.Action {
	case enrpmsg.AddPE:
		if m.contested(p, msg.PoolHandle, &msg.PoolElement, rtt) {
			return
		}
		if e := m.learn(now, msg.PoolHandle, &msg.PoolElement, rtt); e != nil && msg.TakeoverSuggested {
			m.do(TakenOver{Pool: msg.PoolHandle, ID: msg.PoolElement.ID})
		}
	case enrpmsg.DelPE:
		m.dropClaim(p.id, msg.PoolHandle, msg.PoolElement.ID)
		// If it has moved meanwhile, the message is late.
		if e := m.hs.Find(msg.PoolHandle, msg.PoolElement.ID); e != nil && e.HomeID() == p.id {
			m.hs.Remove(e)
		}
	}
}

// suggest tells the peer whose identifier suits an element best, if that is not ours
// (an addition of the deployed implementation).
func (m *Machine) suggest(e *handlespace.Element) {
	var best *peer
	metric := uint32(m.config.ID) ^ uint32(e.ID())
	for _, p := range m.peers {
		if p.state == peerAlive && p.assoc != 0 && uint32(p.id)^uint32(e.ID()) > metric {
			best, metric = p, uint32(p.id)^uint32(e.ID())
		}
	}
	if best != nil {
		m.send(best.assoc, m.encodeUpdate(enrpmsg.AddPE, e, true))
	}
}
