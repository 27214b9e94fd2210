package netpkt_test

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/internal/netpkt"
	"github.com/rserpool-go/rserpool/tools/pcap"
)

// FuzzDecode decodes a packet, and the same packet in pieces. Each payload is a part of its packet, or is put together
// from fragments.
func FuzzDecode(f *testing.F) {
	f.Add(uint16(pcap.LinkRaw), ip4, uint16(8))
	f.Add(uint16(pcap.LinkRaw), ip6, uint16(16))
	f.Add(uint16(pcap.LinkEthernet), capturetest.Ethernet(ip4), uint16(24))
	f.Add(uint16(pcap.LinkLinuxSLL), cat(make([]byte, 14), []byte{8, 0}, ip4), uint16(0))
	f.Add(uint16(pcap.LinkLinuxSLL2), cat([]byte{0x86, 0xdd}, make([]byte, 18), ip6), uint16(0))
	f.Add(uint16(pcap.LinkLoop), cat([]byte{0, 0, 0, 24}, ip6), uint16(0))
	f.Add(uint16(pcap.LinkRaw), capturetest.IPv4Fragment(capturetest.Client4, capturetest.Server4, 132, 1, 0, true, payload[:32]), uint16(8))
	f.Add(uint16(pcap.LinkRaw), capturetest.IPv6Fragment(capturetest.Client6, capturetest.Server6, 132, 1, 0, true, payload[:32]), uint16(8))
	f.Fuzz(func(t *testing.T, link uint16, data []byte, cut uint16) {
		var d netpkt.Decoder
		dg, ok := d.Decode(&pcap.Packet{Number: 1, Link: pcap.LinkType(link), Data: data, Len: len(data)})
		if !ok {
			return
		}
		if !dg.Src.IsValid() || !dg.Dst.IsValid() || !bytes.Contains(data, dg.Payload) {
			t.Fatalf("%+v of %x", dg, data)
		}
		if dg.Src.Is4() != dg.Dst.Is4() || dg.Protocol != netpkt.ProtocolSCTP && dg.Protocol != netpkt.ProtocolUDP {
			t.Fatalf("%+v", dg)
		}
		checkPieces(t, dg, int(cut))
	})
}

// checkPieces sends a payload in two fragments, in both orders, and expects the payload after the second.
func checkPieces(t *testing.T, dg netpkt.Datagram, cut int) {
	t.Helper()
	cut = cut % (len(dg.Payload) + 1) &^ 7
	if cut == 0 || cut == len(dg.Payload) || len(dg.Payload) > 60000 {
		return
	}
	fragment := func(offset int, more bool, b []byte) []byte {
		if dg.Src.Is4() {
			return capturetest.IPv4Fragment(dg.Src, dg.Dst, dg.Protocol, 9, offset, more, b)
		}
		return capturetest.IPv6Fragment(dg.Src, dg.Dst, dg.Protocol, 9, offset, more, b)
	}
	pieces := [][]byte{fragment(0, true, dg.Payload[:cut]), fragment(cut, false, dg.Payload[cut:])}
	for _, order := range [][2]int{{0, 1}, {1, 0}} {
		var d netpkt.Decoder
		if _, ok := decodeRaw(&d, pieces[order[0]]); ok {
			t.Fatalf("a fragment is a whole packet: %x", pieces[order[0]])
		}
		whole, ok := decodeRaw(&d, pieces[order[1]])
		if !ok || !bytes.Equal(whole.Payload, dg.Payload) || [2]netip.Addr{whole.Src, whole.Dst} != [2]netip.Addr{dg.Src, dg.Dst} {
			t.Fatalf("cut at %d: %v, %+v, want %+v", cut, ok, whole, dg)
		}
	}
}

func decodeRaw(d *netpkt.Decoder, b []byte) (netpkt.Datagram, bool) {
	return d.Decode(&pcap.Packet{Link: pcap.LinkRaw, Data: b, Len: len(b)})
}
