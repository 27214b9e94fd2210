package wire_test

import (
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// The parameters of a handle table with three elements, without those inside.
func BenchmarkWalk(b *testing.B) {
	for _, v := range wiretest.Vectors(b, "ENRP") {
		if v.Name != "enrp_handle_table_response_all" {
			continue
		}
		in := v.Bytes()[12:]
		b.Run("Walker", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := wire.Walk(in, 0)
				for w.Next() {
				}
				if err := w.Err(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("Params", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range wire.Params(in) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func BenchmarkPEChecksum(b *testing.B) {
	b.ReportAllocs()
	var sum wire.PEChecksum
	for b.Loop() {
		sum = sum.Add(wire.SumPE("EchoPool", 0x12345678))
	}
	_ = sum.Value()
}
