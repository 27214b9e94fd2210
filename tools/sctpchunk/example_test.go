package sctpchunk_test

import (
	"fmt"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
)

// A tool looks at the chunks of a packet.
func ExampleChunks() {
	packet := capturetest.SCTP(
		sctpchunk.Chunk{Type: sctpchunk.TypeCookieAck},
		sctpchunk.Data{Begin: true, End: true, TSN: 7, PPID: 11, Payload: []byte("message")}.Chunk(),
	)
	for chunk, err := range sctpchunk.Chunks(packet) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(chunk.Offset, " ", chunk.Type)
		if data, err := chunk.Data(); err == nil {
			fmt.Printf(", TSN %d, %q", data.TSN, data.Payload)
		}
		fmt.Println()
	}
	// Output:
	// 12 COOKIE ACK
	// 16 DATA, TSN 7, "message"
}
