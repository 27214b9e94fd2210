package udpsctp

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/budget"
	"github.com/rserpool-go/rserpool/transport/internal/fifo"
)

const (
	// perSent is the memory that pion/sctp needs for a message that waits to be acknowledged,
	// in addition to its data, in octets.
	perSent = 256
	// sentChunk is the size of the DATA chunks of a larger message, in octets.
	sentChunk = 1024
)

// abortOverload ends the association because its peer takes too much of this host. Messages
// that wait for Receive are dropped: answers to them would find no association.
func (a *association) abortOverload(reason string) {
	a.received.Discard()
	a.abort(causeUserAbort, reason, &transport.DownError{Cause: transport.CauseOverload, Reason: reason})
}

// Hold implements transport.Association.
func (a *association) Hold(octets int) { a.held.account.Hold(int64(octets)) }

// held is the memory that an association holds: data that waits for transmission or for
// acknowledgement, packets, parts of messages, and messages that wait for Receive.
type held struct {
	a       *association
	account *budget.Account
	parts   atomic.Int64 // The octets of messages that cannot be delivered yet.
	pieces  atomic.Int64 // The number of fragments and messages that parts has.
	packets atomic.Int64 // The octets of packets that wait for pion/sctp.
	queued  atomic.Int64 // The octets of the send queue at the last update.

	mu     sync.Mutex // Guards the fields below.
	sent   int64      // All octets that were ever handed to pion/sctp.
	unread sizes      // The messages that the peer has not acknowledged, the oldest first.
	taken  int64      // The octets of the messages that have left unread.

	// The fields below are used by the timer only.
	delivered int64     // The octets of sent that the peer had acknowledged.
	progress  time.Time // When delivered has changed, or nothing was waiting.
}

// setParts notes the data in the reassembly.
func (h *held) setParts(r *reassembly) {
	h.parts.Store(int64(r.octets))
	h.pieces.Store(int64(r.pieces))
}

func (h *held) init(a *association) {
	h.a = a
	h.account = a.e.config.Budget.Open(h)
}

// leave ends the account after the end of the association, when no message can follow: as soon as
// the messages have been received, or nobody can receive them.
func (h *held) leave() {
	if h.account.Leave(h.a.received) {
		runtime.AddCleanup(h.a, (*budget.Account).Close, h.account)
	}
}

// NeedShed implements budget.Holder.
func (h *held) NeedShed() { h.a.e.timers.set(h.a.e.shed, time.Now()) }

// Count implements budget.Holder.
func (h *held) Count() { h.update(0) }

// EndOverBudget implements budget.Holder.
func (h *held) EndOverBudget() { h.a.abortOverload("memory budget exceeded") }

// update counts all that is held. sent is the size of a message that has just been handed to
// pion/sctp, or 0.
func (h *held) update(sent int) {
	received, messages := h.a.received.Size()
	rest := h.parts.Load() + pieceOverhead*h.pieces.Load() + h.packets.Load() + int64(received+budget.PerMessage*messages)
	h.mu.Lock()
	defer h.mu.Unlock()
	if sent > 0 {
		h.sent += int64(sent)
		h.unread.push(sent)
	}
	_, queued := h.waiting()
	h.queued.Store(queued)
	h.account.Set(queued + rest)
}

// waiting returns the octets of data that wait in pion/sctp to be sent or acknowledged, and the
// octets of memory for them. The lock must be held.
func (h *held) waiting() (data, memory int64) {
	data = int64(h.a.sctp.BufferedAmount())
	for h.taken+h.unread.first() <= h.sent-data && h.unread.chunks > 0 {
		h.taken += h.unread.pop()
	}
	return data, data + perSent*h.unread.chunks
}

// isStalled reports whether the peer has taken nothing of the data that waits for it since a
// timeout.
func (h *held) isStalled(now time.Time, timeout time.Duration) bool {
	h.update(0)
	h.mu.Lock()
	defer h.mu.Unlock()
	data, _ := h.waiting()
	if delivered := h.sent - data; data == 0 || delivered > h.delivered || h.progress.IsZero() {
		h.delivered, h.progress = max(delivered, h.delivered), now
	}
	return now.Sub(h.progress) >= timeout
}

// sizes is a queue of the sizes of messages, in octets.
type sizes struct {
	list   fifo.Queue[int32]
	chunks int64 // The number of DATA chunks of all messages.
}

// chunksOf returns the number of DATA chunks of a message.
func chunksOf(octets int64) int64 { return (octets + sentChunk - 1) / sentChunk }

func (s *sizes) push(octets int) {
	s.list.Push(int32(octets))
	s.chunks += chunksOf(int64(octets))
}

// first returns the oldest size, and 0 if there is none.
func (s *sizes) first() int64 {
	if s.list.Len() == 0 {
		return 0
	}
	return int64(s.list.First())
}

// pop removes the oldest size.
func (s *sizes) pop() int64 {
	octets := int64(s.list.Pop())
	s.chunks -= chunksOf(octets)
	return octets
}
