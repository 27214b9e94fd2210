package asapmsg_test

import (
	"testing"

	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// typical returns a message of the deployed implementation for each type.
func typical(b *testing.B) (types []asapmsg.Type, messages [][]byte) {
	b.Helper()
	seen := map[asapmsg.Type]bool{}
	for _, v := range wiretest.Vectors(b, "ASAP") {
		m := v.Bytes()
		if t := asapmsg.Type(m[0]); !seen[t] {
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
				if _, err := asapmsg.Parse(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	types, messages := typical(b)
	for i, in := range messages {
		m, err := asapmsg.Parse(in)
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
