package transport

import (
	"errors"
	"fmt"
)

var (
	// ErrClosed is returned by calls on a closed endpoint or group.
	ErrClosed = errors.New("transport: endpoint closed")

	// ErrMessageEmpty is returned by Send for a message without data: SCTP has no empty
	// messages (RFC 9260, 3.3.1).
	ErrMessageEmpty = errors.New("transport: message without data")

	// ErrWouldWait is returned by TrySend while there is no room for the message.
	ErrWouldWait = errors.New("transport: the send queue is full")

	// ErrMessageTooLarge is returned by Send for a message above the transport's maximum
	// size.
	ErrMessageTooLarge = errors.New("transport: message too large")
)

// Cause states why an association ended.
type Cause uint8

// The causes.
const (
	// CauseShutdown: either side shut the association down gracefully.
	CauseShutdown Cause = iota + 1
	// CauseAbortLocal: this side aborted the association.
	CauseAbortLocal
	// CauseAbortPeer: the peer aborted the association.
	CauseAbortPeer
	// CauseRefused: the peer's host reported, for example by ICMP, that nothing listens
	// at the port.
	CauseRefused
	// CauseUnreachable: the peer did not answer heartbeats or retransmissions.
	CauseUnreachable
	// CauseRestart: the peer has restarted, and has opened a new association, which
	// Accept returns.
	CauseRestart
	// CauseProtocol: the peer broke the protocol.
	CauseProtocol
	// CauseOverload: this side aborted the association to spare its memory. The peer took
	// no data for too long, or this association held most when memory ran out. Messages
	// received before are lost.
	CauseOverload
)

// String returns the cause in words.
func (c Cause) String() string {
	switch c {
	case CauseShutdown:
		return "shutdown"
	case CauseAbortLocal:
		return "aborted here"
	case CauseAbortPeer:
		return "aborted by the peer"
	case CauseRefused:
		return "refused"
	case CauseUnreachable:
		return "peer unreachable"
	case CauseRestart:
		return "peer restarted"
	case CauseProtocol:
		return "protocol violation"
	case CauseOverload:
		return "overload"
	}
	return fmt.Sprintf("Cause(%d)", uint8(c))
}

// A DownError reports that an association has ended, or did not come up.
type DownError struct {
	Cause Cause
	// Reason is the text of the ABORT chunk, or a detail of the local failure.
	Reason string
}

// Error returns the cause and the reason.
func (e *DownError) Error() string {
	if e.Reason == "" {
		return "transport: association down: " + e.Cause.String()
	}
	return "transport: association down: " + e.Cause.String() + ": " + e.Reason
}
