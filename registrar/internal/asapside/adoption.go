package asapside

import (
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
		if a.assoc != 0 {
			r.awaitAdoption(a)
		}
		return
	}
	if !ev.Ours && len(r.adoptions.waiting) > r.hs.Len() {
		return // Most of the waiting elements are gone, and a suggestion may be ignored.
	}
	r.adoptions.add(key, ev.Ours)
	r.dialAdoptions()
}

// dialAdoptions opens associations with elements that wait. Elements at the same address
// share an association.
func (r *Registrar) dialAdoptions() {
	for {
		key, ok := r.adoptions.takeWaiting()
		if !ok {
			return
		}
		e, _ := r.checkAdoption(key)
		if e == nil {
			continue
		}
		t := e.DecodeASAPTransport()
		if t == nil || len(t.Addrs) == 0 {
			r.failAdoption(key)
			continue
		}
		addrs := t.AddrPorts()
		if dial := r.adoptions.addDial(key, addrs[0]); dial != 0 {
			r.do(step.Dial{Dial: dial, Addrs: addrs})
		}
	}
}

// checkAdoption returns an element that is to be adopted. It ends the adoption and returns
// nil if the element is gone, or if an orphan has found a living home.
func (r *Registrar) checkAdoption(key elementKey) (*handlespace.Element, *adoption) {
	e, a := r.hs.Find(key.pool, key.id), r.adoptions.byElement[key]
	if e == nil || a == nil || a.ours && !r.isOrphan(e) {
		r.adoptions.remove(key)
		return nil, nil
	}
	return e, a
}

// askAdoptions asks the elements at the far end of an association.
func (r *Registrar) askAdoptions(now time.Time, dial step.DialID, assoc step.AssocID) {
	for _, key := range r.adoptions.takeDial(dial) {
		_, a := r.checkAdoption(key)
		if a == nil {
			continue
		}
		a.assoc = assoc
		r.adoptions.noteAsked(a)
		a.deadline = now.Add(r.config.KeepAliveTimeout)
		r.awaitAdoption(a)
		r.counts.KeepAlives++
		r.send(assoc, &asapmsg.EndpointKeepAlive{Home: true, ServerID: r.config.ID, PoolHandle: key.pool, PEID: key.id})
	}
	r.dialAdoptions()
}

// awaitAdoption limits the time for the answer of an element that has been asked.
func (r *Registrar) awaitAdoption(a *adoption) {
	if e := r.hs.Find(a.key.pool, a.key.id); a.ours && e != nil {
		r.hs.SetTimer(e, timerAck, a.deadline)
	} else {
		r.adoptions.expiry = step.Earlier(r.adoptions.expiry, a.deadline)
	}
}

// handleDialFailure gives up the elements that cannot be reached.
func (r *Registrar) handleDialFailure(dial step.DialID) {
	for _, key := range r.adoptions.takeDial(dial) {
		r.failAdoption(key)
	}
	r.dialAdoptions()
}

// failAdoption gives up an element that cannot be asked. An orphan is removed.
func (r *Registrar) failAdoption(key elementKey) {
	a := r.adoptions.byElement[key]
	r.adoptions.remove(key)
	if e := r.hs.Find(key.pool, key.id); a != nil && a.ours && e != nil && r.isOrphan(e) {
		r.remove(e, RemovedKeepAlive)
	}
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

// expireAdoptions ends the adoptions of elements that are not ours and do not answer.
func (r *Registrar) expireAdoptions(now time.Time) {
	for _, assoc := range r.adoptions.takeOverdue(now) {
		r.abortUnused(assoc)
	}
}

// abortUnused aborts the association of an element that does not answer to its adoption. If
// the element has taken this registrar for its home nevertheless, it hunts for another. An
// association over which elements are registered stays for their sake.
func (r *Registrar) abortUnused(assoc step.AssocID) {
	for range r.hs.RegisteredOver(handlespace.Association(assoc)) {
		return
	}
	r.do(step.Abort{Assoc: assoc, Reason: string(RemovedKeepAlive)})
}

// failAdoptions gives up the unanswered questions of an association that is down.
func (r *Registrar) failAdoptions(assoc step.AssocID) {
	for _, key := range r.adoptions.takeAsked(assoc) {
		r.failAdoption(key)
	}
}
