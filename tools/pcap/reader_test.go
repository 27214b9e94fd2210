package pcap_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/gopacket/pcapgo"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/pcap"
)

// readAll reads all packets, as copies.
func readAll(b []byte) ([]pcap.Packet, error) {
	r, err := pcap.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	var out []pcap.Packet
	for {
		p, err := r.Next()
		if err != nil {
			if again, same := r.Next(); again != nil || !errors.Is(same, err) {
				return out, errors.New("the end is not the end")
			}
			return out, err
		}
		c := *p
		c.Data = bytes.Clone(p.Data)
		out = append(out, c)
	}
}

// TestAgainstGopacket holds that the captures are read as gopacket reads them.
func TestAgainstGopacket(t *testing.T) {
	t.Parallel()
	paths, _ := filepath.Glob("../testdata/*.pcap")
	if len(paths) == 0 {
		t.Fatal("no captures")
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := pcapgo.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		ours, err := readAll(b)
		if !errors.Is(err, io.EOF) {
			t.Fatalf("%s: %v", path, err)
		}
		for i, p := range ours {
			data, info, err := theirs.ReadPacketData()
			if err != nil || !bytes.Equal(data, p.Data) || !info.Timestamp.Equal(p.Time) || info.Length != p.Len || p.Number != i+1 ||
				uint16(p.Link) != uint16(theirs.LinkType()) {
				t.Fatalf("%s: packet %d: %+v, gopacket has %v %+v", path, i, p, err, info)
			}
		}
		if _, _, err := theirs.ReadPacketData(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: gopacket reads on: %v", path, err)
		}
	}
}

// ng makes a pcapng file of blocks.
func ng(order binary.AppendByteOrder, blocks ...[]byte) []byte {
	body := order.AppendUint32(nil, 0x1a2b3c4d)
	body = append(body, order.AppendUint16(order.AppendUint16(nil, 1), 0)...)
	body = append(body, bytes.Repeat([]byte{0xff}, 8)...)
	out := block(order, 0x0a0d0d0a, body)
	for _, b := range blocks {
		out = append(out, b...)
	}
	return out
}

func block(order binary.AppendByteOrder, typ uint32, body []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	n := uint32(12 + len(body))
	out := order.AppendUint32(order.AppendUint32(nil, typ), n)
	return order.AppendUint32(append(out, body...), n)
}

func iface(order binary.AppendByteOrder, link uint16, snapLen uint32, options ...byte) []byte {
	b := order.AppendUint16(order.AppendUint16(nil, link), 0)
	return block(order, 1, append(order.AppendUint32(b, snapLen), options...))
}

func enhanced(order binary.AppendByteOrder, iface uint32, ticks uint64, captured, length uint32, data string) []byte {
	b := order.AppendUint32(order.AppendUint32(order.AppendUint32(nil, iface), uint32(ticks>>32)), uint32(ticks))
	b = order.AppendUint32(order.AppendUint32(b, captured), length)
	return block(order, 6, append(b, data...))
}

var little, big = binary.LittleEndian, binary.BigEndian

// classic makes a pcap file with one packet.
func classic(order binary.AppendByteOrder, magic, link, captured, length uint32, data string) []byte {
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(order.AppendUint16(b, 2), 4)
	b = append(b, make([]byte, 8)...)
	b = order.AppendUint32(order.AppendUint32(b, 65535), link)
	for _, v := range []uint32{1000, 5, captured, length} {
		b = order.AppendUint32(b, v)
	}
	return append(b, data...)
}

func TestFormats(t *testing.T) {
	t.Parallel()
	at := func(ns int64) time.Time { return time.Unix(1000, ns).UTC() }
	nano := []byte{9, 0, 1, 0, 9, 0, 0, 0}
	binarySeconds := []byte{0, 9, 0, 1, 0x80 | 20, 0, 0, 0, 0, 14, 0, 8, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0}
	tests := map[string]struct {
		in   []byte
		want pcap.Packet
	}{
		"microseconds": {classic(little, 0xa1b2c3d4, 1, 3, 9, "abc"), pcap.Packet{Time: at(5000), Link: 1, Len: 9}},
		"nanoseconds":  {classic(little, 0xa1b23c4d, 1, 3, 9, "abc"), pcap.Packet{Time: at(5), Link: 1, Len: 9}},
		"big endian":   {classic(big, 0xa1b2c3d4, 276, 3, 3, "abc"), pcap.Packet{Time: at(5000), Link: 276, Len: 3}},
		"raw of BSD":   {classic(big, 0xa1b2c3d4, 0xf000000c, 3, 3, "abc"), pcap.Packet{Time: at(5000), Link: 101, Len: 3}},
		"ng":           {ng(little, iface(little, 1, 0), enhanced(little, 0, 1000000005, 3, 9, "abc")), pcap.Packet{Time: at(5000), Link: 1, Len: 9}},
		"ng nanoseconds": {
			ng(little, iface(little, 1, 0, nano...), enhanced(little, 0, 1000000000005, 3, 9, "abc")),
			pcap.Packet{Time: at(5), Link: 1, Len: 9},
		},
		"ng binary time with offset": {
			ng(big, iface(big, 113, 0, binarySeconds...), enhanced(big, 0, 900<<20|1<<19, 3, 9, "abc")),
			pcap.Packet{Time: at(5e8), Link: 113, Len: 9},
		},
		"ng second interface": {
			ng(big, iface(big, 113, 0), iface(big, 101, 0), enhanced(big, 1, 1000000005, 3, 9, "abc")),
			pcap.Packet{Time: at(5000), Link: 101, Len: 9},
		},
		"ng second section": {
			ng(big, iface(big, 113, 0), ng(little, iface(little, 1, 0), enhanced(little, 0, 1000000005, 3, 3, "abc"))),
			pcap.Packet{Time: at(5000), Link: 1, Len: 3},
		},
		"ng unknown block": {
			ng(big, block(big, 0x0bad, make([]byte, 400000)), iface(big, 101, 0), enhanced(big, 0, 1000000005, 3, 9, "abc")),
			pcap.Packet{Time: at(5000), Link: 101, Len: 9},
		},
		"ng simple packet": {ng(big, iface(big, 101, 3), block(big, 3, []byte("\x00\x00\x00\x09abcdef"))), pcap.Packet{Link: 101, Len: 9}},
		"ng obsolete packet": {
			ng(little, iface(little, 1, 0), block(little, 2, append([]byte("\x00\x00\x05\x00"), enhanced(little, 0, 1000000005, 3, 3, "abc")[12:31]...))),
			pcap.Packet{Time: at(5000), Link: 1, Len: 3},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := readAll(test.in)
			if !errors.Is(err, io.EOF) || len(got) != 1 {
				t.Fatalf("%d packets, %v", len(got), err)
			}
			p := got[0]
			if string(p.Data) != "abc" || p.Number != 1 || !p.Time.Equal(test.want.Time) || p.Link != test.want.Link || p.Len != test.want.Len {
				t.Errorf("got %+v, want %+v", p, test.want)
			}
			if p.Truncated() != (p.Len > 3) {
				t.Error("Truncated is wrong")
			}
		})
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	ok := classic(little, 0xa1b2c3d4, 1, 3, 9, "abc")
	withInterface := func(b ...[]byte) []byte { return ng(little, append([][]byte{iface(little, 1, 0)}, b...)...) }
	tests := map[string]struct {
		in      []byte
		packets int
		offset  int64
		err     error
	}{
		"nothing":                      {nil, 0, -1, pcap.ErrFormat},
		"text":                         {bytes.Repeat([]byte("text "), 10), 0, -1, pcap.ErrFormat},
		"three octets":                 {[]byte{0xd4, 0xc3, 0xb2}, 0, -1, pcap.ErrFormat},
		"head cut off":                 {ok[:20], 0, 0, pcap.ErrTruncated},
		"head of second packet":        {append(bytes.Clone(ok), 1, 2, 3), 1, 43, pcap.ErrTruncated},
		"packet cut off":               {ok[:42], 0, 24, pcap.ErrTruncated},
		"packet without octets":        {ok[:40], 0, 24, pcap.ErrTruncated},
		"packet of 4 GB":               {classic(little, 0xa1b2c3d4, 1, 0xffffffff, 9, "abc"), 0, 24, pcap.ErrTooLong},
		"ng without byte order":        {[]byte("\x0a\x0d\x0d\x0a\x1c\x00\x00\x00abcdefghijklmnopqrst"), 0, 0, pcap.ErrBadBlock},
		"ng section cut off":           {withInterface()[:20], 0, 0, pcap.ErrTruncated},
		"ng block of length 0":         {withInterface(make([]byte, 8)), 0, 48, pcap.ErrBadBlock},
		"ng packet without interface":  {ng(little, enhanced(little, 0, 0, 3, 3, "abc")), 0, 28, pcap.ErrBadBlock},
		"ng packet beyond its block":   {withInterface(enhanced(little, 0, 0, 13, 13, "abc")), 0, 48, pcap.ErrBadBlock},
		"ng packet of 4 GB":            {withInterface(enhanced(little, 0, 0, 0xffffffff, 3, "abc")), 0, 48, pcap.ErrTooLong},
		"ng block of 4 GB":             {withInterface([]byte("\x06\x00\x00\x00\xfc\xff\xff\xff")), 0, 48, pcap.ErrTooLong},
		"ng other block cut off":       {withInterface([]byte("\x66\x00\x00\x00\xfc\xff\xff\xff")), 0, 48, pcap.ErrTruncated},
		"ng short packet block":        {withInterface(block(little, 6, make([]byte, 16))), 0, 48, pcap.ErrBadBlock},
		"ng short simple packet":       {withInterface(block(little, 3, nil)), 0, 48, pcap.ErrBadBlock},
		"ng option beyond its block":   {ng(little, iface(little, 1, 0, 9, 0, 9, 0)), 0, 28, pcap.ErrBadBlock},
		"ng lengths that differ":       {append(withInterface(block(little, 6, nil)[:8]), 0, 0, 0, 0), 0, 48, pcap.ErrBadBlock},
		"ng second packet cut off":     {withInterface(enhanced(little, 0, 0, 3, 3, "abc"), enhanced(little, 0, 0, 3, 3, "abc")[:30]), 1, 84, pcap.ErrTruncated},
		"ng interface without content": {ng(little, block(little, 1, nil)), 0, 28, pcap.ErrBadBlock},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := readAll(test.in)
			if len(got) != test.packets || !errors.Is(err, test.err) {
				t.Fatalf("%d packets and %v, want %d and %v", len(got), err, test.packets, test.err)
			}
			var damage *pcap.DamageError
			if errors.As(err, &damage) != (test.offset >= 0) || damage != nil && damage.Offset != test.offset {
				t.Errorf("got %v, want offset %d", err, test.offset)
			}
		})
	}
}

// TestResolutions holds that no if_tsresol makes us divide by zero or wrap.
func TestResolutions(t *testing.T) {
	t.Parallel()
	for r := range 256 {
		for _, ticks := range []uint64{0, 1, 1 << 32, 1<<64 - 1} {
			b := ng(little, iface(little, 1, 0, 9, 0, 1, 0, byte(r), 0, 0, 0), enhanced(little, 0, ticks, 3, 3, "abc"))
			if p, err := readAll(b); len(p) != 1 || !errors.Is(err, io.EOF) {
				t.Errorf("resolution %#x: %v", r, err)
			}
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestReadError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	ok := classic(little, 0xa1b2c3d4, 1, 3, 9, "abc")
	for n := range len(ok) {
		r, err := pcap.NewReader(io.MultiReader(bytes.NewReader(ok[:n]), failing{broken}))
		if err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, broken) {
			t.Errorf("after %d octets: %v", n, err)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, write := range []func(io.Writer, uint16, ...[]byte) error{capturetest.WritePcap, capturetest.WritePcapNG} {
		var b bytes.Buffer
		if err := write(&b, uint16(pcap.LinkRaw), capturetest.Packets(capturetest.Samples()[:3])...); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add(ng(big, iface(big, 101, 3), block(big, 3, []byte("\x00\x00\x00\x09abcdef"))))
	f.Fuzz(func(t *testing.T, b []byte) {
		packets, err := readAll(b)
		var damage *pcap.DamageError
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, pcap.ErrFormat):
		case !errors.As(err, &damage), damage.Offset < 0, damage.Offset > int64(len(b)):
			t.Errorf("error without proper offset: %v", err)
		}
		size := 0
		for _, p := range packets {
			size += len(p.Data)
			if p.Len < 0 {
				t.Errorf("length %d", p.Len)
			}
		}
		if size > len(b) {
			t.Errorf("%d octets of packets in %d octets", size, len(b))
		}
	})
}

// TestGzip holds that a compressed file reads as the file, and that damage of either is an error
// behind the packets that can be read.
func TestGzip(t *testing.T) {
	t.Parallel()
	plain, err := os.ReadFile("../testdata/echo.pcap")
	if err != nil {
		t.Fatal(err)
	}
	want, err := readAll(plain)
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := readAll(b.Bytes())
	if !errors.Is(err, io.EOF) || !reflect.DeepEqual(got, want) {
		t.Errorf("%d packets, want %d, %v", len(got), len(want), err)
	}
	wrong := bytes.Clone(b.Bytes())
	wrong[len(wrong)-5] ^= 1 // in the checksum at the end
	for name, damaged := range map[string][]byte{"cut off": b.Bytes()[:b.Len()/2], "wrong checksum": wrong, "head": b.Bytes()[:5]} {
		got, err := readAll(damaged)
		var damage *pcap.DamageError
		if !errors.As(err, &damage) || len(got) > len(want) || len(got) == 0 && name != "head" {
			t.Errorf("%s: %d packets, %v", name, len(got), err)
		}
	}
}
