package asapside

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
)

// maxAdoptionDials bounds the number of associations that are being opened at a time.
const maxAdoptionDials = 64

// adoption is an element that is to take this registrar for its home.
type adoption struct {
	key      elementKey
	ours     bool         // see Adopt.Ours
	assoc    step.AssocID // the association of the question, 0: not asked yet
	deadline time.Time    // for the answer, unless the element is ours
}

// isUnderWay reports whether the element is still to be asked, or has time to answer.
func (a *adoption) isUnderWay(now time.Time) bool {
	return a.assoc == 0 || now.Before(a.deadline)
}

// adoptionTable holds the adoptions, and the associations that are being opened for them. A list
// of adoptions may contain adoptions that have ended; see isPresent.
type adoptionTable struct {
	byElement map[elementKey]*adoption
	waiting   []*adoption // for a dial
	lastDial  step.DialID
	dialing   map[step.DialID]netip.AddrPort // the primary address of each dial
	at        map[netip.AddrPort][]*adoption // the elements at the address of a dial
	connected []question                     // to be asked, in the order of their associations
	asked     map[step.AssocID][]*adoption   // the questions of an association that is up
	due       []*adoption                    // that are asked, in the order of their deadlines
	failed    [][]*adoption                  // to be given up, list by list
}

// question is an association with the elements that are to be asked over it.
type question struct {
	assoc step.AssocID
	list  []*adoption
}

func newAdoptionTable() adoptionTable {
	return adoptionTable{
		byElement: make(map[elementKey]*adoption),
		dialing:   make(map[step.DialID]netip.AddrPort),
		at:        make(map[netip.AddrPort][]*adoption),
		asked:     make(map[step.AssocID][]*adoption),
	}
}

// isPresent reports whether an adoption has not ended, and no other has taken its place.
func (t *adoptionTable) isPresent(a *adoption) bool { return t.byElement[a.key] == a }

// hasWork reports whether elements wait, but neither for a dial nor for an answer.
func (t *adoptionTable) hasWork() bool {
	return len(t.waiting) > 0 && len(t.dialing) < maxAdoptionDials || len(t.connected)+len(t.failed) > 0
}

// add adds an adoption, which waits for a dial.
func (t *adoptionTable) add(key elementKey, ours bool) {
	a := &adoption{key: key, ours: ours}
	t.byElement[key] = a
	t.waiting = append(t.waiting, a)
}

// remove ends the adoption of an element.
func (t *adoptionTable) remove(key elementKey) { delete(t.byElement, key) }

// noteChange ends the adoption of an element of ours that is gone: no timer of the element
// does so any more. An element that is not asked yet is left out when its turn comes.
func (t *adoptionTable) noteChange(c handlespace.Change) {
	if len(t.byElement) == 0 || c.Kind != handlespace.Removed {
		return
	}
	if a := t.byElement[keyOf(c.Element)]; a != nil && a.ours && a.assoc != 0 {
		delete(t.byElement, a.key)
	}
}

// takeWaiting takes the next element to be dialled, nil if no element waits, or if too many
// dials are under way.
func (t *adoptionTable) takeWaiting() *adoption {
	if len(t.waiting) == 0 || len(t.dialing) >= maxAdoptionDials {
		return nil
	}
	a := t.waiting[0]
	if t.waiting = t.waiting[1:]; len(t.waiting) == 0 {
		t.waiting = nil
	}
	return a
}

// addDial notes an element that is to be asked at an address, and returns the dial to start.
// The dial is 0 if an association with the address is being opened already.
func (t *adoptionTable) addDial(a *adoption, addr netip.AddrPort) step.DialID {
	t.at[addr] = append(t.at[addr], a)
	if len(t.at[addr]) > 1 {
		return 0
	}
	t.lastDial++
	t.dialing[t.lastDial] = addr
	return t.lastDial
}

// takeDial ends a dial and returns its elements.
func (t *adoptionTable) takeDial(dial step.DialID) []*adoption {
	addr := t.dialing[dial]
	list := t.at[addr]
	delete(t.dialing, dial)
	delete(t.at, addr)
	return list
}

// connect notes that a dial has led to an association, over which its elements are to be asked.
func (t *adoptionTable) connect(dial step.DialID, assoc step.AssocID) {
	if list := t.takeDial(dial); len(list) > 0 {
		t.connected = append(t.connected, question{assoc, list})
	}
}

// takeConnected returns the next element to be asked and its association, nil if there is none.
func (t *adoptionTable) takeConnected() (*adoption, step.AssocID) {
	if len(t.connected) == 0 {
		t.connected = nil
		return nil, 0
	}
	q := &t.connected[0]
	a, assoc := q.list[0], q.assoc
	if q.list = q.list[1:]; len(q.list) == 0 {
		t.connected = t.connected[1:]
	}
	return a, assoc
}

// fail notes elements that cannot be asked, or have not answered.
func (t *adoptionTable) fail(list []*adoption) {
	if len(list) > 0 {
		t.failed = append(t.failed, list)
	}
}

// takeFailed returns the next element to be given up, nil if there is none.
func (t *adoptionTable) takeFailed() *adoption {
	if len(t.failed) == 0 {
		t.failed = nil
		return nil
	}
	a := t.failed[0][0]
	if t.failed[0] = t.failed[0][1:]; len(t.failed[0]) == 0 {
		t.failed = t.failed[1:]
	}
	return a
}

// noteAsked notes a question over an association. Entries of ended adoptions are dropped
// before the list takes more memory, since the association may stay up.
func (t *adoptionTable) noteAsked(a *adoption) {
	list := t.asked[a.assoc]
	if len(list) == cap(list) {
		list = slices.DeleteFunc(list, func(x *adoption) bool { return !t.isPresent(x) })
		list = slices.Grow(list, len(list)+1)
	}
	t.asked[a.assoc] = append(list, a)
	t.due = append(t.due, a)
}

// disconnect gives up the unanswered questions of an association that is down.
func (t *adoptionTable) disconnect(assoc step.AssocID) {
	t.fail(t.asked[assoc])
	delete(t.asked, assoc)
}

// takeOverdue takes the next element whose time to answer is over, nil if there is none. Ended
// adoptions in front of it are dropped.
func (t *adoptionTable) takeOverdue(now time.Time) *adoption {
	for len(t.due) > 0 {
		a := t.due[0]
		if t.isPresent(a) && now.Before(a.deadline) {
			return nil
		}
		t.due = t.due[1:]
		if t.isPresent(a) {
			return a
		}
	}
	t.due = nil
	return nil
}

// deadline returns the time at which an adoption may be overdue, zero without adoptions.
func (t *adoptionTable) deadline() time.Time {
	if len(t.due) == 0 {
		return time.Time{}
	}
	return t.due[0].deadline
}
