package cookie_test

import (
	"fmt"
	"testing"

	"github.com/rserpool-go/rserpool/asap/cookie"
)

// benchmark runs a benchmark for both forms of cookies and for two lengths of states.
func benchmark(b *testing.B, run func(b *testing.B, codec *cookie.Codec[blob], state blob)) {
	for _, form := range []string{"encrypted", "signed"} {
		codec := newCodec[blob](b, cookie.Config{Key: cookie.NewKey(), Context: "pool", SignOnly: forms[form]})
		for _, n := range []int{64, 1024} {
			b.Run(fmt.Sprintf("%s/%d", form, n), func(b *testing.B) {
				b.SetBytes(int64(n))
				b.ReportAllocs()
				run(b, codec, blob{make([]byte, n)})
			})
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	benchmark(b, func(b *testing.B, codec *cookie.Codec[blob], state blob) {
		for b.Loop() {
			if _, err := codec.Seal(state); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	benchmark(b, func(b *testing.B, codec *cookie.Codec[blob], state blob) {
		sealed := mustSeal(b, codec, state)
		for b.Loop() {
			if _, err := codec.Open(sealed); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// The worst that a hostile user can send: the longest cookie, while two keys are in use.
func BenchmarkOpenForged(b *testing.B) {
	for _, form := range []string{"encrypted", "signed"} {
		b.Run(form, func(b *testing.B) {
			codec := newCodec[blob](b, cookie.Config{
				Key: cookie.NewKey(), Accept: []cookie.Key{cookie.NewKey()}, Context: "pool", SignOnly: forms[form],
			})
			forged := mustSeal(b, codec, blob{make([]byte, cookie.MaxState)})
			forged[len(forged)-1] ^= 1
			b.SetBytes(int64(len(forged)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := codec.Open(forged); err == nil {
					b.Fatal("forged cookie opens")
				}
			}
		})
	}
}
