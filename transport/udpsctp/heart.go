package udpsctp

import (
	"crypto/rand"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rserpool-go/rserpool/transport"
)

// paramHeartbeatInfo is the only parameter of a HEARTBEAT (RFC 9260, 3.3.6).
const (
	paramHeartbeatInfo = 1
	heartbeatInfoLen   = 16
)

// heartbeatRate bounds the answered heartbeats of a peer, per second. The answers are sent by
// the goroutine that reads for all associations.
const heartbeatRate rate = 100

// A heart watches the peer. It sends a HEARTBEAT in every interval, and counts the
// intervals without an acknowledgement of a heartbeat or of data (RFC 9260, 8.1 and 8.3).
type heart struct {
	a     *association
	timer *timer
	epoch time.Time // The zero of the times in heartbeats.
	nonce uint64    // Marks the heartbeats of this association.

	mu      sync.Mutex
	answers bucket // Guarded by mu.

	missed int         // Used by the timer only.
	alive  atomic.Bool // An acknowledgement has come since the last beat.
	rtt    atomic.Int64
}

// start starts the heartbeats. A positive rtt is the first measurement.
func (h *heart) start(a *association, rtt time.Duration) {
	var b [8]byte
	rand.Read(b[:])
	h.a, h.epoch, h.nonce = a, time.Now(), binary.BigEndian.Uint64(b[:])
	h.alive.Store(true)
	h.rtt.Store(int64(rtt))
	h.timer = newTimer(h.beat)
	a.e.timers.set(h.timer, h.epoch.Add(a.e.config.HeartbeatInterval))
}

// beat ends an interval, and starts the next interval.
func (h *heart) beat(now time.Time) {
	a := h.a
	if h.alive.Swap(false) {
		h.missed = 0
	} else {
		h.missed++
	}
	if h.missed >= a.e.config.MaxMissed {
		// The ABORT helps a peer that receives packets while its own packets are lost.
		reason := "no answer to heartbeats"
		a.abort(causeUserAbort, reason, a.lossCause(&transport.DownError{Cause: transport.CauseUnreachable, Reason: reason}))
		return
	}
	if a.held.isStalled(now, a.e.config.StallTimeout) {
		a.abortOverload("peer takes no data")
		return
	}
	if a.Err() != nil {
		return
	}
	info := make([]byte, 0, paramHeaderLen+heartbeatInfoLen)
	info = binary.BigEndian.AppendUint16(info, paramHeartbeatInfo)
	info = binary.BigEndian.AppendUint16(info, paramHeaderLen+heartbeatInfoLen)
	info = binary.BigEndian.AppendUint64(info, h.nonce)
	info = binary.BigEndian.AppendUint64(info, uint64(now.Sub(h.epoch)))
	_ = a.path.Load().write(singleChunk(a.header(), chunkHeartbeat, 0, info))
	a.e.timers.set(h.timer, now.Add(a.e.config.HeartbeatInterval))
	if a.Err() != nil {
		a.e.timers.stop(h.timer) // The association has ended since the check above.
	}
}

// answer sends the HEARTBEAT ACK for a heartbeat of the peer, unless heartbeats are too many or
// too large.
func (h *heart) answer(c chunk) {
	at := time.Since(h.epoch)
	h.mu.Lock()
	ok := headerLen+chunkHeaderLen+len(c.value) <= h.a.e.config.MTU && h.answers.hasToken(heartbeatRate, at)
	if ok {
		h.answers.take(heartbeatRate, at)
	}
	h.mu.Unlock()
	if !ok {
		return
	}
	_ = h.a.path.Load().write(singleChunk(h.a.header(), chunkHeartbeatAck, 0, c.value))
}

// handleAck handles the peer's answer to a heartbeat.
func (h *heart) handleAck(c chunk) {
	v := c.value
	if len(v) != paramHeaderLen+heartbeatInfoLen || binary.BigEndian.Uint64(v[paramHeaderLen:]) != h.nonce {
		return
	}
	rtt := time.Since(h.epoch) - time.Duration(binary.BigEndian.Uint64(v[paramHeaderLen+8:]))
	if rtt < 0 || rtt > time.Hour {
		return
	}
	h.alive.Store(true)
	// RFC 9260, 6.3.1: alpha is 1/8. Only the reader stores the round-trip time.
	smoothed := time.Duration(h.rtt.Load())
	if smoothed == 0 {
		smoothed = rtt
	} else {
		smoothed += (rtt - smoothed) / 8
	}
	h.rtt.Store(int64(max(smoothed, 1)))
}

// header returns the common header of packets to the peer.
func (a *association) header() header {
	return header{src: a.e.port, dst: a.sctpPort, tag: a.peerTag}
}
