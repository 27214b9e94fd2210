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

// adoptionTable holds the adoptions, and the associations that are being opened for them.
type adoptionTable struct {
	byElement map[elementKey]*adoption
	waiting   []elementKey // for a dial
	lastDial  step.DialID
	dialing   map[step.DialID]netip.AddrPort  // the primary address of each dial
	at        map[netip.AddrPort][]elementKey // the elements at the address of a dial
	asked     map[step.AssocID][]*adoption    // the questions of an association that is up
	expiry    time.Time                       // the first deadline of an element that is not ours, zero: none
}

func newAdoptionTable() adoptionTable {
	return adoptionTable{
		byElement: make(map[elementKey]*adoption),
		dialing:   make(map[step.DialID]netip.AddrPort),
		at:        make(map[netip.AddrPort][]elementKey),
		asked:     make(map[step.AssocID][]*adoption),
	}
}

// add adds an adoption, which waits for a dial.
func (t *adoptionTable) add(key elementKey, ours bool) {
	t.byElement[key] = &adoption{key: key, ours: ours}
	t.waiting = append(t.waiting, key)
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

// takeWaiting takes the next element to be dialled. There is none if too many dials are
// under way.
func (t *adoptionTable) takeWaiting() (key elementKey, ok bool) {
	if len(t.waiting) == 0 || len(t.dialing) >= maxAdoptionDials {
		return elementKey{}, false
	}
	key = t.waiting[0]
	t.waiting = t.waiting[1:]
	return key, true
}

// addDial notes an element that is to be asked at an address, and returns the dial to start.
// The dial is 0 if an association with the address is being opened already.
func (t *adoptionTable) addDial(key elementKey, addr netip.AddrPort) step.DialID {
	t.at[addr] = append(t.at[addr], key)
	if len(t.at[addr]) > 1 {
		return 0
	}
	t.lastDial++
	t.dialing[t.lastDial] = addr
	return t.lastDial
}

// takeDial ends a dial and returns its elements.
func (t *adoptionTable) takeDial(dial step.DialID) []elementKey {
	addr := t.dialing[dial]
	keys := t.at[addr]
	delete(t.dialing, dial)
	delete(t.at, addr)
	return keys
}

// noteAsked notes a question over an association. Entries of ended adoptions are dropped
// before the list takes more memory, since the association may stay up.
func (t *adoptionTable) noteAsked(a *adoption) {
	list := t.asked[a.assoc]
	if len(list) == cap(list) {
		list = slices.DeleteFunc(list, func(x *adoption) bool { return t.byElement[x.key] != x })
		list = slices.Grow(list, len(list)+1)
	}
	t.asked[a.assoc] = append(list, a)
}

// takeAsked returns the unanswered questions of an association that is down.
func (t *adoptionTable) takeAsked(assoc step.AssocID) []elementKey {
	var keys []elementKey
	for _, a := range t.asked[assoc] {
		if t.byElement[a.key] == a {
			keys = append(keys, a.key)
		}
	}
	delete(t.asked, assoc)
	return keys
}

// takeOverdue ends the adoptions of elements that are not ours and have not acknowledged in
// time. It returns the associations of their questions in order.
func (t *adoptionTable) takeOverdue(now time.Time) []step.AssocID {
	if t.expiry.IsZero() || now.Before(t.expiry) {
		return nil
	}
	t.expiry = time.Time{}
	var silent []step.AssocID
	for key, a := range t.byElement {
		switch {
		case a.ours || a.assoc == 0:
		case now.Before(a.deadline):
			t.expiry = step.Earlier(t.expiry, a.deadline)
		default:
			delete(t.byElement, key)
			silent = append(silent, a.assoc)
		}
	}
	slices.Sort(silent)
	return slices.Compact(silent)
}

// deadline returns the time at which an adoption may be overdue, zero without adoptions.
func (t *adoptionTable) deadline() time.Time { return t.expiry }
