package asapside

import (
	"maps"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
)

// checkedMachine checks the invariants of a registrar after each step.
type checkedMachine struct{ *registrarWorld }

// Step takes an event.
func (m checkedMachine) Step(now time.Time, ev step.Event) []step.Action {
	actions := m.registrar.Step(now, ev)
	m.checkInvariants(now, ev, actions)
	return actions
}

// Deadline returns the deadline of the registrar.
func (m checkedMachine) Deadline() time.Time { return m.registrar.Deadline() }

// checkInvariants checks the properties that hold after a step whatever has happened before.
func (w *registrarWorld) checkInvariants(now time.Time, ev step.Event, actions []step.Action) {
	w.T.Helper()
	w.checkActions(ev, actions)
	w.checkElements(now)
	w.checkReports(now)
	w.checkAdoptions(now)
	w.checkDials(actions)
	w.checkContests(now)
	w.checkSubscriptions()
	w.checkPeers()
	if d := w.registrar.Deadline(); !d.IsZero() && !d.After(now) && !w.isBusy(now) {
		w.T.Errorf("deadline %v ago after %T", now.Sub(d), ev)
	}
	for assoc := range w.up {
		if !w.registrar.peers.isUp(assoc) {
			w.T.Errorf("association %d is up, but not known", assoc)
		}
	}
	if w.T.Failed() {
		w.T.Fatalf("after %#v", ev)
	}
}

// isBusy reports whether the registrar has work for the next tick.
func (w *registrarWorld) isBusy(now time.Time) bool {
	d := w.hs.NextDeadline()
	return w.registrar.hasWork() || !d.IsZero() && !d.After(now)
}

// checkPeers checks the peers, and the numbers of the elements of associations and hosts.
func (w *registrarWorld) checkPeers() {
	s := w.registrar.peers
	elements, hosts := make(map[step.AssocID]int), make(map[*host]int)
	for e := range w.hs.Elements() {
		elements[step.AssocID(e.Association())]++
	}
	up := 0
	for assoc, p := range s.byAssoc {
		if p.elements != elements[assoc] {
			w.T.Errorf("association %d has %d elements, want %d", assoc, p.elements, elements[assoc])
		}
		if p.isDown != slices.Contains(s.ended, assoc) || p.isDown == w.isUp(assoc) {
			w.T.Errorf("association %d is down: %v, ended: %v", assoc, p.isDown, s.ended)
		}
		if !p.isDown {
			up++
			hosts[p.at] += p.elements
			if s.hosts[p.at.addr] != p.at {
				w.T.Errorf("host %v of association %d is not known", p.at.addr, assoc)
			}
		}
	}
	for h, n := range hosts {
		if h.elements != n {
			w.T.Errorf("host %v has %d elements, want %d", h.addr, h.elements, n)
		}
	}
	if up != len(w.up) || len(s.hosts) != len(hosts) {
		w.T.Errorf("%d peers, but %d associations are up; %d hosts, want %d", up, len(w.up), len(s.hosts), len(hosts))
	}
}

// checkElements checks that somebody watches each element of the registrar.
func (w *registrarWorld) checkElements(now time.Time) {
	r := w.registrar
	for e := range w.hs.Elements() {
		key := keyOf(e)
		isSupervised := slices.Contains([]handlespace.TimerCode{timerKeepAlive, timerAck, timerReports}, e.Timer())
		switch {
		case !r.isOurs(e):
			if isSupervised || e.Association() != 0 {
				w.T.Errorf("%v of another registrar has timer %d and association %d", key, e.Timer(), e.Association())
			}
		case r.isOrphan(e):
			if a := r.adoptions.byElement[key]; a == nil || !a.ours || a.assoc != 0 && e.Timer() != timerAck {
				w.T.Errorf("orphan %v has adoption %+v and timer %d", key, a, e.Timer())
			}
		default:
			if p := r.peers.find(step.AssocID(e.Association())); p == nil {
				w.T.Errorf("%v is registered over %d, which is not up", key, e.Association())
			}
			end := r.supervision.lifeEnd(e)
			if d := w.hs.Deadline(e); !isSupervised || !d.After(now) && !w.isBusy(now) || !end.IsZero() && d.After(end) {
				w.T.Errorf("%v has timer %d at %v, its life ends at %v", key, e.Timer(), d, end)
			}
		}
	}
}

// checkReports checks the tables of supervision.
func (w *registrarWorld) checkReports(now time.Time) {
	r := w.registrar
	for key, s := range r.supervision.reports {
		e := w.hs.Find(key.pool, key.id)
		if e == nil || !r.isOurs(e) || r.isOrphan(e) {
			w.T.Errorf("reports of %v, which is not ours", key)
			continue
		}
		if n := len(s.reporters); n == 0 || n > r.config.MaxBadReports || s.since.After(now) || e.Timer() == timerKeepAlive {
			w.T.Errorf("%v is reported by %d since %v, and has timer %d", key, n, s.since, e.Timer())
		}
		if e.Timer() == timerReports && len(s.reporters) < r.config.MaxBadReports {
			w.T.Errorf("%d reports decide on %v", len(s.reporters), key)
		}
	}
	for key := range r.supervision.verifying {
		if e := w.hs.Find(key.pool, key.id); e == nil || !r.isOurs(e) {
			w.T.Errorf("%v is verified, but not ours", key)
		}
	}
}

// checkAdoptions checks that each adoption waits for a dial or an answer that ends it.
func (w *registrarWorld) checkAdoptions(now time.Time) {
	t := &w.registrar.adoptions
	for key, a := range t.byElement {
		isDialled := slices.ContainsFunc(slices.Collect(maps.Values(t.at)), func(list []*adoption) bool { return slices.Contains(list, a) }) ||
			slices.ContainsFunc(t.connected, func(q question) bool { return slices.Contains(q.list, a) })
		e := w.hs.Find(key.pool, key.id)
		switch {
		case slices.ContainsFunc(t.failed, func(list []*adoption) bool { return slices.Contains(list, a) }):
		case a.key != key:
			w.T.Errorf("adoption of %v under %v", a.key, key)
		case a.assoc == 0:
			if !isDialled && !slices.Contains(t.waiting, a) {
				w.T.Errorf("%v waits for no dial", key)
			}
		case !w.isUp(a.assoc) || !slices.Contains(t.asked[a.assoc], a):
			w.T.Errorf("%v is asked over %d, which does not know", key, a.assoc)
		case a.ours && e == nil:
			w.T.Errorf("%v is asked, but gone", key)
		case !a.ours && (!slices.Contains(t.due, a) || t.deadline().After(a.deadline)):
			w.T.Errorf("the answer of %v is due at %v, the table expires at %v", key, a.deadline, t.deadline())
		}
	}
	for assoc, list := range t.asked {
		if !w.isUp(assoc) || len(list) == 0 {
			w.T.Errorf("%d questions over %d", len(list), assoc)
		}
	}
}

// checkDials checks that the dials of the adoptions are the dials under way.
func (w *registrarWorld) checkDials(actions []step.Action) {
	t := &w.registrar.adoptions
	underWay := len(w.dials)
	for _, a := range actions {
		if _, ok := a.(step.Dial); ok {
			underWay++
		}
	}
	if len(t.dialing) != underWay {
		w.T.Errorf("%d dials in the table, %d under way", len(t.dialing), underWay)
	}
	if len(t.dialing) != len(t.at) || len(t.dialing) > maxAdoptionDials || len(t.waiting) > 0 && len(t.dialing) < maxAdoptionDials && !w.registrar.hasWork() {
		w.T.Errorf("%d dials to %d addresses, %d elements wait", len(t.dialing), len(t.at), len(t.waiting))
	}
	for dial, addr := range t.dialing {
		if len(t.at[addr]) == 0 || dial > t.lastDial {
			w.T.Errorf("dial %d of %d for %d elements", dial, t.lastDial, len(t.at[addr]))
		}
	}
}

// checkContests checks that each contest has an end, and keeps a registration until it is settled.
func (w *registrarWorld) checkContests(now time.Time) {
	t := &w.registrar.contests
	if len(t.byElement) > len(t.queue) || len(t.queue) > maxContests {
		w.T.Errorf("%d contests for %d elements", len(t.queue), len(t.byElement))
	}
	for key, c := range t.byElement {
		if c.key != key || !slices.Contains(t.queue, c) {
			w.T.Errorf("contest for %v has no end", key)
		}
	}
	for _, c := range t.queue {
		if c.settled != (c.rival.Message == nil) || !c.end.After(now) {
			w.T.Errorf("contest %+v at %v", c, now)
		}
	}
}

// checkSubscriptions checks that the subscriptions of pools, of associations and of hosts are the
// same, and that a changed pool waits for its updates.
func (w *registrarWorld) checkSubscriptions() {
	s := &w.registrar.subscriptions
	byAssoc, byPool, byHost := 0, 0, 0
	for assoc, own := range s.byAssoc {
		if !w.isUp(assoc) || len(own.all) == 0 || len(own.all) > s.config.MaxClientSubscriptions {
			w.T.Errorf("%d subscriptions of %d", len(own.all), assoc)
		}
		for _, sub := range own.all {
			if sub.assoc != assoc || s.pools[sub.pool.handle] != sub.pool || sub.pool.subscribers[sub.pos] != sub {
				w.T.Errorf("subscription %+v of %d is lost", sub, assoc)
			}
		}
		byAssoc += len(own.all)
	}
	for handle, p := range s.pools {
		inDue, inResting := slices.Contains(s.queue.due, p), slices.Contains(s.queue.resting, p)
		if len(p.subscribers) == 0 || p.handle != handle || p.told > len(p.subscribers) || p.changed && p.stage == poolIdle ||
			inDue != (p.stage == poolDue) || inResting != (p.stage == poolResting) {
			w.T.Errorf("pool %v: %+v, due %v, resting %v", handle, p, inDue, inResting)
		}
		byPool += len(p.subscribers)
	}
	for host, n := range s.byHost {
		if n == 0 || n > s.config.MaxHostSubscriptions {
			w.T.Errorf("%d subscriptions of host %v", n, host)
		}
		byHost += n
	}
	if byAssoc != s.number || byPool != s.number || byHost != s.number || s.number > s.config.MaxSubscriptions {
		w.T.Errorf("%d subscriptions of associations, %d of pools, %d of hosts, the number is %d", byAssoc, byPool, byHost, s.number)
	}
}
