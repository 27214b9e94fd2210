package rawsctp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"
)

// TestChecksum compares with the CRC32c of 32 octets of zeros, 0x8a9136aa (RFC 3720, B.4).
func TestChecksum(t *testing.T) {
	b := make([]byte, 32)
	setChecksum(b)
	if got := hex.EncodeToString(b[8:12]); got != "aa36918a" {
		t.Errorf("checksum %s", got)
	}
}

func TestPacketRoundTrip(t *testing.T) {
	p := Packet{Source: 1, Destination: 3863, Tag: 0xdeadbeef, Chunks: []Chunk{
		Init{Tag: 7, Window: 1500, Streams: 16, TSN: 9}.Chunk(),
		Data{TSN: 1, Stream: 2, StreamSequence: 3, PPID: 11, User: []byte("abc")}.Chunk(Whole),
		Sack{Cumulative: 1, Window: 2, Gaps: [][2]uint16{{1, 2}}, Duplicates: 1}.Chunk(),
		Heartbeat([]byte{1, 2, 3, 4}),
		{Type: 255, Flags: 1, Value: []byte{}},
	}}
	b := p.Append([]byte("before"))
	got, err := ParsePacket(b[len("before"):])
	if err != nil || !reflect.DeepEqual(got, p) {
		t.Errorf("%+v, %v\nwant %+v", got, err, p)
	}
	if i, ok := ParseInit(got.Chunks[0]); !ok || i != (Init{Tag: 7, Window: 1500, Streams: 16, TSN: 9}) {
		t.Errorf("INIT %+v, %v", i, ok)
	}
}

// TestChunks compares chunks with the pictures of RFC 9260, 3.3.
func TestChunks(t *testing.T) {
	for _, c := range []struct {
		name, want string
		chunk      Chunk
	}{
		{"DATA", "00030013" + "00000001" + "0002" + "0003" + "0000000b" + "616263" + "00", Data{1, 2, 3, 11, []byte("abc")}.Chunk(Whole)},
		{"INIT", "01000014" + "00000007" + "000005dc" + "0010" + "0010" + "00000009", Init{7, 1500, 16, 9}.Chunk()},
		{"SACK", "03000018" + "00000001" + "00000002" + "0001" + "0001" + "00030004" + "00000000", Sack{1, 2, [][2]uint16{{3, 4}}, 1}.Chunk()},
		{"HEARTBEAT", "0400000c" + "00010008" + "01020304", Heartbeat([]byte{1, 2, 3, 4})},
	} {
		if got := hex.EncodeToString(c.chunk.appendTo(nil)); got != c.want || c.chunk.Len() != len(c.want)/2 {
			t.Errorf("%s: %s with length %d, want %s", c.name, got, c.chunk.Len(), c.want)
		}
	}
}

func TestParsePacketDamaged(t *testing.T) {
	b := Packet{Chunks: []Chunk{Heartbeat([]byte{1, 2, 3, 4})}}.Append(nil)
	for i := range b {
		damaged := bytes.Clone(b)
		damaged[i] ^= 1
		if _, err := ParsePacket(damaged); !errors.Is(err, ErrChecksum) {
			t.Errorf("octet %d: %v", i, err)
		}
	}
	for n := range packetHeaderLen {
		if _, err := ParsePacket(b[:n]); !errors.Is(err, ErrTruncated) {
			t.Errorf("%d octets: %v", n, err)
		}
	}
	for _, rest := range [][]byte{{1}, {1, 0, 0, 3}, {1, 0, 0, 9, 0, 0, 0, 0}} {
		if _, err := ParsePacket(Packet{Rest: rest}.Append(nil)); !errors.Is(err, ErrTruncated) {
			t.Errorf("%x: %v", rest, err)
		}
	}
}

func TestCookieOf(t *testing.T) {
	fixed := make([]byte, initLen)
	for _, c := range []struct{ params, want string }{
		{"00070007" + "616263" + "00", "abc"},
		{"80000004" + "00070007" + "616263", "abc"},
		{"800000ff" + "00070007" + "616263", ""},
		{"0007", ""},
		{"", ""},
	} {
		params, err := hex.DecodeString(c.params)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(cookieOf(Chunk{Value: append(bytes.Clone(fixed), params...)})); got != c.want {
			t.Errorf("%s: %q, want %q", c.params, got, c.want)
		}
	}
}
