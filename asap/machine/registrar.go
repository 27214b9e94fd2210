package machine

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// maxRegistrars bounds the registrars that are remembered because of announces, which anybody
// can send.
const maxRegistrars = 64

// registrar is a registrar that may become the home.
type registrar struct {
	id       wire.ServerID // 0: not known
	addrs    []netip.AddrPort
	expires  time.Time     // zero: never, since the registrar is configured
	heard    time.Time     // time of the last announce, zero: never
	lostHome bool          // the registrar was the home at the beginning of the hunt
	proven   bool          // the registrar has been the home
	dial     step.DialID   // the attempt under way, 0: none
	since    time.Time     // beginning of the last attempt
	failures int           // since the last success with any registrar
	next     time.Time     // earliest time of the next attempt
	pause    time.Duration // after the next failure
	failed   bool          // in this round
}

// isConfigured reports whether the registrar is known beforehand. Then it is never forgotten.
func (r *registrar) isConfigured() bool { return r.expires.IsZero() }

// isHeard reports whether the registrar has announced itself lately.
func (r *registrar) isHeard(now time.Time, timeout time.Duration) bool {
	return !r.heard.IsZero() && now.Before(r.heard.Add(timeout))
}

// isKnown reports whether the registrar is configured, or has announced itself lately.
func (r *registrar) isKnown(now time.Time, timeout time.Duration) bool {
	return r.isConfigured() || r.isHeard(now, timeout)
}

// isForgottenBefore reports whether the registrar makes room rather than another.
func (r *registrar) isForgottenBefore(other *registrar) bool {
	if r.proven != other.proven {
		return other.proven
	}
	return r.expires.Before(other.expires)
}

// registrars are the known registrars.
type registrars []*registrar

// find returns the registrar of an announce, nil if it is new. A configured registrar is
// known by its addresses too, since its identifier is another after a restart.
func (s registrars) find(id wire.ServerID, addrs []netip.AddrPort) *registrar {
	for _, r := range s {
		if r.id == id || r.isConfigured() && hasOverlap(r.addrs, addrs) {
			return r
		}
	}
	return nil
}

// add adds an announced registrar, and reports whether there is room. A full list forgets the
// registrar with the oldest announce.
func (s *registrars) add(r *registrar) bool {
	if len(*s) >= maxRegistrars && !s.evict() {
		return false
	}
	*s = append(*s, r)
	return true
}

// evict forgets the registrar whose announce is the oldest, so that a flood of announces does
// not keep a living registrar out. Registrars that have been the home are the last to go. It
// reports whether there was any.
func (s *registrars) evict() bool {
	oldest := -1
	for i, r := range *s {
		if !r.isConfigured() && r.dial == 0 && (oldest < 0 || r.isForgottenBefore((*s)[oldest])) {
			oldest = i
		}
	}
	if oldest < 0 {
		return false
	}
	*s = slices.Delete(*s, oldest, oldest+1)
	return true
}

// purge forgets registrars that have been silent for too long.
func (s *registrars) purge(now time.Time) {
	*s = slices.DeleteFunc(*s, func(r *registrar) bool {
		return !r.isConfigured() && !now.Before(r.expires) && r.dial == 0
	})
}

// hasOverlap reports whether two lists share an address.
func hasOverlap(a, b []netip.AddrPort) bool {
	return slices.ContainsFunc(a, func(x netip.AddrPort) bool { return slices.Contains(b, x) })
}
