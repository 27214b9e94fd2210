package asapside

import (
	"net/netip"
	"testing"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// However many processes want however many identifiers, few registrations are kept, and an element
// is asked once.
func TestContestFlood(t *testing.T) {
	t.Parallel()
	w := newRegistrarWorld(t, seeded())
	const elements, rivals = maxContests + 100, 5
	at := func(assoc step.AssocID) netip.AddrPort {
		return netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), uint16(2000+assoc))
	}
	for assoc := range step.AssocID(rivals) {
		w.up[1+assoc] = at(1 + assoc)
		w.Feed(step.Up{Assoc: 1 + assoc, Peer: []netip.AddrPort{at(1 + assoc)}})
	}
	for id := range wire.PEID(elements) {
		w.Feed(received{Assoc: 1, Message: registration("p", 1+id, at(1))})
	}
	clear(w.sent)
	claim := func(assoc step.AssocID, id wire.PEID) {
		m := registration("p", id, at(assoc))
		m.Unknown = []wire.RawParam{{Type: 0x8777, Value: make([]byte, 60000)}}
		w.Feed(received{Assoc: assoc, Message: m})
	}
	for id := range wire.PEID(elements) {
		for assoc := step.AssocID(2); assoc <= rivals; assoc++ {
			claim(assoc, 1+id)
		}
	}
	for id := range wire.PEID(maxContests) {
		claim(2, 1+id) // It has no second answer.
	}
	if n := len(w.registrar.contests.queue); n != maxContests || w.sent[1] != maxContests {
		t.Errorf("%d contests, %d keep-alives; want %d", n, w.sent[1], maxContests)
	}
	for _, c := range w.registrar.contests.queue {
		if m := c.rival.Message.(*asapmsg.Registration); m.Unknown != nil {
			t.Fatalf("unknown parameters of %v are kept", m.PoolElement.ID)
		}
	}
	if want := rivals*elements - elements - maxContests; w.sent[2]+w.sent[3]+w.sent[4]+w.sent[5] != want {
		t.Errorf("answers and keep-alives: %v, want %d answers", w.sent, want)
	}
}
