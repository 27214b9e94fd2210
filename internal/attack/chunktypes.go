package attack

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/internal/attack/rawsctp"
)

const (
	chunkTypes   = 256
	chunkTesters = 8
	chunkWait    = 100 * time.Millisecond
)

// chunkLens are the lengths of the values that each type is sent with.
var chunkLens = []int{0, 4, 8, 16, 64}

// sendChunkTypes sends a chunk of each type and of several lengths, each over an association of its own, and looks
// whether the association lives on.
func sendChunkTypes(ctx context.Context, w *work) error {
	next := make(chan rawsctp.Chunk)
	var all sync.WaitGroup
	for k := range chunkTesters {
		all.Go(func() {
			for c := range next {
				outcome, err := w.testChunk(ctx, k, c)
				if err != nil {
					w.note("failed handshakes", 1)
					continue
				}
				w.note(outcome, 1)
				w.count(1)
			}
		})
	}
	p := w.pacer(1)
	for n := 0; n < chunkTypes*len(chunkLens) && p.next(ctx); n++ {
		next <- oddChunk(n)
	}
	close(next)
	all.Wait()
	return nil
}

// oddChunk returns the n-th chunk, with random flags and a value that is random unless it is short.
func oddChunk(n int) rawsctp.Chunk {
	length := chunkLens[n%len(chunkLens)]
	value := make([]byte, length)
	if length > 4 {
		value = randomOctets(length)
	}
	return rawsctp.Chunk{Type: rawsctp.ChunkType(n / len(chunkLens)), Flags: uint8(rand.Uint32()), Value: value}
}

// testChunk sends a chunk over a new association, and says what became of the association.
func (w *work) testChunk(ctx context.Context, k int, c rawsctp.Chunk) (outcome string, err error) {
	a, err := rawsctp.Dial(ctx, w.source(k), w.to)
	if err != nil {
		return "", err
	}
	defer func() { _ = a.Abort() }()
	probe := rawsctp.Heartbeat([]byte{9, 9, 9, 9})
	if err := a.Send(c, rawsctp.Heartbeat([]byte{1, 2, 3, 4})); err != nil {
		return "", err
	}
	if err := a.Send(probe); err != nil {
		return "", err
	}
	for range 4 {
		chunks, err := a.Receive(chunkWait)
		if err != nil {
			break
		}
		for _, c := range chunks {
			switch {
			case c.Type == rawsctp.TypeHeartbeatAck && string(c.Value) == string(probe.Value):
				return "associations that live on", nil
			case c.Type == rawsctp.TypeAbort:
				return "associations ended by the target", nil
			}
		}
	}
	return "associations without an answer", nil
}
