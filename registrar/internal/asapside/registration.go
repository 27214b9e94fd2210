package asapside

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// handleRegistration enters an element, or renews its entry (RFC 5352, 3.1).
func (r *Registrar) handleRegistration(now time.Time, ev received, m *asapmsg.Registration) {
	if e := r.hs.Find(m.PoolHandle, m.PoolElement.ID); e != nil && r.canReplace(e, ev.Assoc) {
		if r.isHeld(e, ev.Assoc) {
			r.startContest(now, e, ev, m)
			return
		}
		r.contests.withdraw(keyOf(e), step.AssocID(e.Association()), ev.Assoc)
	}
	r.answerRegistration(ev.Assoc, m, r.tryRegister(now, ev, m))
}

// answerRegistration answers a registration, which is accepted without causes.
func (r *Registrar) answerRegistration(assoc step.AssocID, m *asapmsg.Registration, causes []wire.ErrorCause) {
	for i := range causes {
		if len(causes[i].Info) > maxEcho {
			causes[i].Info = nil // The response might be too long to be sent.
		}
	}
	r.send(assoc, &asapmsg.RegistrationResponse{
		Reject:     len(causes) > 0,
		PoolHandle: m.PoolHandle,
		PEID:       m.PoolElement.ID,
		Causes:     causes,
	})
}

// maxEcho bounds the part of a request that its answer repeats: the pool handle, or the
// information of an error cause. An answer with both fits a message.
const maxEcho = 16 << 10

// tryRegister registers an element, and returns the causes if it is refused.
func (r *Registrar) tryRegister(now time.Time, ev received, m *asapmsg.Registration) []wire.ErrorCause {
	var before step.AssocID
	if old := r.hs.Find(m.PoolHandle, m.PoolElement.ID); old != nil {
		if !r.canReplace(old, ev.Assoc) {
			return causes(wire.CauseNonUniquePEID, nil)
		}
		before = step.AssocID(old.Association())
	}
	if !r.hasRoom(ev.Assoc, before) {
		r.counts.RefusedRegistrations++
		return causes(wire.CauseLackOfResources, nil)
	}
	pe := r.newElement(ev, m)
	if len(pe.UserTransport.Addrs) == 0 {
		return causes(wire.CauseInvalidValues, encode(&m.PoolElement.UserTransport))
	}
	e, created, err := r.hs.Register(now, m.PoolHandle, &pe, handlespace.Association(ev.Assoc))
	if refused, ok := errors.AsType[*handlespace.Error](err); ok {
		if refused.Cause.Code == wire.CauseLackOfResources {
			r.counts.RefusedRegistrations++
		}
		return []wire.ErrorCause{refused.Cause}
	}
	if created {
		r.do(ElementRegistered{Pool: m.PoolHandle, ID: pe.ID, Assoc: ev.Assoc})
	} else {
		r.counts.Reregistrations++
	}
	if before != ev.Assoc && r.peers.isUp(before) {
		r.do(ElementMoved{Pool: m.PoolHandle, ID: pe.ID, From: before, To: ev.Assoc})
	}
	r.counts.Registrations++
	r.supervision.noteLife(now, e)
	return nil
}

// hasRoom reports whether another element may register over an association, whose present
// association is before, 0 if it has none. It reports the first refusal of an association.
func (r *Registrar) hasRoom(assoc, before step.AssocID) bool {
	if assoc == before {
		return true
	}
	p, limit := r.peers.find(assoc), Limit("")
	switch {
	case isReached(r.config.MaxElementsPerAssociation, p.elements):
		limit = LimitAssociation
	case isReached(r.config.MaxElementsPerHost, p.at.elements) && !(r.peers.isUp(before) && r.peers.find(before).at == p.at):
		limit = LimitHost
	default:
		return true
	}
	if !p.isLimitReached {
		p.isLimitReached = true
		r.do(LimitReached{Assoc: assoc, Host: p.at.addr, Limit: limit})
	}
	return false
}

// isReached reports whether a number has reached a limit; 0: no limit.
func isReached(limit, n int) bool { return limit > 0 && n >= limit }

// newElement returns the entry for a registration: a copy, since the message does not belong
// to the registrar. It has no user addresses if none is usable.
func (r *Registrar) newElement(ev received, m *asapmsg.Registration) wire.PoolElement {
	p := r.peers.find(ev.Assoc)
	pe := m.PoolElement
	pe.HomeID = r.config.ID
	pe.UserTransport.Addrs = r.userAddrs(p, pe.UserTransport.Addrs)
	if len(pe.UserTransport.Addrs) == 0 {
		return pe
	}
	reached := r.config.MinScope.Filter(r.peers.hostAddrs(p), p.local)
	pe.ASAPTransport = &wire.Transport{
		Protocol: wire.SCTP,
		Port:     p.addrs[0].Port(),
		Addrs:    reached[:min(len(reached), handlespace.MaxAddrs)], // A host may have more.
	}
	if pe.Policy.Type.Fields()&wire.FieldDistance != 0 {
		pe.Policy.Distance = distance(ev.RTT, r.config.DistanceStep)
	}
	return pe
}

// canReplace reports whether an association may replace or remove an element. The element's
// own association may, and so may an association of the same host: its program has
// restarted, or has lost its association or its registrar. Other hosts have picked an
// identifier that is in use (RFC 5354, 3.12.5; ADR 0008, E5). While the element's own association
// is up, another endpoint of its host has to wait for a contest.
func (r *Registrar) canReplace(e *handlespace.Element, assoc step.AssocID) bool {
	if e.Association() == handlespace.Association(assoc) {
		return true
	}
	var theirs []netip.Addr
	if old := r.peers.find(step.AssocID(e.Association())); old != nil {
		theirs = hosts(old.addrs)
	} else if t := e.DecodeASAPTransport(); t != nil {
		theirs = t.Addrs
	} else {
		theirs = e.DecodeUserTransport().Addrs
	}
	mine := r.peers.provenAddrs(r.peers.find(assoc))
	return slices.ContainsFunc(theirs, func(a netip.Addr) bool { return slices.Contains(mine, a) })
}

// userAddrs returns the usable addresses of an element. They must be addresses of its host,
// as the association shows (RFC 5352, 2.2.1), since all others could belong to anybody; all
// others are left out without a warning (ADR 0008, E6). A
// loopback address is left out beside a wider address: a user on another host would look for
// the element on its own host.
func (r *Registrar) userAddrs(p *peer, addrs []netip.Addr) []netip.Addr {
	theirs := r.peers.hostAddrs(p)
	usable := slices.DeleteFunc(r.config.MinScope.Filter(addrs, p.local), func(a netip.Addr) bool {
		return !slices.Contains(theirs, a)
	})
	if wider := slices.DeleteFunc(slices.Clone(usable), netip.Addr.IsLoopback); len(wider) > 0 {
		return wider
	}
	return usable
}

// distance returns the delay in a single direction in milliseconds, as the policies by
// distance count it, rounded to a multiple of unit.
func distance(rtt, unit time.Duration) uint32 {
	return uint32((rtt / 2).Round(unit).Milliseconds())
}

// encode returns a transport as the information of a cause.
func encode(t *wire.Transport) []byte {
	b, err := t.AppendBinary(nil)
	if err != nil {
		return nil // The transport has been decoded, so this does not happen.
	}
	return b
}
