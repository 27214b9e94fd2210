package netpkt_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/internal/netpkt"
	"github.com/rserpool-go/rserpool/tools/pcap"
)

var (
	payload = []byte("what SCTP gets, and not a word more")
	ip4     = capturetest.IPv4(capturetest.Client4, capturetest.Server4, netpkt.ProtocolSCTP, payload)
	ip6     = capturetest.IPv6(capturetest.Client6, capturetest.Server6, netpkt.ProtocolSCTP, payload)
)

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestLinks(t *testing.T) {
	t.Parallel()
	vlan, qinq := []byte{0x81, 0, 0, 5}, []byte{0x88, 0xa8, 0, 6}
	tests := map[string]struct {
		link pcap.LinkType
		data []byte
		ok   bool
	}{
		"Ethernet":                {pcap.LinkEthernet, capturetest.Ethernet(ip4), true},
		"Ethernet with padding":   {pcap.LinkEthernet, cat(capturetest.Ethernet(ip4), make([]byte, 9)), true},
		"VLAN":                    {pcap.LinkEthernet, cat(make([]byte, 12), vlan, []byte{8, 0}, ip4), true},
		"VLAN in VLAN":            {pcap.LinkEthernet, cat(make([]byte, 12), qinq, vlan, []byte{0x86, 0xdd}, ip6), true},
		"VLAN cut off":            {pcap.LinkEthernet, cat(make([]byte, 12), vlan[:2], []byte{0}), false},
		"ARP":                     {pcap.LinkEthernet, cat(make([]byte, 12), []byte{8, 6}, ip4), false},
		"short Ethernet":          {pcap.LinkEthernet, make([]byte, 13), false},
		"Linux cooked":            {pcap.LinkLinuxSLL, cat(make([]byte, 14), []byte{8, 0}, ip4), true},
		"Linux cooked, version 2": {pcap.LinkLinuxSLL2, cat([]byte{0x86, 0xdd}, make([]byte, 18), ip6), true},
		"short cooked":            {pcap.LinkLinuxSLL2, []byte{0x86, 0xdd}, false},
		"loopback of BSD":         {pcap.LinkNull, cat([]byte{2, 0, 0, 0}, ip4), true},
		"loopback of OpenBSD":     {pcap.LinkLoop, cat([]byte{0, 0, 0, 24}, ip6), true},
		"short loopback":          {pcap.LinkLoop, []byte{0, 0, 0}, false},
		"raw":                     {pcap.LinkRaw, ip6, true},
		"raw of nothing":          {pcap.LinkRaw, nil, false},
		"raw of version 5":        {pcap.LinkRaw, []byte{0x50, 0, 0, 0}, false},
		"IPv4":                    {pcap.LinkIPv4, ip4, true},
		"IPv6":                    {pcap.LinkIPv6, ip6, true},
		"unknown link":            {147, ip4, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var d netpkt.Decoder
			dg, ok := d.Decode(&pcap.Packet{Link: test.link, Data: test.data, Len: len(test.data)})
			if ok != test.ok {
				t.Fatalf("got %v, want %v", ok, test.ok)
			}
			if !ok {
				return
			}
			src, dst := capturetest.Client4, capturetest.Server4
			if dg.Src.Is6() {
				src, dst = capturetest.Client6, capturetest.Server6
			}
			if !bytes.Equal(dg.Payload, payload) || dg.Src != src || dg.Dst != dst || dg.Protocol != netpkt.ProtocolSCTP || dg.Truncated {
				t.Errorf("%+v", dg)
			}
		})
	}
}

func raw(b []byte) *pcap.Packet { return &pcap.Packet{Link: pcap.LinkRaw, Data: b, Len: len(b)} }

func TestIP(t *testing.T) {
	t.Parallel()
	options := bytes.Clone(ip4)
	options[0] = 0x46
	binary.BigEndian.PutUint16(options[2:], uint16(len(ip4)+4))
	options = cat(options[:20], []byte{1, 1, 1, 0}, options[20:])
	offload := bytes.Clone(ip4)
	offload[2], offload[3] = 0, 0
	longer := bytes.Clone(ip6)
	binary.BigEndian.PutUint16(longer[4:], 1000)
	v6 := func(next byte, b ...[]byte) []byte {
		return capturetest.IPv6(capturetest.Client6, capturetest.Server6, next, cat(b...))
	}
	hopByHop, destination := []byte{60, 0, 1, 4, 0, 0, 0, 0}, cat([]byte{netpkt.ProtocolSCTP, 1, 1, 12}, make([]byte, 12))
	tests := map[string]struct {
		in        []byte
		ok        bool
		truncated bool
	}{
		"options":                     {options, true, false},
		"length left to the card":     {offload, true, false},
		"cut off":                     {ip4[:30], true, true},
		"cut off in IPv6":             {longer, true, true},
		"header cut off":              {ip4[:19], false, false},
		"header of IPv6 cut off":      {ip6[:39], false, false},
		"header longer than packet":   {cat([]byte{0x4f}, ip4[1:21]), false, false},
		"header of no length":         {cat([]byte{0x40}, ip4[1:]), false, false},
		"extension headers":           {v6(0, hopByHop, destination, payload), true, false},
		"extension header cut off":    {v6(0, hopByHop, destination[:8]), false, false},
		"fragment header cut off":     {v6(44, []byte{132, 0, 0}), false, false},
		"fragment that is the packet": {v6(44, []byte{132, 0, 0, 0, 1, 2, 3, 4}, payload), true, false},
		"no next header":              {v6(59), false, false},
		"TCP":                         {capturetest.IPv4(capturetest.Client4, capturetest.Server4, 6, payload), false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var d netpkt.Decoder
			dg, ok := d.Decode(raw(test.in))
			if ok != test.ok || dg.Truncated != test.truncated {
				t.Fatalf("%v, %+v", ok, dg)
			}
			if ok && !bytes.HasPrefix(payload, dg.Payload) || ok && !test.truncated && len(dg.Payload) != len(payload) {
				t.Errorf("payload %q", dg.Payload)
			}
		})
	}
}

// TestAgainstGopacket holds that gopacket finds the same in the captures.
func TestAgainstGopacket(t *testing.T) {
	t.Parallel()
	paths, _ := filepath.Glob("../../testdata/*.pcap")
	compared := 0
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := pcap.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		var d netpkt.Decoder
		for p, err := r.Next(); err == nil; p, err = r.Next() {
			dg, ok := d.Decode(p)
			theirs := gopacket.NewPacket(p.Data, layers.LinkType(p.Link), gopacket.DecodeOptions{Lazy: true, NoCopy: true})
			network := theirs.NetworkLayer()
			if !ok || network == nil {
				t.Errorf("%s: packet %d: %v", path, p.Number, ok)
				continue
			}
			if src, _ := netip.AddrFromSlice(network.NetworkFlow().Src().Raw()); src != dg.Src || !bytes.Equal(network.LayerPayload(), dg.Payload) {
				t.Errorf("%s: packet %d: %+v, gopacket has %v % x", path, p.Number, dg, network, network.LayerPayload())
			}
			compared++
		}
	}
	if compared < 5000 {
		t.Errorf("only %d packets compared", compared)
	}
}

// fragments cuts a payload into n fragments.
func fragments(v6 bool, id int, b []byte, size int) [][]byte {
	var out [][]byte
	for at := 0; at < len(b); at += size {
		end := min(at+size, len(b))
		if v6 {
			out = append(out, capturetest.IPv6Fragment(capturetest.Client6, capturetest.Server6, 132, uint32(id), at, end < len(b), b[at:end]))
		} else {
			out = append(out, capturetest.IPv4Fragment(capturetest.Client4, capturetest.Server4, 132, uint16(id), at, end < len(b), b[at:end]))
		}
	}
	return out
}

// TestFragments puts packets together whatever the order of their fragments is, and
// however often one comes.
func TestFragments(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, v6 := range []bool{false, true} {
		for id := range 200 {
			want := make([]byte, 1+r.IntN(5000))
			for i := range want {
				want[i] = byte(r.Uint32())
			}
			pieces := fragments(v6, id, want, 8*(1+r.IntN(40)))
			if len(pieces) == 1 {
				continue
			}
			pieces = append(pieces, pieces[r.IntN(len(pieces)-1)])
			r.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
			var d netpkt.Decoder
			var got [][]byte
			for _, piece := range pieces {
				if dg, ok := d.Decode(raw(piece)); ok {
					got = append(got, dg.Payload)
				}
			}
			if len(got) != 1 || !bytes.Equal(got[0], want) || d.Lost() != 0 {
				t.Fatalf("packet %d: %d packets of %d fragments, %d lost", id, len(got), len(pieces), d.Lost())
			}
		}
	}
}

func TestBadFragments(t *testing.T) {
	t.Parallel()
	piece := func(offset int, more bool, n int) []byte {
		return capturetest.IPv4Fragment(capturetest.Client4, capturetest.Server4, 17, 9, offset, more, make([]byte, n))
	}
	tests := map[string][][]byte{
		"overlap in front":       {piece(8, true, 16), piece(0, true, 16)},
		"overlap behind":         {piece(0, true, 16), piece(8, false, 16)},
		"same place, other size": {piece(0, true, 16), piece(0, true, 8)},
		"two ends":               {piece(8, false, 8), piece(16, false, 8)},
		"behind the end":         {piece(8, false, 8), piece(16, true, 8)},
		"end before others":      {piece(24, true, 8), piece(8, false, 8)},
		"beyond 65535":           {piece(65528, false, 100)},
		"odd size":               {piece(0, true, 9)},
		"nothing":                {piece(0, true, 0)},
	}
	for name, pieces := range tests {
		var d netpkt.Decoder
		for _, p := range pieces {
			if _, ok := d.Decode(raw(p)); ok {
				t.Errorf("%s: a packet", name)
			}
		}
		if d.Lost() == 0 {
			t.Errorf("%s: nothing lost", name)
		}
	}
	var d netpkt.Decoder
	cut := piece(0, true, 16)
	if _, ok := d.Decode(raw(cut[:30])); ok || d.Lost() != 1 {
		t.Errorf("fragment cut off: %v, %d lost", ok, d.Lost())
	}
}

// TestOldFragments holds that fragments of different packets with the same number are
// kept apart by time.
func TestOldFragments(t *testing.T) {
	t.Parallel()
	pieces := fragments(false, 1, payload, 16)
	for _, test := range []struct {
		later time.Duration
		ok    bool
	}{{time.Minute, true}, {time.Minute + time.Second, false}} {
		var d netpkt.Decoder
		var ok bool
		for i, b := range pieces {
			p := raw(b)
			if i == len(pieces)-1 {
				p.Time = p.Time.Add(test.later)
			}
			_, ok = d.Decode(p)
		}
		if ok != test.ok {
			t.Errorf("after %v: %v", test.later, ok)
		}
	}
}

// TestFragmentBounds sends the beginnings of more packets than are kept.
func TestFragmentBounds(t *testing.T) {
	t.Parallel()
	const packets = 4000
	var d netpkt.Decoder
	for id := range packets {
		d.Decode(raw(fragments(true, id, make([]byte, 32000), 16000)[0]))
	}
	if kept := packets - d.Lost(); kept > netpkt.MaxFragmentBytes/16000 {
		t.Errorf("%d fragments kept", kept)
	}
	// The newest is still there.
	if _, ok := d.Decode(raw(fragments(true, packets-1, make([]byte, 32000), 16000)[1])); !ok {
		t.Error("the newest packet is gone")
	}
}
