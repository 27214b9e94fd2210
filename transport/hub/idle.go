package hub

import (
	"sync/atomic"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

// use tells when an association was used last. Its methods may be called by several goroutines.
type use struct {
	isWatched bool         // there is an idle timeout
	last      atomic.Int64 // in nanoseconds since 1970
	ended     bool         // for want of use; for endIdle alone
}

// note notes that a message is sent or has been received.
func (u *use) note() {
	if u.isWatched {
		u.last.Store(time.Now().UnixNano())
	}
}

// idle returns the time since the last use.
func (u *use) idle(now time.Time) time.Duration { return now.Sub(time.Unix(0, u.last.Load())) }

// endIdle shuts down the associations that nobody uses, until the end of the hub.
func (h *Hub[M]) endIdle() {
	ticker := time.NewTicker(h.config.IdleTimeout / 4)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			for _, assoc := range h.unused(now) {
				h.log.Debug("association idle", "assoc", assoc)
				h.End(assoc)
			}
		case <-h.life.Done():
			return
		}
	}
}

// unused returns the associations whose idle timeout has passed, each once.
func (h *Hub[M]) unused(now time.Time) (all []step.AssocID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, p := range h.peers {
		if !p.use.ended && p.use.idle(now) >= h.config.IdleTimeout {
			p.use.ended = true
			all = append(all, id)
		}
	}
	return all
}
