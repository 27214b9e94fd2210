package csp

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Protocol is the number of a transport protocol in IP.
type Protocol uint16

// The protocols that components use.
const (
	ProtocolTCP  Protocol = 6
	ProtocolUDP  Protocol = 17
	ProtocolSCTP Protocol = 132
)

// String returns the protocol's name, or its number.
func (p Protocol) String() string {
	switch p {
	case ProtocolTCP:
		return "TCP"
	case ProtocolUDP:
		return "UDP"
	case ProtocolSCTP:
		return "SCTP"
	}
	return fmt.Sprintf("Protocol(%d)", uint16(p))
}

// Association is a connection of the reporting component with another one.
type Association struct {
	// ReceiverID is the component at the other end.
	ReceiverID ComponentID
	// Duration is for how long it has stood, in whole microseconds, or
	// [UnknownDuration].
	Duration time.Duration
	// Flags has no bits with a meaning yet.
	Flags    uint16
	Protocol Protocol
	// PPID is the payload protocol identifier of the application: 11 for ASAP, 12
	// for ENRP, 0 for none.
	PPID uint32
}

// UnknownDuration is the duration of an association that has none, such as one that
// is being set up. On the wire all bits are set.
const UnknownDuration time.Duration = -1

const associationLen = 24

// append appends the entry.
func (a *Association) append(b []byte) ([]byte, error) {
	duration := ^uint64(0)
	if a.Duration != UnknownDuration {
		var err error
		if duration, err = microseconds(a.Duration); err != nil {
			return nil, fmt.Errorf("csp: duration of an association: %w", err)
		}
	}
	b = binary.BigEndian.AppendUint64(b, uint64(a.ReceiverID))
	b = binary.BigEndian.AppendUint64(b, duration)
	b = binary.BigEndian.AppendUint16(b, a.Flags)
	b = binary.BigEndian.AppendUint16(b, uint16(a.Protocol))
	return binary.BigEndian.AppendUint32(b, a.PPID), nil
}

// parseAssociation decodes the entry at offset in b.
func parseAssociation(b []byte, offset int) (a Association, err error) {
	e := b[offset : offset+associationLen]
	a = Association{
		ReceiverID: ComponentID(binary.BigEndian.Uint64(e)),
		Duration:   UnknownDuration,
		Flags:      binary.BigEndian.Uint16(e[16:]),
		Protocol:   Protocol(binary.BigEndian.Uint16(e[18:])),
		PPID:       binary.BigEndian.Uint32(e[20:]),
	}
	if v := binary.BigEndian.Uint64(e[8:]); v != ^uint64(0) {
		a.Duration, err = duration(v, offset+8)
	}
	return a, err
}
