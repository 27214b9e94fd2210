package decode_test

import (
	"fmt"
	"testing"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/pcap"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// TestSignals holds which chunks are reported, in their order among the messages.
func TestSignals(t *testing.T) {
	t.Parallel()
	const initiate = 0x0a0b0c0d
	message := octets(t, &asapmsg.ServerAnnounce{ServerID: 7})
	init := sctpchunk.Chunk{Type: sctpchunk.TypeInit, Value: []byte{0x0a, 0x0b, 0x0c, 0x0d, 0, 0}}
	packet := sctp4(capturetest.SCTP(
		init,
		sctpchunk.Chunk{Type: sctpchunk.TypeInitAck, Value: []byte{0x0a, 0x0b, 0x0c, 0x0d}},
		sctpchunk.Chunk{Type: sctpchunk.TypeInit, Value: []byte{1, 2, 3}}, // too short
		sctpchunk.Chunk{Type: sctpchunk.TypeSack, Value: make([]byte, 12)},
		capturetest.Whole(1, wire.PPIDASAP, message),
		sctpchunk.Chunk{Type: sctpchunk.TypeShutdown, Value: make([]byte, 4)},
		sctpchunk.Chunk{Type: sctpchunk.TypeAbort},
		sctpchunk.Chunk{Type: sctpchunk.TypeAbort, Flags: 1},
	))
	var got []string
	d := decode.New()
	d.Signals = func(s decode.Signal) {
		if s.Frame != 7 || s.Tag != capturetest.Tag || s.Src.Port() != capturetest.ClientPort || s.Dst.Port() != capturetest.ServerPort {
			t.Errorf("%+v", s)
		}
		got = append(got, fmt.Sprintf("%v %#x %v", s.Type, s.Initiate, s.Reflected))
	}
	d.Packet(&pcap.Packet{Number: 7, Link: pcap.LinkRaw, Data: packet, Len: len(packet)}, func(r *decode.Record) {
		if r.Tag != capturetest.Tag {
			t.Errorf("%+v", r)
		}
		got = append(got, r.Name)
	})
	want := fmt.Sprint([]string{
		fmt.Sprintf("INIT %#x false", initiate), fmt.Sprintf("INIT ACK %#x false", initiate), "ASAP_SERVER_ANNOUNCE",
		"SHUTDOWN 0x0 false", "ABORT 0x0 false", "ABORT 0x0 true",
	})
	if fmt.Sprint(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestTagAgain holds that an association whose tag was used before is another one: its chunks are
// not taken for chunks that were sent again.
func TestTagAgain(t *testing.T) {
	t.Parallel()
	initiate := []byte{1, 2, 3, 4} // capturetest.Tag
	message := octets(t, &asapmsg.ServerAnnounce{ServerID: 7})
	packets := [][]byte{
		sctp4(capturetest.SCTP(capturetest.Whole(1, wire.PPIDASAP, message))),
		sctp4(capturetest.SCTP(capturetest.Whole(1, wire.PPIDASAP, message))), // sent again
		capturetest.IPv4(capturetest.Server4, capturetest.Client4, 132, reply(sctpchunk.Chunk{Type: sctpchunk.TypeInit, Value: initiate})),
		sctp4(capturetest.SCTP(capturetest.Whole(1, wire.PPIDASAP, message))),
	}
	var frames []int
	d := decode.New()
	for i, b := range packets {
		d.Packet(&pcap.Packet{Number: i + 1, Link: pcap.LinkRaw, Data: b, Len: len(b)}, func(r *decode.Record) {
			if r.Err != nil {
				t.Errorf("frame %d: %v", r.Frame, r.Err)
			}
			frames = append(frames, r.Frame)
		})
	}
	if fmt.Sprint(frames) != "[1 4]" || d.Stats().Duplicates != 1 {
		t.Errorf("messages in frames %v, %d retransmissions", frames, d.Stats().Duplicates)
	}
}

// reply returns an SCTP packet from server to client.
func reply(chunks ...sctpchunk.Chunk) []byte {
	b, _ := sctpchunk.Header{SrcPort: capturetest.ServerPort, DstPort: capturetest.ClientPort}.AppendBinary(nil) // does not fail
	for _, c := range chunks {
		b, _ = c.AppendBinary(b)
	}
	return capturetest.Sum(b)
}
