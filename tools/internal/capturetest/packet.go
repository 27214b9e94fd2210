// Package capturetest makes messages, packets and captures for tests.
package capturetest

import (
	"encoding/binary"
	"io"
	"net/netip"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/rserpool-go/rserpool/tools/sctpchunk"
)

// Ports and addresses of the packets.
var (
	Client4 = netip.MustParseAddr("192.0.2.1")
	Server4 = netip.MustParseAddr("192.0.2.2")
	Client6 = netip.MustParseAddr("2001:db8::1")
	Server6 = netip.MustParseAddr("2001:db8::2")
)

// Ports of the packets.
const (
	ClientPort = 40000
	ServerPort = 40001
)

// Tag is the verification tag of the packets.
const Tag = 0x01020304

// SCTP returns an SCTP packet with chunks, from client to server.
func SCTP(chunks ...sctpchunk.Chunk) []byte {
	b, _ := sctpchunk.Header{SrcPort: ClientPort, DstPort: ServerPort, Tag: Tag}.AppendBinary(nil) // does not fail
	for _, c := range chunks {
		out, err := c.AppendBinary(b)
		if err != nil {
			panic("BUG: chunk is too long")
		}
		b = out
	}
	return Sum(b)
}

// Sum sets the checksum of an SCTP packet.
func Sum(packet []byte) []byte {
	sum := sctpchunk.Checksum(packet)
	copy(packet[8:], sum[:])
	return packet
}

// Whole returns a DATA chunk that is a whole message.
func Whole(tsn, ppid uint32, message []byte) sctpchunk.Chunk {
	return sctpchunk.Data{Begin: true, End: true, TSN: tsn, SSN: uint16(tsn), PPID: ppid, Payload: message}.Chunk()
}

// Fragments returns DATA chunks of a message, each with up to n octets.
func Fragments(tsn, ppid uint32, message []byte, n int) []sctpchunk.Chunk {
	var out []sctpchunk.Chunk
	for at := 0; at < len(message); at += n {
		end := min(at+n, len(message))
		out = append(out, sctpchunk.Data{
			Begin: at == 0, End: end == len(message), TSN: tsn + uint32(len(out)), SSN: 7, PPID: ppid, Payload: message[at:end],
		}.Chunk())
	}
	return out
}

// UDP returns a UDP datagram.
func UDP(src, dst uint16, payload []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, src)
	b = binary.BigEndian.AppendUint16(b, dst)
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(payload)))
	return append(append(b, 0, 0), payload...) // without a checksum
}

// IPv4 returns an IPv4 packet.
func IPv4(src, dst netip.Addr, protocol uint8, payload []byte) []byte {
	return IPv4Fragment(src, dst, protocol, 1, 0, false, payload)
}

// IPv4Fragment returns a fragment of an IPv4 packet.
func IPv4Fragment(src, dst netip.Addr, protocol uint8, id uint16, offset int, more bool, payload []byte) []byte {
	b := []byte{0x45, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(20+len(payload)))
	b = binary.BigEndian.AppendUint16(b, id)
	at := uint16(offset / 8)
	if more {
		at |= 0x2000
	}
	b = binary.BigEndian.AppendUint16(b, at)
	b = append(b, 64, protocol, 0, 0)
	s, d := src.As4(), dst.As4()
	b = append(append(b, s[:]...), d[:]...)
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	binary.BigEndian.PutUint16(b[10:], ^uint16(sum))
	return append(b, payload...)
}

// IPv6 returns an IPv6 packet. The payload begins with extension headers if next says
// so.
func IPv6(src, dst netip.Addr, next uint8, payload []byte) []byte {
	b := []byte{0x60, 0, 0, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(len(payload)))
	b = append(b, next, 64)
	s, d := src.As16(), dst.As16()
	return append(append(append(b, s[:]...), d[:]...), payload...)
}

// IPv6Fragment returns a fragment of an IPv6 packet.
func IPv6Fragment(src, dst netip.Addr, protocol uint8, id uint32, offset int, more bool, payload []byte) []byte {
	at := uint16(offset)
	if more {
		at |= 1
	}
	b := binary.BigEndian.AppendUint16([]byte{protocol, 0}, at)
	b = binary.BigEndian.AppendUint32(b, id)
	return IPv6(src, dst, 44, append(b, payload...))
}

// Ethernet returns a frame with an IP packet.
func Ethernet(ip []byte) []byte {
	b := make([]byte, 12, 14+len(ip))
	typ := uint16(0x0800)
	if ip[0]>>4 == 6 {
		typ = 0x86dd
	}
	return append(binary.BigEndian.AppendUint16(b, typ), ip...)
}

// Time is when the first packet of a capture was captured; the others follow a
// millisecond later each.
var Time = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// WritePcap writes a capture.
func WritePcap(w io.Writer, link uint16, packets ...[]byte) error {
	pw := pcapgo.NewWriter(w)
	if err := pw.WriteFileHeader(262144, layers.LinkType(link)); err != nil {
		return err
	}
	for i, p := range packets {
		if err := pw.WritePacket(info(i, p), p); err != nil {
			return err
		}
	}
	return nil
}

// WritePcapNG writes a capture in the other format.
func WritePcapNG(w io.Writer, link uint16, packets ...[]byte) error {
	pw, err := pcapgo.NewNgWriter(w, layers.LinkType(link))
	if err != nil {
		return err
	}
	for i, p := range packets {
		if err := pw.WritePacket(info(i, p), p); err != nil {
			return err
		}
	}
	return pw.Flush()
}

func info(i int, p []byte) gopacket.CaptureInfo {
	return gopacket.CaptureInfo{Timestamp: Time.Add(time.Duration(i) * time.Millisecond), CaptureLength: len(p), Length: len(p)}
}
