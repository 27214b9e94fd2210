package memnet_test

import (
	"testing"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
)

// BenchmarkMessage sends a message and receives it, without latency.
func BenchmarkMessage(b *testing.B) {
	n := memnet.New(memnet.Config{})
	ea, err := n.Host().Listen(b.Context(), transport.ListenConfig{})
	if err != nil {
		b.Fatal(err)
	}
	defer ea.Close()
	eb, err := n.Host().Listen(b.Context(), transport.ListenConfig{})
	if err != nil {
		b.Fatal(err)
	}
	defer eb.Close()
	near, err := ea.Dial(b.Context(), eb.LocalAddrs())
	if err != nil {
		b.Fatal(err)
	}
	far, err := eb.Accept(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	m := transport.Message{Data: make([]byte, 100)}
	b.ReportAllocs()
	for b.Loop() {
		if err := near.Send(b.Context(), m); err != nil {
			b.Fatal(err)
		}
		if _, err := far.Receive(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
