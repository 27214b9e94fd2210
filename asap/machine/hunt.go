package machine

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// Announced says that a registrar has announced itself (RFC 5352, 3.6).
type Announced struct {
	ID wire.ServerID
	// Addrs are its ASAP transport addresses.
	Addrs []netip.AddrPort
}

func (Announced) event() {}

const (
	// maxParallelDials is how many registrars are tried at a time (RFC 5352, 3.6).
	maxParallelDials = 3
	// maxRegistrars bounds what announces, which anybody can send, make us remember.
	maxRegistrars = 64
)

// registrar is a registrar that may become the home.
type registrar struct {
	id      wire.ServerID // 0: not known
	addrs   []netip.AddrPort
	expires time.Time // zero: never
	dial    DialID    // the attempt under way
	tried   bool      // in this round
}

// hunt is the server hunt (RFC 5352, 3.6). It goes in rounds: in each, every known
// registrar is tried once, in random order.
type hunt struct {
	config     ClientConfig
	random     *rand.Rand
	registrars []*registrar
	dials      DialID        // the last one given out
	pause      time.Duration // after the next round without success
	nextRound  time.Time     // zero: a round is under way
}

func newHunt(config ClientConfig, random *rand.Rand) hunt {
	h := hunt{config: config, random: random, pause: config.HuntInterval}
	for _, addrs := range config.Registrars {
		h.registrars = append(h.registrars, &registrar{addrs: addrs})
	}
	return h
}

// announced notes a registrar, and has it tried at once unless that was done since
// its last announce.
func (h *hunt) announced(now time.Time, ev Announced) {
	if ev.ID == 0 || len(ev.Addrs) == 0 {
		return
	}
	h.purge(now)
	r := h.find(ev)
	if r == nil {
		if len(h.registrars) >= maxRegistrars && !h.evict() {
			return
		}
		r = &registrar{expires: now} // Not zero: it is forgotten some time.
		h.registrars = append(h.registrars, r)
	}
	r.id = ev.ID
	if !r.expires.IsZero() {
		r.addrs = ev.Addrs
		r.expires = now.Add(h.config.AnnounceTimeout)
	}
	if r.dial == 0 {
		r.tried = false
		h.nextRound = time.Time{}
	}
}

// evict forgets the registrar whose announce is the oldest, so that a flood of announces
// does not keep one out that is there. It reports whether there was one.
func (h *hunt) evict() bool {
	oldest := -1
	for i, r := range h.registrars {
		if !r.expires.IsZero() && r.dial == 0 && (oldest < 0 || r.expires.Before(h.registrars[oldest].expires)) {
			oldest = i
		}
	}
	if oldest < 0 {
		return false
	}
	h.registrars = slices.Delete(h.registrars, oldest, oldest+1)
	return true
}

// find returns the registrar that an announce comes from. One that was configured
// is known by its addresses too, since it has another identifier after a restart.
func (h *hunt) find(ev Announced) *registrar {
	for _, r := range h.registrars {
		if r.id == ev.ID || r.expires.IsZero() && overlap(r.addrs, ev.Addrs) {
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
func (h *hunt) next(now time.Time, except *registrar) (dials []Action, roundOver bool) {
	if !h.nextRound.IsZero() {
		if now.Before(h.nextRound) {
			return nil, false
		}
		h.nextRound = time.Time{}
		for _, r := range h.registrars {
			r.tried = false
		}
	}
	h.purge(now)
	var open []*registrar
	busy := 0
	for _, r := range h.registrars {
		switch {
		case r.dial != 0:
			busy++
		case !r.tried && r != except:
			open = append(open, r)
		}
	}
	h.random.Shuffle(len(open), func(i, j int) { open[i], open[j] = open[j], open[i] })
	for ; len(open) > 0 && busy < maxParallelDials; busy++ {
		h.dials++
		open[0].dial, open[0].tried = h.dials, true
		dials = append(dials, Dial{Dial: h.dials, Addrs: open[0].addrs})
		open = open[1:]
	}
	if busy > 0 {
		return dials, false
	}
	h.nextRound = now.Add(h.pause/2 + time.Duration(h.random.Int64N(int64(h.pause))))
	h.pause = min(2*h.pause, h.config.HuntIntervalMax)
	return nil, true
}

// deadline returns when the next round begins.
func (h *hunt) deadline(hunting bool) time.Time {
	if !hunting {
		return time.Time{}
	}
	return h.nextRound
}

// succeeded ends an attempt. It reports whether it was one of the hunt, and which
// registrar was reached, nil if that has been forgotten.
func (h *hunt) succeeded(dial DialID) (entry *registrar, ours bool) {
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

// failed ends an attempt.
func (h *hunt) failed(dial DialID) { h.succeeded(dial) }

// found ends the hunt: the next one begins without pause.
func (h *hunt) found() {
	h.pause = h.config.HuntInterval
	h.nextRound = time.Time{}
	for _, r := range h.registrars {
		r.tried = false
	}
}

// lost begins a hunt after the loss of the home registrar, which is tried when the
// others have been.
func (h *hunt) lost(now time.Time, entry *registrar) {
	h.purge(now)
	if entry != nil && len(h.registrars) > 1 {
		entry.tried = true
	}
}

func overlap(a, b []netip.AddrPort) bool {
	return slices.ContainsFunc(a, func(x netip.AddrPort) bool { return slices.Contains(b, x) })
}
