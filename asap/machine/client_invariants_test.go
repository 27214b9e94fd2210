package machine

import (
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// checkedClient checks the invariants of a client after each step.
type checkedClient struct{ *clientWorld }

// Step takes an event.
func (m checkedClient) Step(now time.Time, ev step.Event) []step.Action {
	before := m.client.home.assoc
	actions := m.client.Step(now, ev)
	m.checkInvariants(now, ev, actions, before)
	return actions
}

// Deadline returns the deadline of the client.
func (m checkedClient) Deadline() time.Time { return m.client.Deadline() }

// checkInvariants checks the properties that hold after a step whatever has happened before.
// The home before the step was before.
func (w *clientWorld) checkInvariants(now time.Time, ev step.Event, actions []step.Action, before step.AssocID) {
	w.T.Helper()
	for _, a := range actions {
		w.checkAction(a, ev, before)
	}
	w.checkHome()
	w.checkStranger(now)
	w.checkQueue(now)
	w.checkElements()
	w.checkHunt(now, actions)
	if d := w.client.Deadline(); !d.IsZero() && !d.After(now) {
		w.T.Errorf("deadline %v ago", now.Sub(d))
	}
	if w.T.Failed() {
		w.T.Fatalf("after %#v", ev)
	}
}

// checkAction checks that messages go to associations that are up, and that the owner is told
// of elements that it has.
func (w *clientWorld) checkAction(a step.Action, ev step.Event, before step.AssocID) {
	switch a := a.(type) {
	case step.Send:
		w.checkSend(a, before)
	case step.End:
		w.checkEnd(a.Assoc)
	case step.Abort:
		w.checkEnd(a.Assoc)
	case step.Dial, Resolved, ResolveFailed, Deregistered:
	case UnknownRegistrar:
		if a.Followed == (before == w.client.home.assoc) || a.Followed && w.client.config.TrustRegistrars == TrustConfigured {
			w.T.Errorf("%+v, the home was %d and is %d", a, before, w.client.home.assoc)
		}
	case HomeChanged:
		w.hasHome = true
	case HomeLost:
		if !w.hasHome {
			w.T.Error("the home is lost twice")
		}
		w.hasHome = false
	case Registered:
		if e := w.client.elements.find(a.Ref); e == nil || a.ID != e.pe.ID {
			w.T.Errorf("registered %+v, the element is %+v", a, e)
		}
	case Rejected:
		register, isNew := ev.(Register)
		if w.client.elements.find(a.Ref) == nil && (!isNew || register.Ref != a.Ref) {
			w.T.Errorf("rejected %+v", a)
		}
	default:
		w.T.Errorf("action %T", a)
	}
}

// checkEnd checks that the client ends an association that is up and is not with its home.
func (w *clientWorld) checkEnd(assoc step.AssocID) {
	w.T.Helper()
	if !w.isUp(assoc) || assoc == w.client.home.assoc {
		w.T.Errorf("%d is ended, the home is %d", assoc, w.client.home.assoc)
	}
}

func (w *clientWorld) checkSend(a step.Send, before step.AssocID) {
	var ok bool
	switch a.Message.(type) {
	case *asapmsg.EndpointKeepAliveAck:
		ok = w.isUp(a.Assoc)
	case *asapmsg.Error:
		ok = a.Assoc == before
	default:
		ok = a.Assoc == w.client.home.assoc
	}
	if !ok || a.Assoc == 0 || a.Unasked {
		w.T.Errorf("%T is sent to %d, the home is %d and was %d", a.Message, a.Assoc, w.client.home.assoc, before)
	}
}

// checkHome checks that the home is up, and that the owner knows it.
func (w *clientWorld) checkHome() {
	c := w.client
	id, has := c.Home()
	if has != w.hasHome || has != (c.home.assoc != 0) || !has && (id != 0 || c.home.slow) || has && !w.isUp(c.home.assoc) {
		w.T.Errorf("home %+v with identifier %v, told %v", c.home, id, w.hasHome)
	}
	for _, in := range c.inbound {
		if !w.isUp(in.assoc) {
			w.T.Errorf("inbound association %d is not up", in.assoc)
		}
	}
}

// checkStranger checks that an unknown registrar is considered only besides a home, and that each
// probe belongs to it.
func (w *clientWorld) checkStranger(now time.Time) {
	c := w.client
	s, q := &c.stranger, &c.queue
	isConsidered := s.assoc != 0
	if isConsidered && (c.home.assoc == 0 || c.home.assoc == s.assoc || !w.isUp(s.assoc) || s.isHomeSilent) {
		w.T.Errorf("stranger %+v, the home is %d", s, c.home.assoc)
	}
	if isConsidered != (s.probe != nil || s.until.After(now)) || s.probe != nil && (!s.until.IsZero() || s.deadline() != s.ackAt) {
		w.T.Errorf("stranger %+v waits for nothing", s)
	}
	probes := 0
	for _, r := range slices.Concat(q.waiting, q.sent) {
		if r.probe && !r.cancelled {
			probes++
			if r != s.probe {
				w.T.Error("a probe has no stranger")
			}
		}
	}
	if (probes == 1) != (s.probe != nil) || probes > 1 {
		w.T.Errorf("%d probes for stranger %+v", probes, s)
	}
}

// checkQueue checks that requests are in order, counted and within their bounds.
func (w *clientWorld) checkQueue(now time.Time) {
	q, has := &w.client.queue, w.client.home.assoc != 0
	cancelled, resolutions := 0, 0
	for _, r := range q.waiting {
		if r.isSent() {
			w.T.Errorf("%+v waits, and is sent", r.key)
		}
		if r.cancelled {
			cancelled++
		}
	}
	if cancelled != q.cancelled {
		w.T.Errorf("%d cancelled requests wait, not %d", cancelled, q.cancelled)
	}
	if !slices.IsSortedFunc(q.sent, func(a, b *request) int { return a.deadline.Compare(b.deadline) }) {
		w.T.Error("answers are not due in order")
	}
	for _, r := range slices.Concat(q.waiting, q.sent) {
		if r.isResolution() && !r.cancelled {
			resolutions++
			if q.resolutions[r.token] != r {
				w.T.Errorf("resolution %d is lost", r.token)
			}
		}
		if r.element != nil && r.element.request != r {
			w.T.Errorf("element %d has another request than %+v", r.element.ref, r.key)
		}
	}
	if resolutions != len(q.resolutions) {
		w.T.Errorf("%d resolutions, but %d requests", len(q.resolutions), resolutions)
	}
	if has && (len(q.reports) > 0 || len(q.waiting) > 0 && len(q.sent) < maxSent) || !has && len(q.sent) > 0 || len(q.reports) > maxReports || len(q.sent) > maxSent {
		w.T.Errorf("home %v: %d reports and %d requests wait, %d are sent", has, len(q.reports), len(q.waiting), len(q.sent))
	}
	for _, r := range q.sent {
		if !r.deadline.After(now) {
			w.T.Errorf("the answer to %+v was due %v ago", r.key, now.Sub(r.deadline))
		}
	}
}

// checkElements checks that each element has its own identifier, and that none is forgotten.
func (w *clientWorld) checkElements() {
	c := w.client
	type identity struct {
		pool wire.PoolHandle
		id   wire.PEID
	}
	seen := make(map[identity]bool)
	pending := slices.Concat(c.queue.waiting, c.queue.sent)
	for _, e := range c.elements.serving {
		id := identity{e.pool, e.pe.ID}
		if seen[id] || e.pe.ID == 0 || c.elements.find(e.ref) != e || c.elements.leaving[e.ref] == e {
			w.T.Errorf("element %d is not the only %v", e.ref, id)
		}
		seen[id] = true
		key := requestKey{asapmsg.TypeRegistration, e.pool, e.pe.ID}
		if e.request != nil && (e.request.key != key || !slices.Contains(pending, e.request)) {
			w.T.Errorf("element %d has request %+v, want %+v", e.ref, e.request.key, key)
		}
		isToldHere := c.home.assoc != 0 && e.told == c.home.assoc
		if isToldHere && (e.rejected || !e.registered && e.request == nil) || e.redraws > maxRedraws {
			w.T.Errorf("element %d is told to be registered: %+v", e.ref, e)
		}
		if c.home.assoc != 0 && e.request == nil && e.renewAt.IsZero() && !e.rejected {
			w.T.Errorf("element %d is forgotten: %+v", e.ref, e)
		}
	}
	for ref, e := range c.elements.leaving {
		key := requestKey{asapmsg.TypeDeregistration, e.pool, e.pe.ID}
		if e.ref != ref || e.request == nil || e.request.key != key || !slices.Contains(pending, e.request) {
			w.T.Errorf("element %d leaves without a request", ref)
		}
	}
}

// checkHunt checks that the hunt goes on while the client needs a home, within its bounds.
func (w *clientWorld) checkHunt(now time.Time, actions []step.Action) {
	h := &w.client.hunt
	underWay := len(w.dials)
	for _, a := range actions {
		if _, ok := a.(step.Dial); ok {
			underWay++
		}
	}
	dials := 0
	for _, r := range h.registrars {
		if r.dial != 0 {
			dials++
		}
		if r.pause < h.config.HuntInterval || r.pause > h.config.HuntIntervalMax || len(r.addrs) == 0 || len(r.addrs) > maxAddrs ||
			r.next.After(now.Add(2*h.config.HuntIntervalMax)) || r.heard.After(now) || r.since.After(now) {
			w.T.Errorf("registrar %+v", r)
		}
	}
	if dials != underWay {
		w.T.Errorf("%d registrars are dialled, %d dials are under way", dials, underWay)
	}
	if len(h.registrars) > maxRegistrars {
		w.T.Errorf("%d registrars are known", len(h.registrars))
	}
	if w.client.Hunting() && underWay == 0 && w.client.Deadline().IsZero() {
		w.T.Error("the hunt has come to an end")
	}
}
