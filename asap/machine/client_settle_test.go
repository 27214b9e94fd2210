package machine

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine/asaptest"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// settle ends all dials and associations, gives the client a registrar that answers, and checks
// that every request gets an answer.
func (w *clientWorld) settle() {
	for range 1000 {
		if len(w.dials) == 0 {
			break
		}
		dial := w.dials[0]
		w.dials = w.dials[1:]
		w.Feed(step.DialFailed{Dial: dial})
	}
	for len(w.assocs) > 0 {
		w.Feed(w.takeDown())
	}
	w.Feed(newAnnounce(0x99, asaptest.RandomAddr(w.Random)))
	for range 100 {
		for len(w.dials) > 0 {
			dial := w.dials[0]
			w.dials = w.dials[1:]
			w.last++
			w.assocs = append(w.assocs, w.last)
			w.Feed(step.Up{Assoc: w.last, Dial: dial, Peer: []netip.AddrPort{asaptest.RandomAddr(w.Random)}})
		}
		if w.client.home.assoc == 0 {
			w.Pass(time.Second)
			continue
		}
		if !w.acceptOldest() {
			break
		}
	}
	for range 10 { // Unanswered requests of the past go to the home as well.
		w.Pass(4 * time.Second)
		for w.acceptOldest() {
		}
	}
	w.checkSettled()
}

// checkSettled checks that no request and no element waits.
func (w *clientWorld) checkSettled() {
	if len(w.tokens) > 0 {
		w.T.Errorf("resolutions %v are not answered", w.tokens)
	}
	for _, e := range w.client.elements.serving {
		if !e.registered {
			w.T.Errorf("element %d is not registered in the end", e.ref)
		}
	}
	if q, leaving := &w.client.queue, w.client.elements.leaving; q.isPending() || len(q.resolutions) > 0 || q.cancelled != 0 || len(leaving) > 0 {
		w.T.Errorf("%d requests wait, %d are sent, %d resolutions, %d cancelled requests and %d elements that leave are left",
			len(q.waiting), len(q.sent), len(q.resolutions), q.cancelled, len(leaving))
	}
}

// acceptOldest has the home accept the oldest request, and reports whether there was any.
func (w *clientWorld) acceptOldest() bool {
	c := w.client
	if c.home.assoc == 0 || len(c.queue.sent) == 0 {
		return false
	}
	key := c.queue.sent[0].key
	var m asapmsg.Message
	switch key.typ {
	case asapmsg.TypeRegistration:
		m = &asapmsg.RegistrationResponse{PoolHandle: key.pool, PEID: key.id}
	case asapmsg.TypeDeregistration:
		m = &asapmsg.DeregistrationResponse{PoolHandle: key.pool, PEID: key.id}
	default:
		m = &asapmsg.HandleResolutionResponse{PoolHandle: key.pool}
	}
	w.Feed(Received{Assoc: c.home.assoc, Message: m})
	return true
}
