package wireshark

import (
	"encoding/binary"
	"hash/crc32"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A frame is an IP packet with a UDP datagram or an SCTP packet.
type frame struct {
	protocol uint8 // of IP
	src, dst netip.AddrPort
	payload  []byte // of IP
}

const (
	protocolUDP  = 17
	protocolSCTP = 132
)

// udp returns a datagram from src to dst, both given as address and port.
func udp(src, dst string, data []byte) frame {
	f := frame{protocol: protocolUDP, src: netip.MustParseAddrPort(src), dst: netip.MustParseAddrPort(dst)}
	f.payload = binary.BigEndian.AppendUint16(nil, f.src.Port())
	f.payload = binary.BigEndian.AppendUint16(f.payload, f.dst.Port())
	f.payload = binary.BigEndian.AppendUint16(f.payload, uint16(8+len(data)))
	f.payload = append(f.payload, 0, 0) // without a checksum
	f.payload = append(f.payload, data...)
	return f
}

// udpSCTP returns SCTP in UDP, whose ports are the SCTP ports too.
func udpSCTP(src, dst string, chunks ...[]byte) frame {
	return udp(src, dst, sctpPacket(netip.MustParseAddrPort(src).Port(), netip.MustParseAddrPort(dst).Port(), chunks...))
}

// sctpPacket returns an SCTP packet with its CRC32c (RFC 9260, 3.1 and appendix A). An INIT chunk has the tag 0.
func sctpPacket(src, dst uint16, chunks ...[]byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, src)
	b = binary.BigEndian.AppendUint16(b, dst)
	tag := uint32(0x01020304)
	if chunks[0][0] == 1 {
		tag = 0
	}
	b = binary.BigEndian.AppendUint32(b, tag)
	b = append(b, 0, 0, 0, 0)
	b = append(b, slices.Concat(chunks...)...)
	binary.LittleEndian.PutUint32(b[8:], crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	return b
}

// chunk returns an SCTP chunk with its padding.
func chunk(typ, flags uint8, value []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{typ, flags}, uint16(4+len(value)))
	b = append(b, value...)
	return append(b, make([]byte, -len(b)&3)...)
}

// initChunk returns an INIT chunk.
func initChunk() []byte {
	return chunk(1, 0, []byte{1, 2, 3, 4, 0, 4, 0, 0, 0, 10, 0, 10, 5, 6, 7, 8})
}

// dataChunk returns a DATA chunk with a whole message.
func dataChunk(tsn, ppid uint32, message []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, tsn)
	b = append(b, 0, 0, 0, 0) // stream and its sequence number
	b = binary.BigEndian.AppendUint32(b, ppid)
	return chunk(0, 3, append(b, message...))
}

// appendBinary appends the IP packet.
func (f *frame) appendBinary(b []byte) []byte {
	if f.src.Addr().Is4() {
		b = append(b, 0x45, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(20+len(f.payload)))
		b = append(b, 0, 0, 0, 0, 64, f.protocol, 0, 0)
	} else {
		b = append(b, 0x60, 0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(len(f.payload)))
		b = append(b, f.protocol, 64)
	}
	b = append(b, f.src.Addr().AsSlice()...)
	b = append(b, f.dst.Addr().AsSlice()...)
	return append(b, f.payload...)
}

// wholeFrames is a snapshot length that cuts nothing off.
const wholeFrames = 65535

// write writes a capture (classic pcap, link type RAW) that has at most snaplen octets of each frame, and returns the name
// of the file.
func write(t *testing.T, frames []frame, snaplen int) string {
	t.Helper()
	const linkTypeRaw = 101
	order := binary.LittleEndian
	b := order.AppendUint32(nil, 0xa1b2c3d4)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = order.AppendUint32(b, uint32(snaplen))
	b = order.AppendUint32(b, linkTypeRaw)
	for i := range frames {
		packet := frames[i].appendBinary(nil)
		b = order.AppendUint32(b, uint32(i)) // seconds
		b = order.AppendUint32(b, 0)
		b = order.AppendUint32(b, uint32(min(len(packet), snaplen)))
		b = order.AppendUint32(b, uint32(len(packet)))
		b = append(b, packet[:min(len(packet), snaplen)]...)
	}
	file := filepath.Join(t.TempDir(), "frames.pcap")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
