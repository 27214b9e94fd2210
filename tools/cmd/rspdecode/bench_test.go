package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/pcap"
)

// BenchmarkOutput is the way from a file to each output, over all captures.
func BenchmarkOutput(b *testing.B) {
	paths, err := filepath.Glob("../../testdata/*.pcap")
	if err != nil || len(paths) == 0 {
		b.Fatalf("no captures: %v", err)
	}
	captures := make([][]byte, len(paths))
	for i, path := range paths {
		if captures[i], err = os.ReadFile(path); err != nil {
			b.Fatal(err)
		}
	}
	for name, p := range map[string]program{
		"text": {Time: "utc"}, "verbose": {Time: "utc", Verbose: true}, "json": {Output: "json"}, "cbor": {Output: "cbor"},
		"stats": {Stats: true},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			packets, messages := 0, 0
			for b.Loop() {
				for _, capture := range captures {
					r, err := pcap.NewReader(bytes.NewReader(capture))
					if err != nil {
						b.Fatal(err)
					}
					d := decode.New()
					out, err := p.output(io.Discard, d, "")
					if err != nil {
						b.Fatal(err)
					}
					for packet, err := r.Next(); err == nil; packet, err = r.Next() {
						packets++
						d.Packet(packet, func(r *decode.Record) {
							messages++
							if err := out.write(&message{Record: r}); err != nil {
								b.Fatal(err)
							}
						})
					}
				}
			}
			b.ReportMetric(float64(packets)/b.Elapsed().Seconds(), "packets/s")
			b.ReportMetric(float64(messages)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}
