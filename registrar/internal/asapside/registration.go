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

// register enters an element, or renews its entry (RFC 5352, 3.1).
func (r *Registrar) register(now time.Time, assoc step.AssocID, m *asapmsg.Registration, rtt time.Duration) {
	causes := r.tryRegister(now, assoc, m, rtt)
	for i := range causes {
		if len(causes[i].Info) > maxEcho {
			causes[i].Info = nil // With it the response might be too long to be sent.
		}
	}
	r.send(assoc, &asapmsg.RegistrationResponse{
		Reject:     len(causes) > 0,
		PoolHandle: m.PoolHandle,
		PEID:       m.PoolElement.ID,
		Causes:     causes,
	})
}

func (r *Registrar) tryRegister(now time.Time, assoc step.AssocID, m *asapmsg.Registration, rtt time.Duration) []wire.ErrorCause {
	pe := m.PoolElement // Not the message: that is not ours to change.
	var before step.AssocID
	if old := r.hs.Find(m.PoolHandle, pe.ID); old != nil {
		if !r.mayReplace(old, assoc) {
			return causes(wire.CauseNonUniquePEID, nil)
		}
		before = step.AssocID(old.Association())
	}
	p := r.peers[assoc]
	pe.HomeID = r.config.ID
	pe.UserTransport.Addrs = r.userAddrs(p, pe.UserTransport.Addrs)
	if len(pe.UserTransport.Addrs) == 0 {
		return causes(wire.CauseInvalidValues, encoded(&m.PoolElement.UserTransport))
	}
	reached := r.config.MinScope.Filter(r.hostAddrs(p), p.local)
	pe.ASAPTransport = &wire.Transport{
		Protocol: wire.SCTP,
		Port:     p.addrs[0].Port(),
		Addrs:    reached[:min(len(reached), handlespace.MaxAddrs)], // A host may have more.
	}
	if pe.Policy.Type.Fields()&wire.FieldDistance != 0 {
		pe.Policy.Distance = distance(rtt, r.config.DistanceStep)
	}
	e, created, err := r.hs.Register(now, m.PoolHandle, &pe, handlespace.Association(assoc))
	if refused, ok := errors.AsType[*handlespace.Error](err); ok {
		return []wire.ErrorCause{refused.Cause}
	}
	if created {
		r.do(ElementRegistered{Pool: m.PoolHandle, ID: pe.ID, Assoc: assoc})
	} else {
		r.counts.Reregistrations++
	}
	if before != assoc && r.peers[before] != nil {
		r.do(ElementMoved{Pool: m.PoolHandle, ID: pe.ID, From: before, To: assoc})
	}
	r.counts.Registrations++
	r.alive(now, e)
	return nil
}

// mayReplace reports whether an association may replace or remove an element: its
// own, or one of the same host, which has restarted, or lost its association or its
// registrar. Others have picked an identifier that is in use (RFC 5354, 3.12.5).
func (r *Registrar) mayReplace(e *handlespace.Element, assoc step.AssocID) bool {
	if e.Association() == handlespace.Association(assoc) {
		return true
	}
	var theirs []netip.Addr
	if old, up := r.peers[step.AssocID(e.Association())]; up {
		theirs = hosts(old.addrs)
	} else if t := e.DecodeASAPTransport(); t != nil {
		theirs = t.Addrs
	} else {
		theirs = e.DecodeUserTransport().Addrs
	}
	mine := r.hostAddrs(r.peers[assoc])
	return slices.ContainsFunc(theirs, func(a netip.Addr) bool { return slices.Contains(mine, a) })
}

// userAddrs returns those of an element's addresses that are usable and are
// addresses of its host, as the association shows (RFC 5352, 2.2.1). Others could be
// anybody's. Loopback is left out if there are others: users on other hosts would
// look for the element at home.
func (r *Registrar) userAddrs(p *peer, addrs []netip.Addr) []netip.Addr {
	theirs := r.hostAddrs(p)
	usable := slices.DeleteFunc(r.config.MinScope.Filter(addrs, p.local), func(a netip.Addr) bool {
		return !slices.Contains(theirs, a)
	})
	if wider := slices.DeleteFunc(slices.Clone(usable), netip.Addr.IsLoopback); len(wider) > 0 {
		return wider
	}
	return usable
}

// hostAddrs returns the addresses of a peer's host: those of the association, and if
// that goes over loopback those of this host, the wider ones first.
func (r *Registrar) hostAddrs(p *peer) []netip.Addr {
	theirs := hosts(p.addrs)
	if !p.local {
		return theirs
	}
	own := slices.DeleteFunc(slices.Clone(r.local), func(a netip.Addr) bool { return slices.Contains(theirs, a) })
	return append(own, theirs...)
}

// distance returns the one-way delay in milliseconds, as the policies
// that go by distance count it, rounded to a multiple of the step.
func distance(rtt, step time.Duration) uint32 {
	return uint32((rtt / 2).Round(step).Milliseconds())
}

// deregister takes an element out (RFC 5352, 3.2). One that is not there is out
// already.
func (r *Registrar) deregister(assoc step.AssocID, m *asapmsg.Deregistration) {
	answer := &asapmsg.DeregistrationResponse{PoolHandle: m.PoolHandle, PEID: m.PEID}
	if e := r.hs.Find(m.PoolHandle, m.PEID); e != nil {
		if r.mayReplace(e, assoc) {
			r.remove(e, RemovedDeregistered)
			r.counts.Deregistrations++
		} else {
			// A PE may only deregister itself (RFC 5352, 2.2.2).
			answer.Causes = causes(wire.CauseRejectedSecurity, nil)
		}
	}
	r.send(assoc, answer)
}

func causes(code wire.CauseCode, info []byte) []wire.ErrorCause {
	return []wire.ErrorCause{{Code: code, Info: info}}
}

// encoded returns the transport as the information of a cause.
func encoded(t *wire.Transport) []byte {
	b, err := t.AppendBinary(nil)
	if err != nil {
		return nil // It has been decoded, so this does not happen.
	}
	return b
}

func hosts(addrs []netip.AddrPort) []netip.Addr {
	out := make([]netip.Addr, len(addrs))
	for i, a := range addrs {
		out[i] = a.Addr().Unmap()
	}
	return out
}
