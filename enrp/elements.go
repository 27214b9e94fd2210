package enrp

import (
	"math"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
)

// timerExpiry is the timer of elements that are not registered with us: their registration
// life is over. The registrar's ASAP side removes them.
const timerExpiry handlespace.TimerCode = 3

// elements changes the handlespace on behalf of peers. Peers are not told of such changes.
type elements struct {
	own   *registrar
	out   *outbox
	peers *peers

	isApplying bool // a change is being made
}

// apply makes a change.
func (s *elements) apply(change func()) {
	s.isApplying = true
	change()
	s.isApplying = false
}

// enter enters an element whose home is another registrar. It returns nil if the home is
// missing or ours, or if the element contradicts its pool.
func (s *elements) enter(now time.Time, pool wire.PoolHandle, pe *wire.PoolElement, rtt time.Duration) *handlespace.Element {
	if pe.HomeID == 0 || pe.HomeID == s.own.id() || pe.ASAPTransport == nil || len(pool) > wire.MaxPoolHandleLen {
		return nil
	}
	if pe.Policy.Type.Fields()&wire.FieldDistance != 0 {
		pe = s.addDistance(pe, rtt)
	}
	e := s.register(now, pool, pe)
	if e == nil {
		return nil // The audit tries again if the contradiction stays.
	}
	s.own.hs.StopTimer(e)
	s.renewExpiry(now, e)
	// An unknown home that is never heard is dead. Then a takeover gives the element
	// another home.
	s.peers.findOrAdd(now, pe.HomeID, nil)
	return e
}

// addDistance returns a copy of an element with the distance of a peer added to the element's,
// half the round-trip time.
func (s *elements) addDistance(pe *wire.PoolElement, rtt time.Duration) *wire.PoolElement {
	further := *pe
	distance := uint32((rtt / 2).Round(s.own.config.DistanceStep).Milliseconds())
	further.Policy.Distance += min(distance, math.MaxUint32-further.Policy.Distance)
	return &further
}

// register registers an element without an association. It returns nil if the handlespace
// refuses the element.
func (s *elements) register(now time.Time, pool wire.PoolHandle, pe *wire.PoolElement) (e *handlespace.Element) {
	s.apply(func() { e, _, _ = s.own.hs.Register(now, pool, pe, 0) })
	return e
}

// reclaim enters an element that was ours before this registrar restarted with the same
// identifier, and asks the element to register.
func (s *elements) reclaim(now time.Time, pool wire.PoolHandle, pe *wire.PoolElement) {
	if pe.ASAPTransport == nil || s.own.hs.Find(pool, pe.ID) != nil {
		return
	}
	if e := s.register(now, pool, pe); e != nil {
		s.renewExpiry(now, e)
		s.out.add(Adopt{Pool: e.PoolHandle(), ID: e.ID(), Ours: true})
	}
}

// remove removes an element of a peer.
func (s *elements) remove(e *handlespace.Element) {
	s.apply(func() { s.own.hs.Remove(e) })
}

// purge removes the elements of a peer that are still marked, and returns their number.
func (s *elements) purge(home wire.ServerID) (n int) {
	s.apply(func() { n = s.own.hs.PurgeMarked(home) })
	return n
}

// takeOver changes the home of all elements of a dead registrar, and returns the elements.
func (s *elements) takeOver(now time.Time, from, to wire.ServerID) []*handlespace.Element {
	var taken []*handlespace.Element
	s.apply(func() {
		for e := range s.own.hs.OwnedBy(from) {
			s.own.hs.SetOwner(e, to)
			s.renewExpiry(now, e)
			taken = append(taken, e)
		}
	})
	return taken
}

// renewExpiry keeps an element that is not registered with us for one and a half
// registration lives, because its home does not announce every renewal. The home itself
// detects a dead element earlier.
func (s *elements) renewExpiry(now time.Time, e *handlespace.Element) {
	if life := e.RegistrationLife(); life > 0 {
		s.own.hs.SetTimer(e, timerExpiry, now.Add(life+life/2))
	}
}
