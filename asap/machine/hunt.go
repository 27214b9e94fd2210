package machine

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

const (
	// maxParallelDials is how many registrars are tried at a time (RFC 5352, 3.6).
	maxParallelDials = 3
	// huntStagger is after how long an attempt that is under way still leaves its place
	// to another registrar's (RFC 5352, 3.6: T5-Serverhunt).
	huntStagger = time.Second
	// maxDials is how many attempts may be under way in all. One place is kept for each
	// group: anybody can announce registrars.
	maxDials = 2*maxParallelDials + 1
	// announceSpread is over which time a registrar that could not be reached is tried
	// after an announce. All its former elements and users hear that at the same time.
	announceSpread = 500 * time.Millisecond
	// maxRegistrars bounds what announces, which anybody can send, make us remember.
	maxRegistrars = 64
)

// registrar is a registrar that may become the home.
type registrar struct {
	id       wire.ServerID // 0: not known
	addrs    []netip.AddrPort
	expires  time.Time     // zero: never
	heard    time.Time     // when it last announced itself, zero: never
	home     bool          // it was the home that was lost
	proven   bool          // it has been the home
	dial     step.DialID   // the attempt under way
	since    time.Time     // when that began
	failures int           // since the last success of any
	next     time.Time     // not to be tried before
	pause    time.Duration // after the next failure
	failed   bool          // in this round
}

// hunt is the server hunt (RFC 5352, 3.6): every known registrar is tried, and tried
// again after pauses that grow. Those that are likely to live are preferred, in random
// order. A round is over when each has failed.
type hunt struct {
	config     ClientConfig
	random     *rand.Rand
	registrars []*registrar
	dials      step.DialID   // the last one given out
	pause      time.Duration // while there is no registrar to try
	nextRound  time.Time     // when that is over
	wake       time.Time     // when there is something to do, zero: not before something happens
}

func newHunt(config ClientConfig, random *rand.Rand) hunt {
	h := hunt{config: config, random: random, pause: config.HuntInterval}
	for _, addrs := range config.Registrars {
		h.registrars = append(h.registrars, &registrar{addrs: addrs, pause: config.HuntInterval})
	}
	return h
}

// addAnnounced notes a registrar that announces itself, and has it tried at once, or soon if
// it could not be reached before.
func (h *hunt) addAnnounced(now time.Time, ev Heard) {
	m, ok := ev.Message.(*asapmsg.ServerAnnounce)
	if !ok || m.ServerID == 0 || !ev.Source.IsValid() {
		return
	}
	addrs := announcedAddrs(m, ev.Source)
	h.purge(now)
	r := h.find(m.ServerID, addrs)
	if r == nil {
		if len(h.registrars) >= maxRegistrars && !h.evict() {
			return
		}
		r = &registrar{expires: now, pause: h.config.HuntInterval} // expires is not zero: it is forgotten some time.
		h.registrars = append(h.registrars, r)
	}
	r.id = m.ServerID
	if !r.expires.IsZero() {
		r.addrs = addrs
		r.expires = now.Add(h.config.AnnounceTimeout)
	}
	r.heard = now
	if r.next.After(now) {
		soon := now.Add(time.Duration(h.random.Int64N(int64(announceSpread))))
		r.next = step.Earlier(r.next, soon)
	}
}

// evict forgets the registrar whose announce is the oldest, so that a flood of announces
// does not keep one out that is there. Those that have been the home are the last to go.
// It reports whether there was one.
func (h *hunt) evict() bool {
	oldest := -1
	for i, r := range h.registrars {
		if !r.expires.IsZero() && r.dial == 0 && (oldest < 0 || r.goesBefore(h.registrars[oldest])) {
			oldest = i
		}
	}
	if oldest < 0 {
		return false
	}
	h.registrars = slices.Delete(h.registrars, oldest, oldest+1)
	return true
}

// goesBefore reports whether a registrar is forgotten rather than another one.
func (r *registrar) goesBefore(other *registrar) bool {
	if r.proven != other.proven {
		return other.proven
	}
	return r.expires.Before(other.expires)
}

// find returns the registrar that an announce comes from. One that was configured
// is known by its addresses too, since it has another identifier after a restart.
func (h *hunt) find(id wire.ServerID, addrs []netip.AddrPort) *registrar {
	for _, r := range h.registrars {
		if r.id == id || r.expires.IsZero() && overlap(r.addrs, addrs) {
			return r
		}
	}
	return nil
}

// purge forgets registrars that have not been heard for too long.
func (h *hunt) purge(now time.Time) {
	h.registrars = slices.DeleteFunc(h.registrars, func(r *registrar) bool {
		return !r.expires.IsZero() && !now.Before(r.expires) && r.dial == 0
	})
}

// next returns the attempts to make now, leaving out one registrar, and whether a
// round has ended without success.
func (h *hunt) next(now time.Time, except *registrar) (dials []step.Action, roundOver bool) {
	h.purge(now)
	h.wake = time.Time{}
	var open []*registrar
	fresh, known := 0, 0
	var underWay [groups]int
	var stale time.Time // when the next attempt gives up its place
	for _, r := range h.registrars {
		if r != except {
			known++
		}
		switch end := r.since.Add(huntStagger); {
		case r.dial != 0:
			underWay[h.group(now, r)]++
			if now.Before(end) {
				fresh++
				stale = step.Earlier(stale, end)
			}
		case r == except:
		case now.Before(r.next):
			h.wake = step.Earlier(h.wake, r.next)
		default:
			open = append(open, r)
		}
	}
	if known == 0 {
		return nil, h.idle(now)
	}
	h.sort(now, open)
	for _, r := range open {
		if fresh >= maxParallelDials {
			h.wake = step.Earlier(h.wake, step.Earlier(stale, now.Add(huntStagger)))
			break
		}
		g := h.group(now, r)
		if !hasPlace(&underWay, g) {
			continue
		}
		underWay[g]++
		h.dials++
		r.dial, r.since = h.dials, now
		dials = append(dials, step.Dial{Dial: h.dials, Addrs: r.addrs})
		fresh++
	}
	return dials, h.roundOver(except)
}

// likely reports whether a registrar has shown lately that it lives.
func (h *hunt) likely(now time.Time, r *registrar) bool {
	return r.home || !r.heard.IsZero() && now.Before(r.heard.Add(h.config.AnnounceTimeout))
}

// group is what speaks for a registrar.
type group uint8

const (
	groupTrusted   group = iota // likely to live, and configured or once the home
	groupAnnounced              // likely to live, by what anybody can have sent
	groupSilent                 // the others
	groups
)

func (h *hunt) group(now time.Time, r *registrar) group {
	switch {
	case !h.likely(now, r):
		return groupSilent
	case r.expires.IsZero() || r.proven:
		return groupTrusted
	}
	return groupAnnounced
}

// hasPlace reports whether a registrar of a group may be tried besides those that are.
func hasPlace(underWay *[groups]int, g group) bool {
	shared := 0 // places that are not kept for one group
	for _, n := range underWay {
		shared += max(0, n-1)
	}
	return underWay[g] == 0 || shared < maxDials-int(groups)
}

// sort puts those in front that are trusted, and then those that have failed the least,
// and of these the ones that are likely to live; others are in random order. So all have
// their turn, whoever else announces itself.
func (h *hunt) sort(now time.Time, open []*registrar) {
	h.random.Shuffle(len(open), func(i, j int) { open[i], open[j] = open[j], open[i] })
	slices.SortStableFunc(open, func(a, b *registrar) int {
		x, y := h.group(now, a), h.group(now, b)
		if a.failures == b.failures || x != y && (x == groupTrusted || y == groupTrusted) {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(a.failures, b.failures)
	})
}

// roundOver reports whether all registrars have failed, and begins the next round if so.
func (h *hunt) roundOver(except *registrar) bool {
	for _, r := range h.registrars {
		if r != except && !r.failed {
			return false
		}
	}
	for _, r := range h.registrars {
		r.failed = false
	}
	return true
}

// idle reports whether a round without any registrar is over.
func (h *hunt) idle(now time.Time) bool {
	if now.Before(h.nextRound) {
		h.wake = h.nextRound
		return false
	}
	h.nextRound = now.Add(h.vary(h.pause))
	h.pause = min(2*h.pause, h.config.HuntIntervalMax)
	h.wake = h.nextRound
	return true
}

// vary returns a duration that differs from d by up to a half.
func (h *hunt) vary(d time.Duration) time.Duration {
	return d/2 + time.Duration(h.random.Int64N(int64(d)))
}

// deadline returns when there is something to do.
func (h *hunt) deadline(hunting bool) time.Time {
	if !hunting {
		return time.Time{}
	}
	return h.wake
}

// succeeded ends an attempt. It reports whether it was one of the hunt, and which
// registrar was reached, nil if that has been forgotten.
func (h *hunt) succeeded(dial step.DialID) (entry *registrar, ours bool) {
	if dial == 0 {
		return nil, false
	}
	for _, r := range h.registrars {
		if r.dial == dial {
			r.dial = 0
			return r, true
		}
	}
	return nil, true
}

// failed ends an attempt without success.
func (h *hunt) failed(now time.Time, dial step.DialID) {
	if r, _ := h.succeeded(dial); r != nil {
		h.missed(now, r)
	}
}

// missed notes an attempt that has brought no new home.
func (h *hunt) missed(now time.Time, r *registrar) {
	r.failures++
	r.failed = true
	h.postpone(now, r)
}

// postpone has a registrar tried after a pause, and the next one be longer.
func (h *hunt) postpone(now time.Time, r *registrar) {
	r.next = now.Add(h.vary(r.pause))
	r.pause = min(2*r.pause, h.config.HuntIntervalMax)
}

// found ends the hunt: the next one begins without pause, but for homes that were lost
// just now and have not been tried since. Else the hunt would run in circles between
// registrars that end what they have begun.
func (h *hunt) found(now time.Time) {
	h.pause = h.config.HuntInterval
	h.nextRound = time.Time{}
	for _, r := range h.registrars {
		if r.home && r.failures == 0 && now.Before(r.next) {
			continue
		}
		r.home, r.failed, r.failures = false, false, 0
		r.next, r.pause = time.Time{}, h.config.HuntInterval
	}
}

// lost begins a hunt after the loss of the home registrar, which is tried a little later
// than the others. So it is if there are no others but it ends what it has just begun.
func (h *hunt) lost(now time.Time, entry *registrar) {
	h.purge(now)
	if entry != nil && (len(h.registrars) > 1 || now.Sub(entry.since) < h.config.HuntInterval) {
		entry.home = true
		h.postpone(now, entry)
	}
}

func overlap(a, b []netip.AddrPort) bool {
	return slices.ContainsFunc(a, func(x netip.AddrPort) bool { return slices.Contains(b, x) })
}
