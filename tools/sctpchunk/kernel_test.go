package sctpchunk_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/rserpool-go/rserpool/tools/internal/netpkt"
	"github.com/rserpool-go/rserpool/tools/pcap"
)

// kernelPackets returns SCTP packets of a Linux kernel, by number of the frame in
// echo.pcap: with all kinds of chunks, from INIT to SHUTDOWN COMPLETE.
func kernelPackets(tb testing.TB) map[string][]byte {
	tb.Helper()
	f, err := os.Open("../testdata/echo.pcap")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	r, err := pcap.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	var d netpkt.Decoder
	out := make(map[string][]byte)
	for p, err := r.Next(); err == nil; p, err = r.Next() {
		if dg, ok := d.Decode(p); ok && dg.Protocol == netpkt.ProtocolSCTP {
			out[fmt.Sprintf("frame %d", p.Number)] = append([]byte(nil), dg.Payload...)
		}
	}
	if len(out) != 91 {
		tb.Fatalf("%d SCTP packets in echo.pcap, want 91", len(out))
	}
	return out
}
