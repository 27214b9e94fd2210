package enrp

import (
	"errors"
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
	own       *registrar
	out       *outbox
	transfers *transfers
	peers     *peers

	isApplying bool // a change is being made
}

// apply makes a change.
func (d *editor) apply(change func()) {
	d.isApplying = true
	change()
	d.isApplying = false
}

// errInvalid is the refusal of an element that no registrar may tell of.
var errInvalid = errors.New("the home or the ASAP transport is missing, or the pool handle is too long")

// errTooMany is the refusal of an element beyond [Config.MaxElementsPerPeer] (ADR 0008, R13).
var errTooMany error = &handlespace.Error{
	Cause: wire.ErrorCause{Code: wire.CauseLackOfResources},
	Err:   errors.New("no room for more pool elements of the registrar"),
}

// isLackOfResources reports whether an element is refused for lack of resources.
func isLackOfResources(err error) bool {
	refusal, ok := errors.AsType[*handlespace.Error](err)
	return ok && refusal.Cause.Code == wire.CauseLackOfResources
}

// enter enters an element whose home is another registrar. It fails if the home is missing or
// ours, if the element contradicts its pool, and for lack of resources.
func (d *editor) enter(now time.Time, pool wire.PoolHandle, pe *wire.PoolElement, rtt time.Duration) (*handlespace.Element, error) {
	if pe.HomeID == 0 || pe.HomeID == d.own.id() || pe.ASAPTransport == nil || len(pool) > wire.MaxPoolHandleLen {
		return nil, errInvalid
	}
	if !d.hasRoom(pool, pe) {
		return nil, errTooMany
	}
	if pe.Policy.Type.Fields()&wire.FieldDistance != 0 {
		pe = d.addDistance(pe, rtt)
	}
	e, err := d.register(now, pool, pe)
	if err != nil {
		return nil, err // The audit tries again if a contradiction stays.
	}
	d.own.hs.StopTimer(e)
	d.renewExpiry(now, e)
	// An unknown home that is never heard is dead. Then a takeover gives the element
	// another home.
	d.peers.findOrAdd(now, pe.HomeID, nil)
	return e, nil
}

// hasRoom reports whether the home of an element may have the element, which it may have already.
func (d *editor) hasRoom(pool wire.PoolHandle, pe *wire.PoolElement) bool {
	if d.transfers.owned(pe.HomeID) < d.own.config.MaxElementsPerPeer {
		return true
	}
	e := d.own.hs.Find(pool, pe.ID)
	return e != nil && d.transfers.home(e) == pe.HomeID
}

// excessInterval is the minimum time between two reports of refused elements, for each sender.
const excessInterval = time.Minute

// reportExcess reports that an element of a peer is refused for lack of resources.
func (d *editor) reportExcess(now time.Time, p *peer, reason error) {
	if p.excessReported.IsZero() || now.Sub(p.excessReported) >= excessInterval {
		p.excessReported = now
		d.out.add(ElementsRefused{ID: p.id, Reason: reason})
	}
}

// addDistance returns a copy of an element with the distance of a peer added to the element's,
// half the round-trip time.
func (d *editor) addDistance(pe *wire.PoolElement, rtt time.Duration) *wire.PoolElement {
	further := *pe
	distance := uint32((rtt / 2).Round(d.own.config.DistanceStep).Milliseconds())
	further.Policy.Distance += min(distance, math.MaxUint32-further.Policy.Distance)
	return &further
}

// register registers an element without an association.
func (d *editor) register(now time.Time, pool wire.PoolHandle, pe *wire.PoolElement) (e *handlespace.Element, err error) {
	d.apply(func() { e, _, err = d.own.hs.Register(now, pool, pe, 0) })
	return e, err
}

// reclaim enters an element that was ours before this registrar restarted with the same
// identifier, and asks the element to register.
func (d *editor) reclaim(now time.Time, pool wire.PoolHandle, pe *wire.PoolElement) {
	if pe.ASAPTransport == nil || d.own.hs.Find(pool, pe.ID) != nil {
		return
	}
	if e, err := d.register(now, pool, pe); err == nil {
		d.renewExpiry(now, e)
		d.out.add(Adopt{Pool: e.PoolHandle(), ID: e.ID(), Ours: true})
	}
}

// remove removes an element of a peer.
func (d *editor) remove(e *handlespace.Element) {
	d.apply(func() { d.own.hs.Remove(e) })
}

// move changes the homes of a slice of the elements of registrars that are gone. Elements that
// become ours are to be adopted.
func (d *editor) move(now time.Time) {
	for range d.own.config.Slice {
		e, to := d.transfers.next()
		if e == nil {
			return
		}
		d.apply(func() { d.own.hs.SetOwner(e, to) })
		d.renewExpiry(now, e)
		if to == d.own.id() {
			d.out.add(Adopt{Pool: e.PoolHandle(), ID: e.ID(), Ours: true})
			d.own.counts.ElementsTakenOver++
		}
	}
}

// renewExpiry keeps an element that is not registered with us for one and a half
// registration lives, because its home does not announce every renewal. The home itself
// detects a dead element earlier.
func (d *editor) renewExpiry(now time.Time, e *handlespace.Element) {
	if life := e.RegistrationLife(); life > 0 {
		d.own.hs.SetTimer(e, timerExpiry, now.Add(life+life/2))
	}
}
