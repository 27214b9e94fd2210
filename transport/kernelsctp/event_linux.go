//go:build linux && !386

package kernelsctp

import (
	"encoding/binary"
	"net/netip"

	"github.com/ishidawataru/sctp"
)

// An event is an SCTP notification (RFC 6458, 6.1), with the fields that an endpoint
// needs.
type event struct {
	kind sctp.SCTPNotificationType
	id   assocID

	// Of SCTP_ASSOC_CHANGE.
	peer    netip.AddrPort // The primary address.
	state   sctp.SCTPState
	code    uint16 // The error code.
	streams uint16 // The number of outgoing streams.
	info    []byte // The error causes of an ABORT.

	// Of SCTP_PEER_ADDR_CHANGE.
	path addrState
}

// An addrState is the state of a peer's address.
type addrState uint32

// The relevant states of addresses.
const (
	addrAvailable   addrState = 0
	addrUnreachable addrState = 1
	addrFailing     addrState = 6 // SCTP_ADDR_POTENTIALLY_FAILED
)

// parseEvent parses a notification; ok is false if an endpoint does not need it.
func parseEvent(p packet) (ev event, ok bool) {
	b := p.data
	if len(b) < 12 {
		return ev, false
	}
	u16 := func(at int) uint16 { return binary.NativeEndian.Uint16(b[at:]) }
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
	ev.kind = sctp.SCTPNotificationType(u16(0))
	switch {
	case ev.kind == sctp.SCTP_ASSOC_CHANGE && len(b) >= 20:
		ev.state, ev.code, ev.streams = sctp.SCTPState(u16(8)), u16(10), u16(12)
		ev.id, ev.info = assocID(u32(16)), b[20:]
		ev.peer, _ = parseSockaddr(p.name)
		return ev, true
	case ev.kind == sctp.SCTP_PEER_ADDR_CHANGE && len(b) >= 12+storageLen+8:
		ev.path, ev.id = addrState(u32(8+storageLen)), assocID(u32(16+storageLen))
		return ev, true
	case ev.kind == sctp.SCTP_SHUTDOWN_EVENT:
		ev.id = assocID(u32(8))
		return ev, true
	case ev.kind == sctp.SCTP_PARTIAL_DELIVERY_EVENT && len(b) >= 16:
		ev.id = assocID(u32(12))
		return ev, true
	}
	return ev, false
}

// Error causes (RFC 9260, 3.3.10).
const (
	causeUserAbort         = 12
	causeProtocolViolation = 13
)

// abortReason returns the text of the first User-Initiated Abort or Protocol Violation
// among error causes, with its code. Without either, abortReason returns the code of the
// first cause.
func abortReason(causes []byte) (code uint16, reason string) {
	for len(causes) >= 4 {
		c, n := binary.BigEndian.Uint16(causes), int(binary.BigEndian.Uint16(causes[2:]))
		if n < 4 || n > len(causes) {
			break
		}
		if code == 0 {
			code = c
		}
		if c == causeUserAbort || c == causeProtocolViolation {
			return c, string(causes[4:n])
		}
		causes = causes[min((n+3)&^3, len(causes)):]
	}
	return code, ""
}
