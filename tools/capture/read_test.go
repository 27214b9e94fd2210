package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/gopacket/pcapgo"
)

// chunkNames are the names of SCTP chunks (RFC 9260, 3.2).
var chunkNames = map[byte]string{
	1: "INIT", 2: "INIT ACK", 6: "ABORT", 7: "SHUTDOWN", 8: "SHUTDOWN ACK", 10: "COOKIE ECHO", 11: "COOKIE ACK", 14: "SHUTDOWN COMPLETE",
}

// A reading is the content of a capture.
type reading struct {
	lines    []string // a line for each packet
	messages []string // "source > destination: data", also of datagrams
	dropped  uint64

	tags, tsns map[string]uint32 // by source: the tag that it has chosen, and its next TSN
	partial    map[string][]byte // by source and stream: the fragments so far
	ssns       map[string]uint16
}

// readCapture reads a capture, and checks each packet.
func readCapture(t *testing.T, file string) *reading {
	t.Helper()
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return new(reading) // No endpoint was opened.
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, err := pcapgo.NewNgReader(f, pcapgo.NgReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := &reading{tags: map[string]uint32{}, tsns: map[string]uint32{}, partial: map[string][]byte{}, ssns: map[string]uint16{}}
	for {
		data, info, err := in.ReadPacketData()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("after %d packets: %v", len(r.lines), err)
		}
		if info.Length != len(data) {
			t.Fatalf("packet %d has %d of %d octets", len(r.lines)+1, len(data), info.Length)
		}
		if err := r.packet(data); err != nil {
			t.Fatalf("packet %d: %v\n% x", len(r.lines)+1, err, data)
		}
	}
	if i, err := in.Interface(0); err == nil && i.Statistics.PacketsDropped != pcapgo.NgNoValue64 {
		r.dropped = i.Statistics.PacketsDropped
	}
	return r
}

// packet reads an IP packet.
func (r *reading) packet(data []byte) error {
	var src, dst netip.Addr
	var payload []byte
	var protocol byte
	if data[0]>>4 == 4 {
		head := data[:20]
		if data[0] != 0x45 || int(binary.BigEndian.Uint16(head[2:])) != len(data) || sum16(head) != 0xffff {
			return errors.New("wrong head of IPv4")
		}
		src, dst, payload, protocol = netip.AddrFrom4([4]byte(head[12:])), netip.AddrFrom4([4]byte(head[16:])), data[20:], head[9]
	} else {
		head := data[:40]
		if data[0] != 0x60 || int(binary.BigEndian.Uint16(head[4:])) != len(data)-40 {
			return errors.New("wrong head of IPv6")
		}
		src, dst, payload, protocol = netip.AddrFrom16([16]byte(head[8:])), netip.AddrFrom16([16]byte(head[24:])), data[40:], head[6]
	}
	from := netip.AddrPortFrom(src, binary.BigEndian.Uint16(payload)).String()
	to := netip.AddrPortFrom(dst, binary.BigEndian.Uint16(payload[2:])).String()
	if protocol == 17 {
		pseudo := slices.Concat(src.AsSlice(), dst.AsSlice(), []byte{0, 17}, binary.BigEndian.AppendUint16(nil, uint16(len(payload))), payload)
		if int(binary.BigEndian.Uint16(payload[4:])) != len(payload) || sum16(pseudo) != 0xffff {
			return errors.New("wrong head of UDP")
		}
		r.add(from, to, "UDP")
		r.messages = append(r.messages, fmt.Sprintf("%s > %s: %s", from, to, payload[8:]))
		return nil
	}
	if len(data) > 1280 || len(payload)%4 != 0 {
		return fmt.Errorf("%d octets", len(data))
	}
	zeroed := bytes.Clone(payload)
	clear(zeroed[8:12])
	if binary.LittleEndian.Uint32(payload[8:]) != crc32.Checksum(zeroed, crc32.MakeTable(crc32.Castagnoli)) {
		return errors.New("wrong checksum")
	}
	return r.chunk(from, to, binary.BigEndian.Uint32(payload[4:]), payload[12:])
}

func (r *reading) add(from, to, format string, args ...any) {
	r.lines = append(r.lines, fmt.Sprintf("%s > %s "+format, append([]any{from, to}, args...)...))
}

// sum16 returns the checksum of IP and UDP over octets with their checksum, 0xffff if it is right.
func sum16(b []byte) uint32 {
	var sum uint32
	for i := range b {
		sum += uint32(b[i]) << (8 * (1 - i%2))
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	return sum
}

// chunk reads the only chunk of a packet. Associations are told by their ports and addresses.
func (r *reading) chunk(from, to string, tag uint32, b []byte) error {
	length := int(binary.BigEndian.Uint16(b[2:]))
	if length < 4 || length > len(b) || len(b)-length > 3 || slices.Max(append(b[length:], 0)) != 0 {
		return fmt.Errorf("chunk of %d octets in %d, padding % x", length, len(b), b[min(length, len(b)):])
	}
	key, want := from+" "+to, r.tags[to+" "+from]
	if b[0] == 1 {
		want = 0
	}
	if tag != want {
		return fmt.Errorf("tag %x, want %x", tag, want)
	}
	switch b[0] {
	case 0:
		return r.data(from, to, b[:length])
	case 1, 2:
		r.tags[key], r.tsns[key] = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[16:])
		for stream := range 65 {
			delete(r.ssns, fmt.Sprint(key, " ", stream))
		}
	case 6:
		r.add(from, to, "ABORT %d %q", binary.BigEndian.Uint16(b[4:]), b[8:4+binary.BigEndian.Uint16(b[6:])])
		return nil
	case 7:
		if last := binary.BigEndian.Uint32(b[4:]); last != r.tsns[to+" "+from]-1 {
			return fmt.Errorf("SHUTDOWN acknowledges TSN %d of %d", last, r.tsns[to+" "+from]-1)
		}
	}
	r.add(from, to, "%s", chunkNames[b[0]])
	return nil
}

// data reads a DATA chunk.
func (r *reading) data(from, to string, b []byte) error {
	key := from + " " + to
	stream, ssn, ppid := binary.BigEndian.Uint16(b[8:]), binary.BigEndian.Uint16(b[10:]), binary.BigEndian.Uint32(b[12:])
	streamKey := fmt.Sprint(key, " ", stream)
	if tsn := binary.BigEndian.Uint32(b[4:]); tsn != r.tsns[key] || ssn != r.ssns[streamKey] {
		return fmt.Errorf("TSN %d and SSN %d, want %d and %d", tsn, ssn, r.tsns[key], r.ssns[streamKey])
	}
	r.tsns[key]++
	begin, end := b[1]&2 != 0, b[1]&1 != 0
	if begin != (r.partial[key] == nil) {
		return fmt.Errorf("flags %x", b[1])
	}
	flags := strings.Trim(map[bool]string{true: "B"}[begin]+map[bool]string{true: "E"}[end], " ")
	r.add(from, to, "DATA %s stream %d ppid %d, %d octets", flags, stream, ppid, len(b)-16)
	r.partial[key] = append(r.partial[key], b[16:]...)
	if end {
		r.messages = append(r.messages, fmt.Sprintf("%s > %s: %s", from, to, r.partial[key]))
		delete(r.partial, key)
		r.ssns[streamKey]++
	}
	return nil
}
