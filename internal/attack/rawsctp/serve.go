package rawsctp

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"syscall"
	"time"
)

// A Habit is the way in which Serve treats data of the peer.
type Habit struct {
	// Acknowledge answers each DATA chunk with a SACK. Else there is no SACK at all.
	Acknowledge bool
	// Window is the window in the SACKs, in octets.
	Window uint32
}

// Received counts the chunks that Serve has received.
type Received struct {
	Data, Sacks, SackOctets, Heartbeats int64
	// Ended: the peer has aborted the association or shut it down. Reason is the text of an ABORT.
	Ended  bool
	Reason string
}

const serveWait = 200 * time.Millisecond

// Serve answers heartbeats, so that the peer holds the association for alive, until the context ends or the peer ends the
// association.
func (a *Association) Serve(ctx context.Context, habit Habit) (r Received) {
	for ctx.Err() == nil && !r.Ended {
		chunks, err := a.Receive(serveWait)
		if errors.Is(err, net.ErrClosed) {
			return r
		}
		for _, c := range chunks {
			a.serveChunk(c, habit, &r)
		}
	}
	return r
}

// CountPackets receives packets without an answer until the context ends, and returns their number.
func (a *Association) CountPackets(ctx context.Context) (n int64) {
	for ctx.Err() == nil {
		if _, err := a.Receive(serveWait); err == nil {
			n++
		}
	}
	return n
}

// serveChunk treats a chunk. A chunk that cannot be sent counts as lost on the way.
func (a *Association) serveChunk(c Chunk, habit Habit, r *Received) {
	switch c.Type {
	case TypeData:
		r.Data++
		if len(c.Value) >= 4 && binary.BigEndian.Uint32(c.Value) == a.Cumulative+1 {
			a.Cumulative++
		}
		if habit.Acknowledge {
			_ = a.Send(Sack{Cumulative: a.Cumulative, Window: habit.Window}.Chunk())
		}
	case TypeSack:
		r.Sacks++
		r.SackOctets += int64(c.Len())
	case TypeHeartbeat:
		r.Heartbeats++
		_ = a.Send(Chunk{Type: TypeHeartbeatAck, Value: c.Value})
	case TypeAbort:
		r.Ended, r.Reason = true, reason(c)
	case TypeShutdown, TypeShutdownAck, TypeShutdownComplete:
		r.Ended = true
	}
}

// isRefused reports whether an error of the socket is an ICMP message about an earlier packet.
func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

const causeHeaderLen = 4

// reason returns the information of the first error cause in an ABORT (3.3.10), which is text for most causes.
func reason(abort Chunk) string {
	v := abort.Value
	if len(v) < causeHeaderLen {
		return ""
	}
	length := min(int(binary.BigEndian.Uint16(v[2:])), len(v))
	return string(v[causeHeaderLen:max(length, causeHeaderLen)])
}
