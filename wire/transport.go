package wire

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"

	"github.com/rserpool-go/rserpool/wire/internal/tlv"
)

// Protocol is the transport protocol of a [Transport]: the type of its parameter.
type Protocol ParamType

// The transport protocols (RFC 5354, 3.3 to 3.7 and 3.16).
const (
	DCCP    = Protocol(ParamDCCPTransport)
	SCTP    = Protocol(ParamSCTPTransport)
	TCP     = Protocol(ParamTCPTransport)
	UDP     = Protocol(ParamUDPTransport)
	UDPLite = Protocol(ParamUDPLiteTransport)
	Opaque  = Protocol(ParamOpaqueTransport)
)

// String returns the protocol's name.
func (p Protocol) String() string {
	switch p {
	case DCCP:
		return "DCCP"
	case SCTP:
		return "SCTP"
	case TCP:
		return "TCP"
	case UDP:
		return "UDP"
	case UDPLite:
		return "UDP-Lite"
	case Opaque:
		return "Opaque"
	}
	return fmt.Sprintf("Protocol(0x%04x)", uint16(p))
}

// TransportUse says whether a transport carries control messages (RFC 5354, 3.4).
type TransportUse uint16

// The transport uses.
const (
	DataOnly       TransportUse = 0
	DataAndControl TransportUse = 1
)

// String returns the use in words.
func (u TransportUse) String() string {
	switch u {
	case DataOnly:
		return "data only"
	case DataAndControl:
		return "data plus control"
	}
	return fmt.Sprintf("TransportUse(%d)", uint16(u))
}

// Transport is a transport parameter: where and by which protocol something can be
// reached (RFC 5354, 3.3 to 3.7 and 3.16).
type Transport struct {
	Protocol Protocol
	Port     uint16
	// Use is 0 for other protocols than SCTP and TCP. RFC 5354 reserves the field
	// for TCP, and RSPLIB uses it.
	Use TransportUse
	// ServiceCode is the service code of DCCP.
	ServiceCode uint32
	// Addrs has several addresses at most for SCTP, none for Opaque, and a single
	// address for all further protocols. IPv4 addresses mapped into IPv6 are encoded
	// as IPv4 addresses, and decoded to them. Zones cannot be encoded.
	Addrs []netip.Addr
	// Opaque is the content of an Opaque transport, which has no other field.
	Opaque []byte
	// Unknown are the parameters inside that are no addresses.
	Unknown []RawParam
}

// AddrPorts returns the addresses, each with the port.
func (t *Transport) AddrPorts() []netip.AddrPort {
	out := make([]netip.AddrPort, len(t.Addrs))
	for i, a := range t.Addrs {
		out[i] = netip.AddrPortFrom(a, t.Port)
	}
	return out
}

// String returns the protocol, the first address with the port, how many more addresses
// there are, and whether the transport carries control messages.
func (t Transport) String() string {
	b := []byte(t.Protocol.String())
	if len(t.Addrs) > 0 {
		b = netip.AddrPortFrom(t.Addrs[0], t.Port).AppendTo(append(b, ' '))
	}
	if len(t.Addrs) > 1 {
		b = strconv.AppendInt(append(b, " +"...), int64(len(t.Addrs)-1), 10)
	}
	if t.Use == DataAndControl {
		b = append(b, " with control"...)
	}
	return string(b)
}

// LogValue implements [slog.LogValuer].
func (t Transport) LogValue() slog.Value { return slog.StringValue(t.String()) }

// isTransport reports whether the type is the type of a transport parameter.
func isTransport(t ParamType) bool {
	return t >= ParamDCCPTransport && t <= ParamUDPLiteTransport || t == ParamOpaqueTransport
}

// AppendBinary appends the parameter. It fails with [ErrRange] if the fields do not
// suit the protocol, and with [ErrTooLong].
func (t *Transport) AppendBinary(b []byte) ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	start := len(b)
	b = tlv.Begin(b, uint16(t.Protocol))
	if t.Protocol == Opaque {
		return endParam(append(b, t.Opaque...), start, ParamOpaqueTransport, 0)
	}
	b = binary.BigEndian.AppendUint16(b, t.Port)
	b = binary.BigEndian.AppendUint16(b, uint16(t.Use))
	if t.Protocol == DCCP {
		b = binary.BigEndian.AppendUint32(b, t.ServiceCode)
	}
	for _, a := range t.Addrs {
		b = appendAddr(b, a)
	}
	b, err := AppendParams(b, t.Unknown)
	if err != nil {
		return nil, err
	}
	return endParam(b, start, ParamType(t.Protocol), lastPadding(t.Unknown, 0))
}

// encodedLen returns the number of octets, with padding, that AppendBinary appends unless it
// fails.
func (t *Transport) encodedLen() int {
	if t.Protocol == Opaque {
		return paddedLen(len(t.Opaque))
	}
	n := 4 // the port and the use
	if t.Protocol == DCCP {
		n += 4
	}
	for _, a := range t.Addrs {
		if a.Unmap().Is4() {
			n += tlv.HeaderLen + 4
		} else {
			n += tlv.HeaderLen + 16
		}
	}
	return paddedLen(n + encodedLen(t.Unknown))
}

// padding returns how many octets of padding the parameter ends with.
func (t *Transport) padding() int { return lastPadding(t.Unknown, padding(len(t.Opaque))) }

// check fails if the fields do not suit the protocol.
func (t *Transport) check() error {
	typ := ParamType(t.Protocol)
	opaque := t.Protocol == Opaque
	switch {
	case !isTransport(typ):
		return outOfRange(typ, "not a transport")
	case opaque && (t.Port != 0 || len(t.Addrs) != 0 || len(t.Unknown) != 0), !opaque && len(t.Opaque) != 0,
		t.ServiceCode != 0 && t.Protocol != DCCP,
		t.Use != 0 && t.Protocol != SCTP && t.Protocol != TCP:
		return outOfRange(typ, "field of another protocol")
	case len(t.Addrs) == 0 && !opaque:
		return outOfRange(typ, "no address")
	case len(t.Addrs) > 1 && t.Protocol != SCTP:
		return outOfRange(typ, "more than one address")
	}
	for _, a := range t.Addrs {
		if !a.IsValid() || a.Zone() != "" {
			return outOfRange(typ, "address "+strconv.Quote(a.String()))
		}
	}
	return nil
}

// appendAddr appends an address parameter (RFC 5354, 3.1 and 3.2).
func appendAddr(b []byte, a netip.Addr) []byte {
	if a = a.Unmap(); a.Is4() {
		a4 := a.As4()
		b = append(b, 0, byte(ParamIPv4Address), 0, tlv.HeaderLen+4)
		return append(b, a4[:]...)
	}
	a16 := a.As16()
	b = append(b, 0, byte(ParamIPv6Address), 0, tlv.HeaderLen+16)
	return append(b, a16[:]...)
}

// ParseTransport decodes a transport parameter.
func ParseTransport(p RawParam) (Transport, error) {
	var t Transport
	err := t.Parse(p)
	return t, err
}

// Parse is [ParseTransport] into t, which must be zero.
func (t *Transport) Parse(p RawParam) error {
	t.Protocol = Protocol(p.Type)
	switch {
	case p.Type == ParamOpaqueTransport:
		t.Opaque = clone(p.Value)
		return nil
	case !isTransport(p.Type):
		return p.Fail(0, ErrBadValue)
	}
	fixed := 4
	if t.Protocol == DCCP {
		fixed = 8
	}
	if err := p.need(fixed); err != nil {
		return err
	}
	t.Port = binary.BigEndian.Uint16(p.Value)
	switch t.Protocol {
	case SCTP, TCP:
		t.Use = TransportUse(binary.BigEndian.Uint16(p.Value[2:]))
	case DCCP:
		t.ServiceCode = binary.BigEndian.Uint32(p.Value[4:])
	}
	return t.parseAddrs(p, fixed)
}

// parseAddrs decodes the addresses behind the fixed part of the parameter.
func (t *Transport) parseAddrs(p RawParam, fixed int) error {
	w := p.Walk(fixed)
	for w.Next() {
		a, known, err := parseAddr(w.Param)
		switch {
		case err != nil:
			return err
		case !known:
			t.Unknown = w.Retain(t.Unknown)
			continue
		case t.Addrs == nil && t.Protocol == SCTP:
			t.Addrs = make([]netip.Addr, 0, countAddrs(w))
		case len(t.Addrs) == 1 && t.Protocol != SCTP:
			return w.Param.Repeated()
		}
		t.Addrs = append(t.Addrs, a)
	}
	if err := w.Err(); err != nil {
		return err
	}
	if len(t.Addrs) == 0 {
		return p.missing(ParamIPv4Address)
	}
	return nil
}

// countAddrs returns the number of addresses, starting with the current parameter of w.
func countAddrs(w Walker) int {
	n := 1
	for w.Next() {
		if w.Param.Type == ParamIPv4Address || w.Param.Type == ParamIPv6Address {
			n++
		}
	}
	return n
}

func parseAddr(p RawParam) (a netip.Addr, known bool, err error) {
	switch p.Type {
	case ParamIPv4Address:
		if len(p.Value) != 4 {
			return a, true, p.Fail(0, ErrBadLength)
		}
		return netip.AddrFrom4([4]byte(p.Value)), true, nil
	case ParamIPv6Address:
		if len(p.Value) != 16 {
			return a, true, p.Fail(0, ErrBadLength)
		}
		return netip.AddrFrom16([16]byte(p.Value)).Unmap(), true, nil
	}
	return a, false, nil
}
