package sctpchunk_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
)

// walk returns the chunks up to damage.
func walk(packet []byte) (out []sctpchunk.Chunk, err error) {
	for c, err := range sctpchunk.Chunks(packet) {
		if err != nil {
			return out, err
		}
		out = append(out, c)
	}
	return out, nil
}

func TestWalk(t *testing.T) {
	t.Parallel()
	const data = "00030014" + "00000001" + "00020003" + "0000000b" + "61626364"
	tests := map[string]struct {
		chunks string // behind the common header
		types  string
		offset int
		err    error
	}{
		"none":                    {"", "", 0, nil},
		"one":                     {data, "DATA@12", 0, nil},
		"bundled":                 {"0a000004" + data, "COOKIE ECHO@12 DATA@16", 0, nil},
		"padded":                  {"0a000005" + "ff000000" + data, "COOKIE ECHO@12 DATA@20", 0, nil},
		"last without padding":    {data + "0a000005ff", "DATA@12 COOKIE ECHO@32", 0, nil},
		"unknown":                 {"2a000004", "Chunk(42)@12", 0, nil},
		"length 0":                {"0a000000", "", 14, sctpchunk.ErrBadLength},
		"length 3":                {data + "0a000003", "DATA@12", 34, sctpchunk.ErrBadLength},
		"header cut off":          {data + "0a00", "DATA@12", 32, sctpchunk.ErrTruncated},
		"value cut off":           {data + "0a00000800", "DATA@12", 32, sctpchunk.ErrTruncated},
		"more than there ever is": {"0a00ffff", "", 12, sctpchunk.ErrTruncated},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := hex.DecodeString("0f170f18" + "01020304" + "00000000" + test.chunks)
			if err != nil {
				t.Fatal(err)
			}
			chunks, err := walk(b)
			var types []string
			for _, c := range chunks {
				types = append(types, fmt.Sprintf("%v@%d", c.Type, c.Offset))
			}
			if got := strings.Join(types, " "); got != test.types || !errors.Is(err, test.err) {
				t.Errorf("got %s and %v, want %s and %v", got, err, test.types, test.err)
			}
			var syntax *sctpchunk.SyntaxError
			if errors.As(err, &syntax) && syntax.Offset != test.offset {
				t.Errorf("got %v, want offset %d", err, test.offset)
			}
		})
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	b := capturetest.SCTP()
	h, err := sctpchunk.ParseHeader(b)
	want := sctpchunk.Header{
		SrcPort: capturetest.ClientPort, DstPort: capturetest.ServerPort, Tag: capturetest.Tag, Checksum: sctpchunk.Checksum(b),
	}
	if err != nil || h != want {
		t.Errorf("%+v, %v", h, err)
	}
	if out, err := h.AppendBinary(nil); err != nil || !bytes.Equal(out, b) {
		t.Errorf("%x, %v, want %x", out, err, b)
	}
	for i := range b {
		var syntax *sctpchunk.SyntaxError
		if _, err := sctpchunk.ParseHeader(b[:i]); !errors.As(err, &syntax) || syntax.Offset != i {
			t.Errorf("%d octets: %v", i, err)
		}
	}
}

// TestChecksum computes what a Linux kernel put into the packets of a capture.
func TestChecksum(t *testing.T) {
	t.Parallel()
	for name, packet := range kernelPackets(t) {
		if got, want := sctpchunk.Checksum(packet), [4]byte(packet[8:]); got != want {
			t.Errorf("%s: %x, want %x", name, got, want)
		}
	}
}

func TestData(t *testing.T) {
	t.Parallel()
	want := sctpchunk.Data{Unordered: true, Begin: true, TSN: 0xfffffffe, Stream: 7, SSN: 9, PPID: 11, Payload: []byte("x")}
	c := want.Chunk()
	if got, err := c.Data(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	c.Value = c.Value[:12]
	if _, err := c.Data(); !errors.Is(err, sctpchunk.ErrBadLength) {
		t.Errorf("no user data: %v", err)
	}
	c.Type = sctpchunk.TypeSack
	if _, err := c.Data(); !errors.Is(err, sctpchunk.ErrWrongType) {
		t.Errorf("SACK: %v", err)
	}
	c.Value = make([]byte, 65532)
	if _, err := c.AppendBinary(nil); !errors.Is(err, sctpchunk.ErrBadLength) {
		t.Errorf("too long: %v", err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	named := 0
	for i := range 256 {
		name := sctpchunk.Type(i).String()
		if seen[name] {
			t.Errorf("%s twice", name)
		}
		seen[name] = true
		if name != fmt.Sprintf("Chunk(%d)", i) {
			named++
		}
	}
	if named != 22 {
		t.Errorf("%d names, want 22", named)
	}
}

func FuzzChunks(f *testing.F) {
	f.Add(capturetest.SCTP())
	for i, s := range capturetest.Samples() {
		if s.UDPPort == 0 && i%5 == 0 {
			f.Add(capturetest.SCTP(capturetest.Whole(1, s.PPID, s.Octets()), capturetest.Whole(2, s.PPID, s.Octets())))
		}
	}
	for _, packet := range kernelPackets(f) {
		f.Add(packet)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		header, err := sctpchunk.ParseHeader(b)
		if err != nil {
			return
		}
		rebuilt, _ := header.AppendBinary(nil)
		at := sctpchunk.HeaderLen
		for c, err := range sctpchunk.Chunks(b) {
			if err != nil {
				var syntax *sctpchunk.SyntaxError
				if !errors.As(err, &syntax) || syntax.Offset < at || syntax.Offset > len(b) {
					t.Errorf("error without proper offset: %v", err)
				}
				break
			}
			if c.Offset != at || at+4+len(c.Value) > len(b) {
				t.Fatalf("chunk at %d, want %d; %d octets", c.Offset, at, len(c.Value))
			}
			at += 4 + (len(c.Value)+3)&^3
			if rebuilt, err = c.AppendBinary(rebuilt); err != nil {
				t.Error(err)
			}
			if d, err := c.Data(); err == nil {
				again := d.Chunk()
				if again.Flags != c.Flags&0x7 || !bytes.Equal(again.Value, c.Value) {
					t.Errorf("%+v encodes as %+v", c, again)
				}
			}
		}
		// The rebuilt packet has zeros for padding, and padding at its end.
		first, err1 := walk(rebuilt)
		second, _ := walk(b)
		if err1 != nil || !reflect.DeepEqual(first, second) {
			t.Errorf("%v\n got %v\nwant %v", err1, first, second)
		}
	})
}

func BenchmarkChunks(b *testing.B) {
	s := capturetest.Samples()[0]
	packet := capturetest.SCTP(capturetest.Whole(1, s.PPID, s.Octets()), capturetest.Whole(2, s.PPID, s.Octets()))
	b.ReportAllocs()
	for b.Loop() {
		for c, err := range sctpchunk.Chunks(packet) {
			if err != nil {
				b.Fatal(err)
			}
			if _, err := c.Data(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkChecksum(b *testing.B) {
	packet := capturetest.SCTP(capturetest.Whole(1, 11, make([]byte, 200)))
	b.ReportAllocs()
	b.SetBytes(int64(len(packet)))
	for b.Loop() {
		sctpchunk.Checksum(packet)
	}
}
