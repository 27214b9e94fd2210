package asapside

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Open says that the handlespace is complete: the registrar announces itself from
// now on.
type Open struct{}

// Adopt says that this registrar is to be the home of an element that has been
// another's (RFC 5353, 3.5.2). It is asked by a keep-alive with the H bit, over an
// association that is opened for that: elements heed no other.
type Adopt struct {
	Pool wire.PoolHandle
	ID   wire.PEID
	// Claimed: it is ours already, and removed if it does not acknowledge. Else it
	// becomes ours when it does.
	Claimed bool
}

// Verify says that another registrar claims an element of ours: it is to be asked
// whether it still is. ElementVerified answers, or it is removed.
type Verify struct {
	Pool wire.PoolHandle
	ID   wire.PEID
}

func (Open) IsEvent()   {}
func (Adopt) IsEvent()  {}
func (Verify) IsEvent() {}

// ElementAdopted tells that an element has acknowledged this registrar as its home.
type ElementAdopted struct {
	Pool wire.PoolHandle
	ID   wire.PEID
}

// ElementVerified tells that an element that was to be asked is ours.
type ElementVerified struct {
	Pool wire.PoolHandle
	ID   wire.PEID
}

func (ElementAdopted) IsAction()  {}
func (ElementVerified) IsAction() {}

// maxAdoptionDials bounds how many associations are being opened at a time.
const maxAdoptionDials = 64

// adoptions are the elements that are to be adopted.
type adoptions struct {
	elements map[elementKey]*adoption
	waiting  []elementKey // for a dial
	dials    step.DialID  // the last one given out
	dialing  map[step.DialID]netip.AddrPort
	at       map[netip.AddrPort][]elementKey // by where the dial goes
	asked    map[step.AssocID][]*adoption    // over an association, while that is up
	expiry   time.Time                       // when the first one that is not claimed is given up, zero: never
}

// adoption is an element that is to be adopted.
type adoption struct {
	key      elementKey
	claimed  bool
	assoc    step.AssocID // over which it has been asked, 0: not yet
	deadline time.Time    // for the answer of one that is not claimed
}

func newAdoptions() adoptions {
	return adoptions{
		elements: make(map[elementKey]*adoption),
		dialing:  make(map[step.DialID]netip.AddrPort),
		at:       make(map[netip.AddrPort][]elementKey),
		asked:    make(map[step.AssocID][]*adoption),
	}
}

// adopt begins to ask an element.
func (r *Registrar) adopt(now time.Time, ev Adopt) {
	key := elementKey{ev.Pool, ev.ID}
	// One that is ours and does not acknowledge must not stay, whoever wants it asked.
	if e := r.hs.Find(ev.Pool, ev.ID); e != nil && r.orphaned(e) {
		ev.Claimed = true
	}
	if a := r.adoptions.elements[key]; a != nil && (a.assoc == 0 || now.Before(a.deadline)) {
		// It is under way, but perhaps for another reason.
		a.claimed = ev.Claimed
		if a.assoc != 0 {
			r.awaitAdoption(key, a)
		}
		return
	}
	if !ev.Claimed && len(r.adoptions.waiting) > r.hs.Len() {
		return // Most of those that wait are gone. It was only a suggestion.
	}
	r.adoptions.elements[key] = &adoption{key: key, claimed: ev.Claimed}
	r.adoptions.waiting = append(r.adoptions.waiting, key)
	r.dialAdoptions()
}

// dialAdoptions opens associations with elements that wait. Elements at one address
// share one.
func (r *Registrar) dialAdoptions() {
	a := &r.adoptions
	for len(a.waiting) > 0 && len(a.dialing) < maxAdoptionDials {
		key := a.waiting[0]
		a.waiting = a.waiting[1:]
		e := r.hs.Find(key.pool, key.id)
		if e == nil || a.elements[key] == nil || a.elements[key].claimed && !r.orphaned(e) {
			delete(a.elements, key)
			continue
		}
		t := e.DecodeASAPTransport()
		if t == nil || len(t.Addrs) == 0 {
			r.adoptionFailed(key)
			continue
		}
		addrs := t.AddrPorts()
		if a.at[addrs[0]] = append(a.at[addrs[0]], key); len(a.at[addrs[0]]) > 1 {
			continue
		}
		a.dials++
		a.dialing[a.dials] = addrs[0]
		r.do(step.Dial{Dial: a.dials, Addrs: addrs})
	}
}

// dialled returns the elements that a dial was for.
func (r *Registrar) dialled(dial step.DialID) []elementKey {
	a := &r.adoptions
	addr := a.dialing[dial]
	keys := a.at[addr]
	delete(a.dialing, dial)
	delete(a.at, addr)
	return keys
}

// askAdoption asks the elements at the other end of an association.
func (r *Registrar) askAdoption(now time.Time, dial step.DialID, assoc step.AssocID) {
	for _, key := range r.dialled(dial) {
		e, a := r.hs.Find(key.pool, key.id), r.adoptions.elements[key]
		if e == nil || a == nil || a.claimed && !r.orphaned(e) {
			// It is gone, or its former home has turned out to live.
			delete(r.adoptions.elements, key)
			continue
		}
		a.assoc = assoc
		r.adoptions.note(a)
		a.deadline = now.Add(r.config.KeepAliveTimeout)
		r.awaitAdoption(key, a)
		r.counts.KeepAlives++
		r.send(assoc, &asapmsg.EndpointKeepAlive{Home: true, ServerID: r.config.ID, PoolHandle: key.pool, PEID: key.id})
	}
	r.dialAdoptions()
}

// note notes that an element has been asked. Those that are not to be adopted any more make
// room before more memory is taken: the association may stay.
func (a *adoptions) note(asked *adoption) {
	list := a.asked[asked.assoc]
	if len(list) == cap(list) {
		list = slices.DeleteFunc(list, func(x *adoption) bool { return a.elements[x.key] != x })
		list = slices.Grow(list, len(list)+1)
	}
	a.asked[asked.assoc] = append(list, asked)
}

// awaitAdoption limits the time for the answer of an element that has been asked.
func (r *Registrar) awaitAdoption(key elementKey, a *adoption) {
	if e := r.hs.Find(key.pool, key.id); a.claimed && e != nil {
		r.hs.SetTimer(e, timerAck, a.deadline)
	} else {
		r.adoptions.expiry = step.Earlier(r.adoptions.expiry, a.deadline)
	}
}

func (r *Registrar) adoptionDialFailed(dial step.DialID) {
	for _, key := range r.dialled(dial) {
		r.adoptionFailed(key)
	}
	r.dialAdoptions()
}

// adoptionFailed gives an element up that cannot be asked.
func (r *Registrar) adoptionFailed(key elementKey) {
	a := r.adoptions.elements[key]
	delete(r.adoptions.elements, key)
	if e := r.hs.Find(key.pool, key.id); a != nil && a.claimed && e != nil && r.orphaned(e) {
		r.remove(e, RemovedKeepAlive)
	}
}

// orphaned reports whether an element is ours without having told us so itself.
func (r *Registrar) orphaned(e *handlespace.Element) bool {
	return e.HomeID() == r.config.ID && e.Association() == 0
}

// adopted makes an element ours that has acknowledged the question, and reports
// whether it was one.
func (r *Registrar) adopted(now time.Time, e *handlespace.Element, assoc step.AssocID) bool {
	a := r.adoptions.elements[keyOf(e)]
	if a == nil || a.assoc != assoc {
		return false
	}
	delete(r.adoptions.elements, keyOf(e))
	r.hs.Adopt(now, e, r.config.ID, handlespace.Association(assoc))
	r.do(ElementAdopted{Pool: e.PoolHandle(), ID: e.ID()})
	r.alive(now, e)
	return true
}

// expireAdoptions forgets those elements that are not ours and do not answer. Should
// one of them take us for its home later, it loses that at once.
func (r *Registrar) expireAdoptions(now time.Time) {
	all := &r.adoptions
	if all.expiry.IsZero() || now.Before(all.expiry) {
		return
	}
	all.expiry = time.Time{}
	var silent []step.AssocID
	for key, a := range all.elements {
		switch {
		case a.claimed || a.assoc == 0:
		case now.Before(a.deadline):
			all.expiry = step.Earlier(all.expiry, a.deadline)
		default:
			delete(all.elements, key)
			silent = append(silent, a.assoc)
		}
	}
	slices.Sort(silent)
	for _, assoc := range slices.Compact(silent) {
		r.hangUp(assoc)
	}
}

// hangUp ends an association over which an element that was to be adopted does not answer:
// if it takes us for its home after all, it is to seek one. The elements that are
// registered over the same association do not pay for that.
func (r *Registrar) hangUp(assoc step.AssocID) {
	for range r.hs.RegisteredOver(handlespace.Association(assoc)) {
		return
	}
	r.do(step.Abort{Assoc: assoc, Reason: string(RemovedKeepAlive)})
}

// adoptionsDown gives up what has been asked over an association that is down.
func (r *Registrar) adoptionsDown(assoc step.AssocID) {
	asked := r.adoptions.asked[assoc]
	delete(r.adoptions.asked, assoc)
	for _, a := range asked {
		if r.adoptions.elements[a.key] == a {
			r.adoptionFailed(a.key)
		}
	}
}
