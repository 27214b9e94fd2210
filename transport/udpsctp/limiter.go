package udpsctp

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// limiterSlots is the number of sources that a limiter can tell apart.
const limiterSlots = 1024

// A limiter bounds the packets of strangers that are served: in all, and for each source.
// Its memory does not grow with the number of sources. Sources share slots by a hash that
// strangers do not know, so few sources can keep out few others.
type limiter struct {
	total, source rate
	seed          maphash.Seed
	epoch         time.Time // The zero of all buckets.

	mu      sync.Mutex
	all     bucket
	sources []bucket // Nil before the first packet.
}

// newLimiter returns a limiter with rates in packets per second.
func newLimiter(total, source rate) *limiter {
	return &limiter{total: total, source: source, seed: maphash.MakeSeed(), epoch: time.Now()}
}

// take reports whether a packet of a source is within the limits, and counts the packet if
// so.
func (l *limiter) take(src netip.Addr, now time.Time) bool {
	at := now.Sub(l.epoch)
	slot := l.slot(src)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sources == nil {
		l.sources = make([]bucket, limiterSlots)
	}
	b := &l.sources[slot]
	if !b.hasToken(l.source, at) || !l.all.hasToken(l.total, at) {
		return false
	}
	b.take(l.source, at)
	l.all.take(l.total, at)
	return true
}

// slot returns the slot of a source. A host may have a whole /64 of IPv6 addresses, so the
// other half of the address does not count.
func (l *limiter) slot(src netip.Addr) int {
	b := src.As16()
	n := len(b)
	if !src.Unmap().Is4() {
		n = 8
	}
	return int(maphash.Bytes(l.seed, b[:n]) % limiterSlots)
}

// A rate is a number of tokens per second, and the number that can be saved up.
type rate int

// interval is the time in which a token is added.
func (r rate) interval() time.Duration { return time.Second / time.Duration(r) }

// A bucket is a token bucket, stored as the time at which the bucket is full.
type bucket time.Duration

// hasToken reports whether the bucket has a token.
func (b bucket) hasToken(r rate, now time.Duration) bool {
	return max(time.Duration(b), now)+r.interval() <= now+time.Second
}

// take takes a token.
func (b *bucket) take(r rate, now time.Duration) {
	*b = bucket(max(time.Duration(*b), now) + r.interval())
}
