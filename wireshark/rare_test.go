package wireshark

import (
	"encoding"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/scripting"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// rare returns the messages that no recorded capture has, each in an SCTP packet.
func rare(t *testing.T) []frame {
	t.Helper()
	causes := []wire.ErrorCause{{Code: wire.CauseUnspecified}}
	ids := enrpmsg.IDs{Sender: 1, Receiver: 2}
	element := wire.PoolElement{
		ID: 0x11, HomeID: 1, RegistrationLife: 30 * time.Second, Policy: wire.Policy{Type: wire.RoundRobin},
		UserTransport: wire.Transport{Protocol: wire.SCTP, Port: 4000, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}},
	}
	samples := []struct {
		ppid    uint32
		message encoding.BinaryAppender
	}{
		{wire.PPIDASAP, &asapmsg.Error{Causes: causes}},
		{wire.PPIDASAP, &asapmsg.RegistrationResponse{Reject: true, PoolHandle: "EchoPool", PEID: 0x11, Causes: causes}},
		{wire.PPIDASAP, &asapmsg.BusinessCard{PoolHandle: "EchoPool", PoolElements: []wire.PoolElement{element}}},
		{wire.PPIDENRP, &enrpmsg.Error{IDs: ids, Causes: causes}},
		{wire.PPIDENRP, &enrpmsg.ListResponse{IDs: ids, Reject: true}},
		{calcapp.PPID, &calcapp.Message{Type: calcapp.TypeReject, JobID: 1}},
		{calcapp.PPID, &calcapp.Message{Type: calcapp.TypeAbort, JobID: 1}},
		{scripting.PPID, &scripting.NotReady{Reason: scripting.ReasonFullyLoaded, Info: "host"}},
		{scripting.PPID, &scripting.Environment{UploadNeeded: true}},
	}
	var chunks [][]byte
	for i, s := range samples {
		message, err := s.message.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		chunks = append(chunks, dataChunk(uint32(i), s.ppid, message))
		if i == 0 { // its last parameter is cut off
			chunks = append(chunks, dataChunk(100, s.ppid, message[:len(message)-4]))
		}
	}
	chunks = append(chunks, chunk(9, 0, []byte{0, 3, 0, 8, 0, 0, 0, 0})) // ERROR: Stale Cookie
	var frames []frame
	for _, c := range chunks {
		frames = append(frames, frame{
			protocol: protocolSCTP,
			src:      netip.MustParseAddrPort("192.0.2.1:3863"), dst: netip.MustParseAddrPort("192.0.2.2:4000"),
			payload: sctpPacket(3863, 4000, c),
		})
	}
	return frames
}
