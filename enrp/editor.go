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

// editor changes the handlespace on behalf of peers. Peers are not told of such changes.
type editor struct {
	own   *registrar
	out   *outbox
	peers *peers

	isApplying bool // a change is being made
}

// apply makes a change.
func (d *editor) apply(change func()) {
	d.isApplying = true
	change()
	d.isApplying = false
}

// enter enters an element whose home is another registrar. It returns nil if the home is
// missing or ours, or if the element contradicts its pool.
func (d *editor) enter(now time.Time, pool wire.PoolHandle, pe *wire.PoolElement, rtt time.Duration) *handlespace.Element {
	if pe.HomeID == 0 || pe.HomeID == d.own.id() || pe.ASAPTransport == nil || len(pool) > wire.MaxPoolHandleLen {
		return nil
	}
	if pe.Policy.Type.Fields()&wire.FieldDistance != 0 {
		pe = d.addDistance(pe, rtt)
	}
	e := d.register(now, pool, pe)
	if e == nil {
		return nil // The audit tries again if the contradiction stays.
	}
	d.own.hs.StopTimer(e)
	d.renewExpiry(now, e)
	// An unknown home that is never heard is dead. Then a takeover gives the element
	// another home.
	d.peers.findOrAdd(now, pe.HomeID, nil)
	return e
}

// addDistance returns a copy of an element with the distance of a peer added to the element's,
// half the round-trip time.
func (d *editor) addDistance(pe *wire.PoolElement, rtt time.Duration) *wire.PoolElement {
	further := *pe
	distance := uint32((rtt / 2).Round(d.own.config.DistanceStep).Milliseconds())
	further.Policy.Distance += min(distance, math.MaxUint32-further.Policy.Distance)
	return &further
}

// register registers an element without an association. It returns nil if the handlespace
// refuses the element.
func (d *editor) register(now time.Time, pool wire.PoolHandle, pe *wire.PoolElement) (e *handlespace.Element) {
	d.apply(func() { e, _, _ = d.own.hs.Register(now, pool, pe, 0) })
	return e
}

// reclaim enters an element that was ours before this registrar restarted with the same
// identifier, and asks the element to register.
func (d *editor) reclaim(now time.Time, pool wire.PoolHandle, pe *wire.PoolElement) {
	if pe.ASAPTransport == nil || d.own.hs.Find(pool, pe.ID) != nil {
		return
	}
	if e := d.register(now, pool, pe); e != nil {
		d.renewExpiry(now, e)
		d.out.add(Adopt{Pool: e.PoolHandle(), ID: e.ID(), Ours: true})
	}
}

// remove removes an element of a peer.
func (d *editor) remove(e *handlespace.Element) {
	d.apply(func() { d.own.hs.Remove(e) })
}

// purge removes the elements of a peer that are still marked, and returns their number.
func (d *editor) purge(home wire.ServerID) (n int) {
	d.apply(func() { n = d.own.hs.PurgeMarked(home) })
	return n
}

// takeOver changes the home of all elements of a dead registrar, and returns the elements.
func (d *editor) takeOver(now time.Time, from, to wire.ServerID) []*handlespace.Element {
	var taken []*handlespace.Element
	d.apply(func() {
		for e := range d.own.hs.OwnedBy(from) {
			d.own.hs.SetOwner(e, to)
			d.renewExpiry(now, e)
			taken = append(taken, e)
		}
	})
	return taken
}

// renewExpiry keeps an element that is not registered with us for one and a half
// registration lives, because its home does not announce every renewal. The home itself
// detects a dead element earlier.
func (d *editor) renewExpiry(now time.Time, e *handlespace.Element) {
	if life := e.RegistrationLife(); life > 0 {
		d.own.hs.SetTimer(e, timerExpiry, now.Add(life+life/2))
	}
}
