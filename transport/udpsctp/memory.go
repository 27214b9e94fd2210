package udpsctp

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rserpool-go/rserpool/transport"
)

// A memory adds up the octets of user data that the associations of an endpoint hold, and
// keeps the sum below a limit: the associations that hold most are aborted.
type memory struct {
	e      *endpoint
	limit  int64
	octets atomic.Int64
	shed   *timer // Set when the limit is exceeded.
}

func newMemory(e *endpoint) *memory {
	return &memory{e: e, limit: int64(e.config.MemoryBudget), shed: newTimer(func(time.Time) { e.shed() })}
}

// add changes the sum.
func (m *memory) add(octets int64) {
	if m.octets.Add(octets) > m.limit && octets > 0 {
		m.e.timers.set(m.shed, time.Now())
	}
}

// shed aborts the associations that hold most, until an eighth of the limit is free.
// So the search for them is rare.
func (e *endpoint) shed() {
	type holder struct {
		a      *association
		octets int64
	}
	var holders []holder
	for _, a := range e.associations() {
		holders = append(holders, holder{a, a.held.set(a, int64(a.sctp.BufferedAmount()))})
	}
	if e.memory.octets.Load() <= e.memory.limit {
		return // The figures were old.
	}
	slices.SortFunc(holders, func(x, y holder) int { return cmp.Compare(y.octets, x.octets) })
	for _, h := range holders {
		if e.memory.octets.Load() <= e.memory.limit-e.memory.limit/8 {
			return
		}
		h.a.abortOverload("memory budget of the endpoint exceeded")
	}
}

// abortOverload ends the association because its peer takes too much of this host.
func (a *association) abortOverload(reason string) {
	a.abort(causeUserAbort, reason, &transport.DownError{Cause: transport.CauseOverload, Reason: reason})
}

// held is the user data that an association holds: data that waits for transmission or for
// acknowledgement, parts of messages, and messages that wait for Receive.
type held struct {
	memory *memory
	sent   atomic.Int64 // All octets that were ever handed to pion/sctp.
	parts  atomic.Int64 // The octets of messages that cannot be delivered yet.
	pieces atomic.Int64 // The number of fragments and messages that parts has.

	mu     sync.Mutex
	octets int64 // As counted in memory.
	over   bool  // Nothing is held any more.

	// The fields below are used by the timer only.
	delivered int64     // The octets of sent that the peer had acknowledged.
	progress  time.Time // When delivered has changed, or nothing was waiting.
}

// setParts notes the data in the reassembly.
func (h *held) setParts(r *reassembly) {
	h.parts.Store(int64(r.octets))
	h.pieces.Store(int64(r.pieces))
}

// set notes the octets that wait in pion/sctp to be sent or acknowledged, and returns all octets
// that are held.
func (h *held) set(a *association, waiting int64) int64 {
	received, _ := a.received.Size()
	octets := waiting + h.parts.Load() + pieceOverhead*h.pieces.Load() + int64(received)
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.over {
		h.memory.add(octets - h.octets)
		h.octets = octets
	}
	return h.octets
}

// release notes that nothing is held any more.
func (h *held) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.memory.add(-h.octets)
	h.octets, h.over = 0, true
}

// isStalled reports whether the peer has taken nothing of the data that waits for it since a
// timeout.
func (h *held) isStalled(a *association, now time.Time, timeout time.Duration) bool {
	sent := h.sent.Load() // Before the amount: progress is never seen too early.
	waiting := int64(a.sctp.BufferedAmount())
	h.set(a, waiting)
	if delivered := sent - waiting; waiting == 0 || delivered > h.delivered || h.progress.IsZero() {
		h.delivered, h.progress = max(delivered, h.delivered), now
	}
	return now.Sub(h.progress) >= timeout
}
