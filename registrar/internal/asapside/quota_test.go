package asapside

import (
	"net/netip"
	"testing"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// quotaBed is a registrar with limits, for registrations over several associations.
type quotaBed struct {
	*Registrar
	t  *testing.T
	hs *handlespace.Handlespace
}

// up opens an association from a host, whose last octet is given.
func (b *quotaBed) up(assoc step.AssocID, host byte) {
	b.Step(steptest.Begin, step.Up{Assoc: assoc, Peer: []netip.AddrPort{netip.AddrPortFrom(hostOf(host), 2000)}})
}

func hostOf(host byte) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, host}) }

// register registers an element, and reports whether it is accepted. It returns the reported limits.
func (b *quotaBed) register(assoc step.AssocID, host byte, id wire.PEID) (accepted bool, reports []LimitReached) {
	b.t.Helper()
	for _, a := range b.Step(steptest.Begin, received{Assoc: assoc, Message: registration("p", id, netip.AddrPortFrom(hostOf(host), 2000))}) {
		switch a := a.(type) {
		case LimitReached:
			reports = append(reports, a)
		case step.Send:
			answer := a.Message.(*asapmsg.RegistrationResponse)
			accepted = !answer.Reject
			if answer.Reject && (len(answer.Causes) != 1 || answer.Causes[0].Code != wire.CauseLackOfResources) {
				b.t.Errorf("element %v is refused because of %v", id, answer.Causes)
			}
		}
	}
	return accepted, reports
}

// expect registers an element and checks the outcome. limit is the limit that is reported, or "".
func (b *quotaBed) expect(assoc step.AssocID, host byte, id wire.PEID, want bool, limit Limit) {
	b.t.Helper()
	accepted, reports := b.register(assoc, host, id)
	if accepted != want {
		b.t.Errorf("element %v over association %d: accepted %v", id, assoc, accepted)
	}
	if (len(reports) == 1) != (limit != "") || limit != "" && reports[0] != (LimitReached{assoc, hostOf(host), limit}) {
		b.t.Errorf("element %v over association %d: reports %+v, want %q", id, assoc, reports, limit)
	}
}

func newQuotaBed(t *testing.T, perAssociation, perHost int) *quotaBed {
	r, hs := newRegistrarOf(Config{ID: ownID, MaxElementsPerAssociation: perAssociation, MaxElementsPerHost: perHost}, handlespace.Config{})
	return &quotaBed{r, t, hs}
}

// An association has at most its number of elements. Renewals are not refused, and a removal makes
// room.
func TestElementsPerAssociation(t *testing.T) {
	t.Parallel()
	b := newQuotaBed(t, 2, 0)
	b.up(1, 1)
	b.up(2, 1)
	b.expect(1, 1, 1, true, "")
	b.expect(1, 1, 2, true, "")
	b.expect(1, 1, 3, false, LimitAssociation)
	b.expect(1, 1, 3, false, "")
	b.expect(1, 1, 2, true, "")
	b.expect(2, 1, 3, true, "")
	b.expect(1, 1, 3, false, "") // It would move here.
	b.Step(steptest.Begin, received{Assoc: 1, Message: &asapmsg.Deregistration{PoolHandle: "p", PEID: 1}})
	b.expect(1, 1, 3, true, "")
	if b.hs.Len() != 2 || b.Counts().RefusedRegistrations != 3 {
		t.Errorf("%d elements, %+v", b.hs.Len(), b.Counts())
	}
}

// A host has at most its number of elements over all associations. An element that moves to another
// association of its host is not refused, and other hosts are not concerned.
func TestElementsPerHost(t *testing.T) {
	t.Parallel()
	b := newQuotaBed(t, 0, 3)
	b.up(1, 1)
	b.up(2, 1)
	b.up(3, 2)
	b.expect(1, 1, 1, true, "")
	b.expect(1, 1, 2, true, "")
	b.expect(2, 1, 3, true, "")
	b.expect(1, 1, 4, false, LimitHost)
	b.expect(2, 1, 4, false, LimitHost)
	b.expect(2, 1, 1, true, "")
	b.expect(3, 2, 4, true, "")
	b.Step(steptest.Begin, step.Down{Assoc: 2})
	b.expect(1, 1, 5, true, "")
	if b.hs.Len() != 3 {
		t.Errorf("%d elements", b.hs.Len())
	}
}

// The elements of an association that is down do not count, though they are removed later: a
// program that restarts with other identifiers finds room.
func TestRestartFindsRoom(t *testing.T) {
	t.Parallel()
	const n = manyElements
	b := newQuotaBed(t, 0, n)
	b.up(1, 1)
	b.up(3, 1) // Of a pool user on the host.
	for id := range wire.PEID(n) {
		b.expect(1, 1, id+1, true, "")
	}
	b.Step(steptest.Begin, step.Down{Assoc: 1})
	b.up(2, 1)
	for id := range wire.PEID(n) {
		b.expect(2, 1, n+id+1, true, "")
	}
	b.expect(2, 1, 3*n, false, LimitHost)
	drain(t, b.Registrar, steptest.Begin, 128)
	if b.hs.Len() != n {
		t.Errorf("%d elements", b.hs.Len())
	}
}
