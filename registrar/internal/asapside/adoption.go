package asapside

import (
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// startAdoption begins to ask an element whether it takes this registrar for its home
// (RFC 5353, 3.5.2).
func (r *Registrar) startAdoption(now time.Time, ev Adopt) {
	key := elementKey{ev.Pool, ev.ID}
	// An orphan that does not acknowledge is removed, regardless of the reason for the
	// adoption.
	if e := r.hs.Find(ev.Pool, ev.ID); e != nil && r.isOrphan(e) {
		ev.Ours = true
	}
	if a := r.adoptions.byElement[key]; a != nil && a.isUnderWay(now) {
		a.ours = ev.Ours // Perhaps the reason is another.
		r.limitAnswer(a)
		return
	}
	if !ev.Ours && len(r.adoptions.waiting) > r.hs.Len() {
		return // Most of the waiting elements are gone, and a suggestion may be ignored.
	}
	r.adoptions.add(key, ev.Ours)
}

// advanceAdoptions gives up to n elements up, asks up to n elements, and dials up to n elements.
func (r *Registrar) advanceAdoptions(now time.Time, n int) {
	for range n {
		a := r.adoptions.takeFailed()
		if a == nil {
			break
		}
		r.giveUp(a)
	}
	for range n {
		a, assoc := r.adoptions.takeConnected()
		if a == nil {
			break
		}
		r.ask(now, a, assoc)
	}
	for range n {
		a := r.adoptions.takeWaiting()
		if a == nil {
			break
		}
		r.dial(a)
	}
}

// giveUp gives up an element that cannot be asked, or has not answered. An orphan is removed.
func (r *Registrar) giveUp(a *adoption) {
	if !r.adoptions.isPresent(a) {
		return
	}
	r.adoptions.remove(a.key)
	if e := r.hs.Find(a.key.pool, a.key.id); a.ours && e != nil && r.isOrphan(e) {
		r.remove(e, RemovedKeepAlive)
	}
}

// ask asks an element at the far end of an association.
func (r *Registrar) ask(now time.Time, a *adoption, assoc step.AssocID) {
	if r.findAdopted(a) == nil {
		return
	}
	if !r.peers.isUp(assoc) {
		r.giveUp(a)
		return
	}
	a.assoc, a.deadline = assoc, now.Add(r.config.KeepAliveTimeout)
	r.adoptions.noteAsked(a)
	r.limitAnswer(a)
	r.counts.KeepAlives++
	r.send(assoc, &asapmsg.EndpointKeepAlive{Home: true, ServerID: r.config.ID, PoolHandle: a.key.pool, PEID: a.key.id})
}

// dial opens an association with an element. Elements at the same address share an association.
func (r *Registrar) dial(a *adoption) {
	e := r.findAdopted(a)
	if e == nil {
		return
	}
	t := e.DecodeASAPTransport()
	if t == nil || len(t.Addrs) == 0 {
		r.giveUp(a)
		return
	}
	addrs := t.AddrPorts()
	if dial := r.adoptions.addDial(a, addrs[0]); dial != 0 {
		r.do(step.Dial{Dial: dial, Addrs: addrs})
	}
}

// findAdopted returns an element that is to be adopted. It ends the adoption and returns nil if
// the element is gone, or if an orphan has found a living home.
func (r *Registrar) findAdopted(a *adoption) *handlespace.Element {
	if !r.adoptions.isPresent(a) {
		return nil
	}
	e := r.hs.Find(a.key.pool, a.key.id)
	if e == nil || a.ours && !r.isOrphan(e) {
		r.adoptions.remove(a.key)
		return nil
	}
	return e
}

// limitAnswer limits the time for the answer of an orphan, by the timer of the element. The table
// of adoptions limits the time for all other answers.
func (r *Registrar) limitAnswer(a *adoption) {
	if e := r.hs.Find(a.key.pool, a.key.id); a.assoc != 0 && a.ours && e != nil {
		r.hs.SetTimer(e, timerAck, a.deadline)
	}
}

// handleDialFailure gives up the elements that cannot be reached.
func (r *Registrar) handleDialFailure(dial step.DialID) {
	r.adoptions.fail(r.adoptions.takeDial(dial))
}

// finishAdoption makes an element ours that acknowledges over the association of the
// question. It reports whether the acknowledgement answers an adoption.
func (r *Registrar) finishAdoption(now time.Time, e *handlespace.Element, assoc step.AssocID) bool {
	a := r.adoptions.byElement[keyOf(e)]
	if a == nil || a.assoc != assoc {
		return false
	}
	r.adoptions.remove(a.key)
	r.hs.Adopt(now, e, r.config.ID, handlespace.Association(assoc))
	r.do(ElementAdopted{Pool: e.PoolHandle(), ID: e.ID()})
	r.supervision.noteLife(now, e)
	return true
}

// expireAdoptions ends the adoptions of up to n elements that do not answer. The timers of orphans
// end theirs.
func (r *Registrar) expireAdoptions(now time.Time, n int) {
	var silent []step.AssocID
	for range n {
		a := r.adoptions.takeOverdue(now)
		if a == nil {
			break
		}
		if !a.ours {
			r.adoptions.remove(a.key)
			silent = append(silent, a.assoc)
		}
	}
	slices.Sort(silent)
	for _, assoc := range slices.Compact(silent) {
		r.abortUnused(assoc)
	}
}

// abortUnused aborts the association of an element that does not answer to its adoption. If
// the element has taken this registrar for its home nevertheless, it hunts for another. An
// association over which elements are registered stays for their sake.
func (r *Registrar) abortUnused(assoc step.AssocID) {
	if p := r.peers.find(assoc); p != nil && !p.isDown && p.elements == 0 {
		r.do(step.Abort{Assoc: assoc, Reason: string(RemovedKeepAlive)})
	}
}
