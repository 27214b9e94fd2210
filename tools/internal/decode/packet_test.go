package decode_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/tools/internal/netpkt"
	"github.com/rserpool-go/rserpool/tools/pcap"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// octets encodes a message.
func octets(tb testing.TB, m interface {
	AppendBinary([]byte) ([]byte, error)
},
) []byte {
	tb.Helper()
	b, err := m.AppendBinary(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// lines decodes IP packets and returns "carrier source > destination name summary".
func lines(d *decode.Decoder, packets ...[]byte) []string {
	var out []string
	for i, b := range packets {
		d.Packet(&pcap.Packet{Number: i + 1, Link: pcap.LinkRaw, Data: b, Len: len(b)}, func(r *decode.Record) {
			out = append(out, fmt.Sprintf("%v %v > %v %s %s", r.Carrier, r.Src, r.Dst, r.Name, r.Summary()))
		})
	}
	return out
}

func udp4(src, dst uint16, to netip.Addr, payload []byte) []byte {
	return capturetest.IPv4(capturetest.Client4, to, netpkt.ProtocolUDP, capturetest.UDP(src, dst, payload))
}

func sctp4(packet []byte) []byte {
	return capturetest.IPv4(capturetest.Client4, capturetest.Server4, netpkt.ProtocolSCTP, packet)
}

func TestCarriers(t *testing.T) {
	t.Parallel()
	group := netip.MustParseAddr("239.1.2.3")
	announce := octets(t, &asapmsg.ServerAnnounce{ServerID: 7})
	presence := octets(t, &enrpmsg.Presence{IDs: enrpmsg.IDs{Sender: 7}})
	report := octets(t, capturetest.Report())
	sctp := capturetest.SCTP(capturetest.Whole(1, wire.PPIDASAP, announce))
	wrong, zero := bytes.Clone(sctp), bytes.Clone(sctp)
	wrong[8] ^= 1
	copy(zero[8:], make([]byte, 4))
	const client, server = capturetest.ClientPort, capturetest.ServerPort
	const overSCTP = "192.0.2.1:40000 > 192.0.2.2:40001 ASAP_SERVER_ANNOUNCE server=0x00000007"
	tests := map[string]struct {
		in   []byte
		want string
	}{
		"SCTP":                               {sctp4(sctp), "SCTP " + overSCTP},
		"SCTP without checksum":              {sctp4(zero), "SCTP " + overSCTP},
		"SCTP with wrong checksum":           {sctp4(wrong), ""},
		"in UDP at its port":                 {udp4(9899, 9899, capturetest.Server4, sctp), "SCTP in UDP " + overSCTP},
		"in UDP at any port":                 {udp4(7, 8, capturetest.Server4, sctp), "SCTP in UDP " + overSCTP},
		"in UDP at the port of ASAP":         {udp4(7, wire.PortASAP, capturetest.Server4, sctp), "SCTP in UDP " + overSCTP},
		"in UDP at its port, no checksum":    {udp4(9899, 9899, capturetest.Server4, zero), "SCTP in UDP " + overSCTP},
		"in UDP at SCTP's own, no checksum":  {udp4(client, server, capturetest.Server4, zero), "SCTP in UDP " + overSCTP},
		"in UDP at any port, no checksum":    {udp4(7, 8, capturetest.Server4, zero), ""},
		"in UDP at its port, wrong checksum": {udp4(9899, 9899, capturetest.Server4, wrong), ""},
		"announce":                           {udp4(7, wire.PortASAP, capturetest.Server4, announce), "UDP 192.0.2.1:7 > 192.0.2.2:3863 ASAP_SERVER_ANNOUNCE server=0x00000007"},
		"announce at another port":           {udp4(7, 8, group, announce), "UDP 192.0.2.1:7 > 239.1.2.3:8 ASAP_SERVER_ANNOUNCE server=0x00000007"},
		"announce to a host":                 {udp4(7, 8, capturetest.Server4, announce), ""},
		"presence":                           {udp4(7, wire.PortENRP, group, presence), "UDP 192.0.2.1:7 > 239.1.2.3:9901 ENRP_PRESENCE from=0x00000007 checksum=0x0000"},
		"presence at another port":           {udp4(7, 8, group, presence), "UDP 192.0.2.1:7 > 239.1.2.3:8 ENRP_PRESENCE from=0x00000007 checksum=0x0000"},
		"report": {
			udp4(7, 2960, capturetest.Server4, report),
			`UDP 192.0.2.1:7 > 192.0.2.2:2960 CSP_REPORT pool element 0x0200000012345678 "1 Session" workload=25% uptime=1m1s associations=2`,
		},
		"report at another port": {
			udp4(7, 8, capturetest.Server4, report),
			`UDP 192.0.2.1:7 > 192.0.2.2:8 CSP_REPORT pool element 0x0200000012345678 "1 Session" workload=25% uptime=1m1s associations=2`,
		},
		"damaged announce":  {udp4(7, wire.PortASAP, group, announce[:6]), "UDP 192.0.2.1:7 > 239.1.2.3:3863 ASAP_SERVER_ANNOUNCE damaged at offset 6: truncated"},
		"something else":    {udp4(7, 8, group, []byte("something else")), ""},
		"nothing":           {udp4(7, wire.PortASAP, group, nil), ""},
		"UDP header cut":    {capturetest.IPv4(capturetest.Client4, group, netpkt.ProtocolUDP, make([]byte, 7)), ""},
		"SCTP header cut":   {sctp4(sctp[:11]), "none 192.0.2.1:0 > 192.0.2.2:0 SCTP_PACKET damaged at offset 11: truncated"},
		"SCTP without data": {sctp4(capturetest.SCTP(sctpchunk.Chunk{Type: sctpchunk.TypeCookieAck})), ""},
		"chunk of length 0": {
			sctp4(capturetest.Sum(append(capturetest.SCTP(), 0, 3, 0, 0))),
			"none 192.0.2.1:40000 > 192.0.2.2:40001 SCTP_PACKET damaged at offset 14: DATA: bad length",
		},
		"DATA without data": {
			sctp4(capturetest.SCTP(capturetest.Whole(1, 11, nil))),
			"none 192.0.2.1:40000 > 192.0.2.2:40001 SCTP_PACKET damaged at offset 14: DATA: bad length",
		},
		"PPID 0 at no known port": {
			sctp4(capturetest.SCTP(capturetest.Whole(1, 0, []byte("\x1b[2Jhello\n")))),
			`SCTP 192.0.2.1:40000 > 192.0.2.2:40001 DATA 10 octets "\x1b[2Jhello"`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(lines(decode.New(), test.in), "\n"); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestPPIDByPort holds that messages without payload protocol identifier are taken by
// the port.
func TestPPIDByPort(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		src, dst uint16
		ppid     uint32
		want     dissect.Protocol
	}{
		{1, wire.PortASAP, 0, dissect.ASAP},
		{wire.PortASAP, 1, 0, dissect.ASAP},
		{1, wire.PortENRP, 0, dissect.ENRP},
		{1, 2, 0, dissect.Data},
		{1, wire.PortASAP, 99, dissect.Data},
		{1, wire.PortASAP, 12, dissect.ENRP},
		{1, 2, 32, dissect.FGP},
		{1, 2, 0x29097601, dissect.FGP},
		{1, 2, 33, dissect.PingPong},
		{1, 2, 0x29097602, dissect.PingPong},
		{1, 2, 34, dissect.CalcApp},
		{1, 2, 0x29097603, dissect.CalcApp},
		{1, 2, 35, dissect.SSP},
		{1, 2, 0x29097604, dissect.SSP},
		{1, 2, 38, dissect.Echo},
		{1, 2, 39, dissect.Discard},
		{1, 2, 40, dissect.Daytime},
		{1, 2, 41, dissect.CharGen},
	} {
		if got := dissect.ByPPID(test.ppid, test.src, test.dst); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}

func TestChecksums(t *testing.T) {
	t.Parallel()
	packet := capturetest.SCTP(capturetest.Whole(1, 0, []byte("hello")))
	packet[8] ^= 1
	d := decode.New()
	if got := lines(d, sctp4(packet), udp4(9899, 1, capturetest.Server4, packet)); len(got) != 0 || d.Stats().BadChecksums != 2 {
		t.Errorf("%q, %+v", got, d.Stats())
	}
	d = decode.New()
	d.IgnoreChecksums = true
	if got := lines(d, sctp4(packet)); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

// TestStream is a capture as it may be: bundled and fragmented chunks, chunks sent
// again, IP fragments, and the end of a packet missing.
func TestStream(t *testing.T) {
	t.Parallel()
	echo := func(tsn uint32, s string) sctpchunk.Chunk { return capturetest.Whole(tsn, 38, []byte(s)) }
	long := capturetest.Fragments(10, 38, []byte("a long message"), 6)
	cut := sctp4(capturetest.SCTP(echo(30, "whole"), echo(31, "cut off here")))
	big := capturetest.SCTP(echo(40, strings.Repeat("big ", 100)))
	packets := [][]byte{
		sctp4(capturetest.SCTP(echo(1, "one"), echo(2, "two"))),
		sctp4(capturetest.SCTP(echo(2, "two"), echo(3, "three"))),
		sctp4(capturetest.SCTP(long[0], long[2])),
		sctp4(capturetest.SCTP(echo(20, "between"))),
		sctp4(capturetest.SCTP(long[1])),
		cut[:len(cut)-4],
		capturetest.IPv4Fragment(capturetest.Client4, capturetest.Server4, 132, 5, 0, true, big[:208]),
		capturetest.IPv4Fragment(capturetest.Client4, capturetest.Server4, 132, 5, 208, false, big[208:]),
	}
	d := decode.New()
	got := lines(d, packets...)
	const flow = "SCTP 192.0.2.1:40000 > 192.0.2.2:40001 ECHO_DATA "
	want := []string{
		flow + `3 octets "one"`, flow + `3 octets "two"`, flow + `5 octets "three"`, flow + `7 octets "between"`,
		flow + `14 octets "a long message"`, flow + `5 octets "whole"`,
		"none 192.0.2.1:40000 > 192.0.2.2:40001 SCTP_PACKET damaged at offset 36: DATA: truncated",
		flow + `400 octets "big big big big big big big big big big big big "...`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	if s := d.Stats(); s.Duplicates != 1 || s.SCTPPackets != 7 || s.Frames != 8 || s.Damaged != 1 {
		t.Errorf("%+v", s)
	}
}

// exhaust decodes a capture up to its end or damage, and makes use of all that comes.
func exhaust(capture []byte) (records int, err error) {
	r, err := pcap.NewReader(bytes.NewReader(capture))
	if err != nil {
		return 0, err
	}
	d := decode.New()
	for {
		p, err := r.Next()
		if err != nil {
			return records, err
		}
		d.Packet(p, func(r *decode.Record) {
			records++
			err = errors.Join(err, inside(r))
		})
		if err != nil {
			return records, err
		}
	}
}

// errProperty marks what must never be.
var errProperty = errors.New("property does not hold")

// inside holds that what is said of a record is about its octets.
func inside(r *decode.Record) error {
	if r.Err != nil && (r.ErrorOffset() < 0 || r.ErrorOffset() > len(r.Octets) || r.ErrorText() == "") {
		return fmt.Errorf("%w: %s: error %v of %d octets", errProperty, r.Name, r.Err, len(r.Octets))
	}
	if s := r.Summary(); strings.ContainsAny(s, "\n\r\x1b") || r.Name == "" {
		return fmt.Errorf("%w: summary %q", errProperty, s)
	}
	return insideTree(r, r.Fields(), true)
}

func insideTree(r *decode.Record, fields []dissect.Field, named bool) error {
	seen := make(map[string]bool)
	for i := range fields {
		f := &fields[i]
		if f.Offset < 0 || f.Len < 0 || f.Offset+f.Len > len(r.Octets) {
			return fmt.Errorf("%w: %s: field %s at %d+%d of %d", errProperty, r.Name, f.Name, f.Offset, f.Len, len(r.Octets))
		}
		if named && (f.Name == "" || seen[f.Name]) {
			return fmt.Errorf("%w: %s: field %q has no name or occurs twice", errProperty, r.Name, f.Name)
		}
		seen[f.Name] = true
		var err error
		switch v := f.Value.(type) {
		case dissect.Tree:
			err = insideTree(r, v, true)
		case dissect.List:
			err = insideTree(r, v, false)
		case string, bool, uint64, float64:
		default:
			err = fmt.Errorf("%w: %s: field %s is a %T", errProperty, r.Name, f.Name, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// TestDamagedCaptures flips bits all over a capture that has everything.
func TestDamagedCaptures(t *testing.T) {
	t.Parallel()
	var capture bytes.Buffer
	if err := capturetest.WritePcap(&capture, uint16(pcap.LinkRaw), capturetest.Packets(capturetest.Samples())...); err != nil {
		t.Fatal(err)
	}
	const stride = 29 // to every place of the fields, which are of 1, 2, 4 and 8 octets
	for i := 0; i < capture.Len(); i += stride {
		b := bytes.Clone(capture.Bytes())
		b[i] ^= 1 << (i % 8)
		if _, err := exhaust(b); errors.Is(err, errProperty) {
			t.Errorf("octet %d: %v", i, err)
		}
	}
}

// TestDamagedMessages cuts every sample at every octet, and changes each of its octets.
func TestDamagedMessages(t *testing.T) {
	t.Parallel()
	for _, s := range capturetest.Samples() {
		protocol := dissect.ByPPID(s.PPID, 0, s.UDPPort)
		if s.UDPPort == 2960 {
			protocol = dissect.CSP
		}
		whole := s.Octets()
		try := func(b []byte) {
			if err := inside(&decode.Record{Message: dissect.Decode(protocol, b)}); err != nil {
				t.Error(err)
			}
		}
		for i := range whole {
			try(whole[:i])
		}
		for i := range len(whole) {
			b := bytes.Clone(whole)
			b[i] ^= 1 << (i % 8)
			try(b)
			b[i] = 0xff
			try(b)
		}
	}
}

// TestMemory holds that a capture that claims and begins much makes us keep little.
func TestMemory(t *testing.T) {
	d := decode.New()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	piece := make([]byte, 1400)
	for i := range uint32(100000) {
		c := sctpchunk.Data{Begin: i%3 == 0, TSN: i * 7, PPID: 11, Payload: piece}.Chunk()
		packet, _ := sctpchunk.Header{Tag: i / 3}.AppendBinary(nil)
		packet, _ = c.AppendBinary(packet)
		lines(d, sctp4(packet))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	kept := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	if limit := int64(128 << 20); kept > limit {
		t.Errorf("%d octets kept, limit %d", kept, limit)
	}
	if d.Stats().Overflows == 0 {
		t.Error("nothing was given up of 140 MB")
	}
	runtime.KeepAlive(d)
}

func FuzzCapture(f *testing.F) {
	packets := capturetest.Packets(capturetest.Samples())
	for i := 0; i < len(packets); i += 6 {
		var b bytes.Buffer
		if err := capturetest.WritePcap(&b, uint16(pcap.LinkRaw), packets[i:min(i+6, len(packets))]...); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	for _, name := range captures(f) {
		f.Add(read(f, name)[:4096])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := exhaust(b); errors.Is(err, errProperty) {
			t.Error(err)
		}
	})
}

// FuzzPacket fuzzes a single IP packet with checksums that are right, since a fuzzer
// does not find those.
func FuzzPacket(f *testing.F) {
	for _, p := range capturetest.Packets(capturetest.Samples()) {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := decode.New()
		d.IgnoreChecksums = true
		d.Packet(&pcap.Packet{Number: 1, Link: pcap.LinkRaw, Data: b, Len: len(b)}, func(r *decode.Record) {
			if err := inside(r); err != nil {
				t.Error(err)
			}
		})
	})
}

func BenchmarkDecode(b *testing.B) {
	for _, name := range captures(b) {
		capture := read(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(capture)))
			packets := 0
			for b.Loop() {
				r, err := pcap.NewReader(bytes.NewReader(capture))
				if err != nil {
					b.Fatal(err)
				}
				d := decode.New()
				for p, err := r.Next(); err == nil; p, err = r.Next() {
					d.Packet(p, func(*decode.Record) {})
					packets++
				}
			}
			b.ReportMetric(float64(packets)/b.Elapsed().Seconds(), "packets/s")
		})
	}
}
