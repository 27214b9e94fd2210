package enrp

import (
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// leave suggests to a peer to take over the elements that are ours: it asks them,
// and those that answer are its own from then on. What becomes of ours here is of no
// interest to anybody any more: peers take over what is left when we are gone.
func (m *Machine) leave() {
	m.leaving = true
	var heir *peer
	for _, p := range m.peers {
		if p.state == peerAlive && p.assoc != 0 && (heir == nil || p.id < heir.id) {
			heir = p
		}
	}
	if heir == nil {
		return
	}
	for e := range m.hs.OwnedBy(m.config.ID) {
		m.send(heir.assoc, m.encodeUpdate(enrpmsg.AddPE, e, true))
	}
}
