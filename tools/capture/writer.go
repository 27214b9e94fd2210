package capture

import (
	"bytes"
	"encoding/binary"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// flushSize is the number of octets that are written to the file at once.
const flushSize = 64 << 10

// A writer makes packets of events, and writes them to a file.
type writer struct {
	file    target
	size    int64 // of the file
	out     bytes.Buffer
	ng      *pcapgo.NgWriter // writes to out
	packet  zeroed
	id      uint16 // of the next IPv4 packet
	began   time.Time
	packets uint64
	dropped int // messages that the statistics in the file have
}

func newWriter(file target, size int64) *writer {
	return &writer{file: file, size: size, packet: zeroed{gopacket.NewSerializeBuffer()}, began: time.Now()}
}

// begin writes the head of a section.
func (w *writer) begin() error {
	var err error
	w.ng, err = pcapgo.NewNgWriterInterface(&w.out,
		pcapgo.NgInterface{
			Name:        "messages",
			Description: "Messages at the endpoints of the program; SCTP packets are synthetic.",
			OS:          runtime.GOOS,
			LinkType:    layers.LinkTypeRaw,
		},
		pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{
			Hardware:    runtime.GOARCH,
			OS:          runtime.GOOS,
			Application: filepath.Base(os.Args[0]),
		}})
	return err
}

// writeBatch writes the packets of a batch to the file.
func (w *writer) writeBatch(b *batch) error {
	if w.ng == nil {
		if err := w.begin(); err != nil {
			return err
		}
	}
	start := 0
	for i := range b.events {
		e := &b.events[i]
		if err := w.writeEvent(e, b.data[start:e.end]); err != nil {
			return err
		}
		start = e.end
		if w.out.Len() >= flushSize {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return w.flush()
}

// writeEvent appends the packets of an event to the output.
func (w *writer) writeEvent(e *event, data []byte) error {
	switch e.kind {
	case opened:
		return e.flow.open(w, e.at)
	case message:
		return e.flow.message(w, e, data)
	case ended:
		return e.flow.end(w, e, data)
	}
	return w.datagram(e, data)
}

// sctp writes an SCTP packet.
func (w *writer) sctp(at time.Time, from, to *side, chunks ...gopacket.SerializableLayer) error {
	head := &layers.SCTP{
		SrcPort:         layers.SCTPPort(from.addr.Port()),
		DstPort:         layers.SCTPPort(to.addr.Port()),
		VerificationTag: to.tag,
	}
	ip := w.ip(from.addr.Addr(), to.addr.Addr(), layers.IPProtocolSCTP)
	return w.write(at, append([]gopacket.SerializableLayer{ip, head}, chunks...)...)
}

// datagram writes a UDP datagram.
func (w *writer) datagram(e *event, data []byte) error {
	from, to := e.flow.direction(e.inbound)
	udp := &udp{layers.UDP{SrcPort: layers.UDPPort(from.addr.Port()), DstPort: layers.UDPPort(to.addr.Port())}}
	ip := w.ip(from.addr.Addr(), to.addr.Addr(), layers.IPProtocolUDP)
	if err := udp.SetNetworkLayerForChecksum(ip); err != nil {
		return err
	}
	return w.write(e.at, ip, udp, gopacket.Payload(data))
}

// udp is a head of UDP whose checksum is never 0, which stands for no checksum (RFC 768).
type udp struct{ layers.UDP }

// SerializeTo implements gopacket.SerializableLayer.
func (u *udp) SerializeTo(b gopacket.SerializeBuffer, options gopacket.SerializeOptions) error {
	err := u.UDP.SerializeTo(b, options)
	if err == nil && u.Checksum == 0 {
		const checksum = 6
		binary.BigEndian.PutUint16(b.Bytes()[checksum:], math.MaxUint16)
	}
	return err
}

// ipLayer is a head of IPv4 or IPv6.
type ipLayer interface {
	gopacket.NetworkLayer
	gopacket.SerializableLayer
}

// ip returns the head of an IP packet.
func (w *writer) ip(src, dst netip.Addr, protocol layers.IPProtocol) ipLayer {
	const hops = 64
	if src.Is4() {
		w.id++
		return &layers.IPv4{
			Version: 4, IHL: 5, Id: w.id, Flags: layers.IPv4DontFragment, TTL: hops, Protocol: protocol,
			SrcIP: src.AsSlice(), DstIP: dst.AsSlice(),
		}
	}
	return &layers.IPv6{Version: 6, NextHeader: protocol, HopLimit: hops, SrcIP: src.AsSlice(), DstIP: dst.AsSlice()}
}

// write writes a packet with lengths and checksums.
func (w *writer) write(at time.Time, stack ...gopacket.SerializableLayer) error {
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(w.packet, options, stack...); err != nil {
		return err
	}
	w.packets++
	data := w.packet.Bytes()
	return w.ng.WritePacket(gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(data), Length: len(data)}, data)
}

// writeStatistics writes the numbers of packets so far, and of messages that have been left out.
func (w *writer) writeStatistics(dropped int) error {
	w.dropped = dropped
	now := time.Now()
	err := w.ng.WriteInterfaceStats(0, pcapgo.NgInterfaceStatistics{
		LastUpdate: now, StartTime: w.began, EndTime: now,
		PacketsReceived: w.packets, PacketsDropped: uint64(dropped),
	})
	if err != nil {
		return err
	}
	return w.flush()
}

// flush writes the output to the file. If only a part can be written, the file is cut off before it, so
// that the file remains readable.
func (w *writer) flush() error {
	if err := w.ng.Flush(); err != nil {
		return err
	}
	n, err := w.file.Write(w.out.Bytes())
	w.out.Reset()
	if err != nil {
		if n > 0 {
			_ = w.file.Truncate(w.size) // The failure to write counts.
		}
		return err
	}
	w.size += int64(n)
	return nil
}

// zeroed is a buffer of gopacket whose new octets are zero. The SCTP head counts on that for its
// checksum, and DATA chunks count on it for their padding.
type zeroed struct{ gopacket.SerializeBuffer }

// PrependBytes implements gopacket.SerializeBuffer.
func (z zeroed) PrependBytes(n int) ([]byte, error) {
	b, err := z.SerializeBuffer.PrependBytes(n)
	clear(b)
	return b, err
}

// AppendBytes implements gopacket.SerializeBuffer.
func (z zeroed) AppendBytes(n int) ([]byte, error) {
	b, err := z.SerializeBuffer.AppendBytes(n)
	clear(b)
	return b, err
}
