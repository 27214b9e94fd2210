package machine

import (
	"net/netip"
	"slices"
	"time"
)

// lookUpRegistrars asks for the addresses of configured registrars that have names: at the
// beginning of each hunt, and after each round without success.
func (c *Client) lookUpRegistrars(isRoundOver bool) {
	if c.config.NamedRegistrars && (isRoundOver || !c.lookedUp) {
		c.lookedUp = true
		c.do(LookUpRegistrars{})
	}
}

// configure replaces the configured registrars. A registrar that shares an address with a
// former one keeps its history.
func (h *hunt) configure(configured [][]netip.AddrPort) {
	var kept registrars
	for _, addrs := range configured {
		if len(addrs) == 0 {
			continue
		}
		r := h.registrars.findConfigured(addrs)
		if r == nil || slices.Contains(kept, r) {
			r = &registrar{pause: h.config.HuntInterval}
		}
		r.addrs = addrs
		kept = append(kept, r)
	}
	for _, r := range h.registrars {
		if slices.Contains(kept, r) || r.isConfigured() && r.dial == 0 {
			continue
		}
		if r.isConfigured() {
			r.expires = longAgo // It is forgotten when the attempt under way has ended.
		}
		kept = append(kept, r)
	}
	h.registrars = kept
}

// longAgo is a time that has passed, but not the zero time.
var longAgo = time.Unix(0, 0)

// findConfigured returns a configured registrar that has one of the addresses, nil if there is
// none.
func (s registrars) findConfigured(addrs []netip.AddrPort) *registrar {
	i := slices.IndexFunc(s, func(r *registrar) bool { return r.isConfigured() && hasOverlap(r.addrs, addrs) })
	if i < 0 {
		return nil
	}
	return s[i]
}
