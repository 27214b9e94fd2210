// Package decode is the way from captured packets to messages: IP, SCTP natively and
// in UDP (RFC 6951), user messages, and the RSerPool protocols in them.
package decode

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/assembly"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/tools/internal/netpkt"
	"github.com/rserpool-go/rserpool/tools/pcap"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
)

// Record is a message with where and when it was seen.
type Record struct {
	dissect.Message

	// Frame is the number of the packet that completed the message.
	Frame int
	// Time is when that packet was captured; zero if the capture does not tell.
	Time time.Time
	// Since is the time since the first packet of the capture; 0 if the capture does not tell.
	Since    time.Duration
	Src, Dst netip.AddrPort
	// Carrier tells what carried the message. The fields below are those of SCTP.
	Carrier Carrier
	PPID    uint32
	Stream  uint16
	// Tag is the verification tag of the packet that completed the message.
	Tag uint32
	// TSN is that of the first of Fragments chunks.
	TSN       uint32
	Fragments int
	// Frames are the packets of these chunks. Nil: Frame alone.
	Frames []int
}

// Carrier is what carries a message.
type Carrier uint8

// The carriers. NoCarrier is that of a damaged SCTP packet, which is shown for itself.
const (
	NoCarrier Carrier = iota
	OverUDP
	OverSCTP
	OverSCTPInUDP
)

// String returns the carrier's name.
func (c Carrier) String() string {
	switch c {
	case OverUDP:
		return "UDP"
	case OverSCTP:
		return "SCTP"
	case OverSCTPInUDP:
		return "SCTP in UDP"
	}
	return "none"
}

// Stats counts packets.
type Stats struct {
	// Frames and Octets are what was captured, First and Last when.
	Frames      int
	Octets      int64
	First, Last time.Time
	// SCTPPackets came natively, SCTPInUDP in UDP.
	SCTPPackets, SCTPInUDP int
	// BadChecksums are SCTP packets whose CRC32c is wrong: their receiver dropped
	// them, and so do we.
	BadChecksums int
	// Damaged are SCTP packets and chunks that could not be read.
	Damaged int
	// LostFragments are IP fragments without the rest of their packet.
	LostFragments int
	assembly.Stats
}

// Decoder decodes the packets of one capture. Its memory is bounded.
type Decoder struct {
	// IgnoreChecksums decodes SCTP packets whatever their checksum is.
	IgnoreChecksums bool
	// Signals gets the chunks that begin or end an association, in their order among the
	// messages. Nil: nobody is interested.
	Signals func(Signal)

	packets  netpkt.Decoder
	messages *assembly.Assembler
	stats    Stats
	record   Record
}

// New returns a Decoder.
func New() *Decoder { return &Decoder{messages: assembly.New()} }

// Stats returns the counters.
func (d *Decoder) Stats() Stats {
	s := d.stats
	s.LostFragments = d.packets.Lost()
	s.Stats = d.messages.Stats()
	return s
}

// Joined returns the numbers of all packets whose IP fragments the last packet has completed. Nil: it
// was whole, or has completed nothing.
func (d *Decoder) Joined() []int { return d.packets.Joined() }

// Packet decodes a packet and calls emit for each message that is complete by it. The
// record is valid during the call.
func (d *Decoder) Packet(p *pcap.Packet, emit func(*Record)) {
	d.stats.Frames++
	d.stats.Octets += int64(len(p.Data))
	if !p.Time.IsZero() {
		if d.stats.First.IsZero() {
			d.stats.First = p.Time
		}
		d.stats.Last = p.Time
	}
	dg, ok := d.packets.Decode(p)
	if !ok {
		return
	}
	d.record = Record{Frame: p.Number, Time: p.Time}
	if !p.Time.IsZero() {
		d.record.Since = p.Time.Sub(d.stats.First)
	}
	d.messages.Frame = p.Number
	if dg.Protocol == netpkt.ProtocolUDP {
		d.udp(&dg, emit)
		return
	}
	d.stats.SCTPPackets++
	if d.acceptable(dg.Payload, dg.Truncated) {
		d.sctp(&dg, dg.Payload, OverSCTP, emit)
	}
}

// acceptable looks at the checksum of an SCTP packet that came natively. It is 0 where
// the network card, or nobody on a loopback interface, was to fill it in.
func (d *Decoder) acceptable(packet []byte, truncated bool) bool {
	if d.IgnoreChecksums || truncated || len(packet) < sctpchunk.HeaderLen {
		return true
	}
	have := [4]byte(packet[8:])
	if have == ([4]byte{}) || have == sctpchunk.Checksum(packet) {
		return true
	}
	d.stats.BadChecksums++
	return false
}

// sctp decodes an SCTP packet.
func (d *Decoder) sctp(dg *netpkt.Datagram, packet []byte, carrier Carrier, emit func(*Record)) {
	h, err := sctpchunk.ParseHeader(packet)
	if err != nil {
		d.damaged(dg, packet, err, emit)
		return
	}
	d.record.Src, d.record.Dst, d.record.Tag = netip.AddrPortFrom(dg.Src, h.SrcPort), netip.AddrPortFrom(dg.Dst, h.DstPort), h.Tag
	key := assembly.FlowKey{Tag: h.Tag, SrcPort: h.SrcPort, DstPort: h.DstPort}
	for chunk, err := range sctpchunk.Chunks(packet) {
		var data sctpchunk.Data
		if err == nil {
			if chunk.Type != sctpchunk.TypeData {
				d.signal(chunk)
				continue
			}
			data, err = chunk.Data()
		}
		if err != nil {
			d.damaged(dg, packet, err, emit)
			continue
		}
		m, complete := d.messages.Add(key, data)
		if !complete {
			continue
		}
		d.record.Carrier, d.record.PPID, d.record.Stream = carrier, m.PPID, m.Stream
		d.record.TSN, d.record.Fragments, d.record.Frames = m.TSN, m.Fragments, m.Frames
		d.record.Message = dissect.Decode(dissect.ByPPID(m.PPID, h.SrcPort, h.DstPort), m.Payload)
		emit(&d.record)
	}
}

// damaged emits what is wrong with an SCTP packet.
func (d *Decoder) damaged(dg *netpkt.Datagram, packet []byte, err error, emit func(*Record)) {
	d.stats.Damaged++
	r := Record{Frame: d.record.Frame, Time: d.record.Time, Since: d.record.Since, Src: d.record.Src, Dst: d.record.Dst}
	if !r.Src.IsValid() { // The packet is too short for ports.
		r.Src, r.Dst = netip.AddrPortFrom(dg.Src, 0), netip.AddrPortFrom(dg.Dst, 0)
	}
	r.Message = dissect.Damaged(packet, err)
	emit(&r)
}
