package machine

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

const (
	// huntStagger is the time after which an attempt leaves its place to another
	// registrar, though it is still under way (RFC 5352, 3.6: T5-Serverhunt).
	huntStagger = time.Second
	// announceSpread bounds the time from an announce to the next attempt, if the
	// registrar could not be reached before. All its former elements and users hear the
	// announce at the same time.
	announceSpread = 500 * time.Millisecond
)

// hunt is the server hunt (RFC 5352, 3.6): every known registrar is tried, and tried again
// after pauses that grow. Registrars that are likely to live are preferred, in random order.
// A round is over when every registrar has failed. Attempts overlap more than the RFC says
// (ADR 0008, U1).
type hunt struct {
	config     ClientConfig
	random     *rand.Rand
	registrars registrars
	lastDial   step.DialID
	pause      time.Duration // of the next round without any registrar
	nextRound  time.Time     // end of the present round without any registrar
	wake       time.Time     // time of the next step, zero: not before something happens
}

func newHunt(config ClientConfig, random *rand.Rand) hunt {
	h := hunt{config: config, random: random, pause: config.HuntInterval}
	for _, addrs := range config.Registrars {
		h.registrars = append(h.registrars, &registrar{addrs: addrs, pause: config.HuntInterval})
	}
	return h
}

// addAnnounced notes a registrar that announces itself. The registrar is tried at once, or
// soon if it could not be reached before.
func (h *hunt) addAnnounced(now time.Time, ev Heard) {
	m, ok := ev.Message.(*asapmsg.ServerAnnounce)
	if !ok || m.ServerID == 0 || !ev.Source.IsValid() {
		return
	}
	addrs := announcedAddrs(m, ev.Source)
	h.registrars.purge(now)
	r := h.registrars.find(m.ServerID, addrs)
	if r == nil {
		// A time in expires tells the registrar from a configured registrar.
		r = &registrar{expires: now, pause: h.config.HuntInterval}
		if !h.registrars.add(r) {
			return
		}
	}
	r.id = m.ServerID
	if !r.isConfigured() {
		r.addrs = addrs
		r.expires = now.Add(h.config.AnnounceTimeout)
	}
	r.heard = now
	if r.next.After(now) {
		soon := now.Add(time.Duration(h.random.Int64N(int64(announceSpread))))
		r.next = step.Earlier(r.next, soon)
	}
}

// huntView is the state of the hunt at the time of a step.
type huntView struct {
	open     []*registrar // that may be tried now
	known    int          // registrars that may become the home
	fresh    int          // attempts that keep their places
	underWay places
	stale    time.Time // time at which the next attempt leaves its place
}

// survey looks at all registrars, and sets the time at which the next pause ends.
func (h *hunt) survey(now time.Time, except *registrar) (v huntView) {
	for _, r := range h.registrars {
		if r != except {
			v.known++
		}
		switch end := r.since.Add(huntStagger); {
		case r.dial != 0:
			v.underWay[h.rankOf(now, r)]++
			if now.Before(end) {
				v.fresh++
				v.stale = step.Earlier(v.stale, end)
			}
		case r == except:
		case now.Before(r.next):
			h.wake = step.Earlier(h.wake, r.next)
		default:
			v.open = append(v.open, r)
		}
	}
	return v
}

func (h *hunt) rankOf(now time.Time, r *registrar) rank {
	return rankOf(now, r, h.config.AnnounceTimeout)
}

// startDials starts the attempts that are due, except with a single registrar. It reports
// whether a round has ended without success.
func (h *hunt) startDials(now time.Time, except *registrar) (dials []step.Action, isRoundOver bool) {
	h.registrars.purge(now)
	h.wake = time.Time{}
	v := h.survey(now, except)
	if v.known == 0 {
		return nil, h.finishEmptyRound(now)
	}
	sortByRank(now, v.open, h.config.AnnounceTimeout, h.random)
	for _, r := range v.open {
		if v.fresh >= maxParallelDials {
			h.wake = step.Earlier(h.wake, step.Earlier(v.stale, now.Add(huntStagger)))
			break
		}
		g := h.rankOf(now, r)
		if !v.underWay.hasPlace(g) {
			continue
		}
		v.underWay[g]++
		v.fresh++
		h.lastDial++
		r.dial, r.since = h.lastDial, now
		dials = append(dials, step.Dial{Dial: r.dial, Addrs: r.addrs})
	}
	return dials, h.finishRound(except)
}

// finishRound begins the next round if all registrars have failed, and reports whether it
// does.
func (h *hunt) finishRound(except *registrar) bool {
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

// finishEmptyRound begins the next round if the pause of a round without any registrar is
// over, and reports whether it does.
func (h *hunt) finishEmptyRound(now time.Time) bool {
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

// takeDial ends an attempt. It returns the registrar, nil if the registrar is forgotten, and
// whether the attempt belongs to the hunt.
func (h *hunt) takeDial(dial step.DialID) (r *registrar, isOurs bool) {
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

// failDial ends an attempt without success.
func (h *hunt) failDial(now time.Time, dial step.DialID) {
	if r, _ := h.takeDial(dial); r != nil {
		h.noteFailure(now, r)
	}
}

// noteFailure notes an attempt that has brought no new home.
func (h *hunt) noteFailure(now time.Time, r *registrar) {
	r.failures++
	r.failed = true
	h.postpone(now, r)
}

// postpone has a registrar tried after a pause, and doubles the next pause.
func (h *hunt) postpone(now time.Time, r *registrar) {
	r.next = now.Add(h.vary(r.pause))
	r.pause = min(2*r.pause, h.config.HuntIntervalMax)
}

// isKnown reports whether the peer of an association is a known registrar. Only the primary
// address counts: the peer lists its further addresses at will.
func (h *hunt) isKnown(now time.Time, peer []netip.AddrPort) bool {
	return slices.ContainsFunc(h.registrars, func(r *registrar) bool {
		return r.isKnown(now, h.config.AnnounceTimeout) && hasOverlap(r.addrs, peer[:1])
	})
}

// finish ends the hunt. The next hunt begins without pauses, except for homes that were lost
// just now and have not been tried since. Otherwise the hunt would run in circles between
// registrars that end each association at once.
func (h *hunt) finish(now time.Time) {
	h.pause = h.config.HuntInterval
	h.nextRound = time.Time{}
	for _, r := range h.registrars {
		if r.lostHome && r.failures == 0 && now.Before(r.next) {
			continue
		}
		r.lostHome, r.failed, r.failures = false, false, 0
		r.next, r.pause = time.Time{}, h.config.HuntInterval
	}
}

// noteLoss begins a hunt after the loss of the home registrar, which is tried a little later
// than the others. The same applies to the only known registrar if it closes an association
// that it has just accepted.
func (h *hunt) noteLoss(now time.Time, r *registrar) {
	h.registrars.purge(now)
	if r != nil && (len(h.registrars) > 1 || now.Sub(r.since) < h.config.HuntInterval) {
		r.lostHome = true
		h.postpone(now, r)
	}
}

// deadline returns the time of the next step of the hunt, zero without a hunt.
func (h *hunt) deadline(isHunting bool) time.Time {
	if !isHunting {
		return time.Time{}
	}
	return h.wake
}
