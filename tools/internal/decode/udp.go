package decode

import (
	"encoding/binary"
	"net/netip"

	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/tools/internal/netpkt"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// portSCTPInUDP is the port of IANA for SCTP in UDP (RFC 6951, 4.1).
const portSCTPInUDP = 9899

// udp decodes a UDP datagram.
func (d *Decoder) udp(dg *netpkt.Datagram, emit func(*Record)) {
	const headerLen = 8
	b := dg.Payload
	if len(b) < headerLen {
		return
	}
	src, dst := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	if n := int(binary.BigEndian.Uint16(b[4:])); n >= headerLen && n < len(b) {
		b = b[:n]
	}
	b = b[headerLen:]
	if d.isSCTP(b, src, dst, dg.Truncated) {
		d.stats.SCTPInUDP++
		d.sctp(dg, b, OverSCTPInUDP, emit)
		return
	}
	p, ok := protocolOverUDP(b, src, dst, dg.Dst.IsMulticast())
	if !ok {
		return
	}
	d.record.Src, d.record.Dst = netip.AddrPortFrom(dg.Src, src), netip.AddrPortFrom(dg.Dst, dst)
	d.record.Carrier = OverUDP
	d.record.Message = dissect.Decode(p, b)
	emit(&d.record)
}

// isSCTP reports whether a datagram is an SCTP packet to be decoded. On any port the
// checksum tells: no other datagram of 2^32 fits it. Without a right one, SCTP counts
// only at its own port, where there may be none, or if checksums are not looked at.
func (d *Decoder) isSCTP(b []byte, src, dst uint16, truncated bool) bool {
	const shortest = sctpchunk.HeaderLen + 4 // one chunk without a value
	if len(b) < shortest {
		return false
	}
	have := [4]byte(b[8:])
	if !truncated && have == sctpchunk.Checksum(b) {
		return true
	}
	samePorts := binary.BigEndian.Uint16(b) == src && binary.BigEndian.Uint16(b[2:]) == dst
	if src != portSCTPInUDP && dst != portSCTPInUDP && !samePorts {
		return false
	}
	if truncated || d.IgnoreChecksums || have == [4]byte{} {
		return true
	}
	d.stats.BadChecksums++
	return false
}

// protocolOverUDP returns the protocol of a datagram that is not SCTP: by its port, or
// by its content if that leaves no doubt.
func protocolOverUDP(b []byte, src, dst uint16, multicast bool) (dissect.Protocol, bool) {
	switch {
	case len(b) == 0:
		return "", false
	case src == csp.Port || dst == csp.Port:
		return dissect.CSP, true
	case dst == wire.PortASAP:
		return dissect.ASAP, true
	case dst == wire.PortENRP:
		return dissect.ENRP, true
	case multicast && asapmsg.Type(b[0]) == asapmsg.TypeServerAnnounce:
		_, err := asapmsg.Parse(b)
		return dissect.ASAP, err == nil
	}
	if multicast && enrpmsg.Type(b[0]) == enrpmsg.TypePresence {
		if _, err := enrpmsg.Parse(b); err == nil {
			return dissect.ENRP, true
		}
	}
	if b[0] == csp.TypeReport {
		_, err := csp.Parse(b)
		return dissect.CSP, err == nil
	}
	return "", false
}
