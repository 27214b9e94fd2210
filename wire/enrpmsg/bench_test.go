package enrpmsg_test

import (
	"testing"

	"github.com/rserpool-go/rserpool/wire/enrpmsg"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// typical returns a message of the deployed implementation for each type.
func typical(b *testing.B) (types []enrpmsg.Type, messages [][]byte) {
	b.Helper()
	seen := map[enrpmsg.Type]bool{}
	for _, v := range wiretest.Vectors(b, "ENRP") {
		m := v.Bytes()
		if t := enrpmsg.Type(m[0]); !seen[t] {
			seen[t] = true
			types, messages = append(types, t), append(messages, m)
		}
	}
	return types, messages
}

func BenchmarkParse(b *testing.B) {
	types, messages := typical(b)
	for i, in := range messages {
		b.Run(types[i].String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := enrpmsg.Parse(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	types, messages := typical(b)
	for i, in := range messages {
		m, err := enrpmsg.Parse(in)
		if err != nil {
			b.Fatal(err)
		}
		buf := make([]byte, 0, len(in))
		b.Run(types[i].String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.AppendBinary(buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
