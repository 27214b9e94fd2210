package attack

import (
	"context"
	crand "crypto/rand"
	"math/rand/v2"
	"sync"

	"github.com/rserpool-go/rserpool/internal/attack/rawsctp"
)

// A flooder returns the i-th datagram of a flood to an SCTP port.
type flooder func(i int, destination uint16) []byte

// flood sends datagrams from a socket each, without an association, and counts the answers.
func flood(f flooder) method {
	return func(ctx context.Context, w *work) error {
		return w.each(func(k int) error {
			a, err := rawsctp.Open(w.source(k), w.to)
			if err != nil {
				return err
			}
			defer a.Close()
			var answers sync.WaitGroup
			answers.Go(func() { w.note(outcomeAnswers, a.CountPackets(ctx)) })
			defer answers.Wait()
			p := w.pacer(w.Associations)
			for i := 0; p.next(ctx); i++ {
				if err := a.SendDatagram(f(i, a.Destination())); err != nil {
					return err
				}
				w.count(1)
			}
			return nil
		})
	}
}

// The floods.

// floodInit opens associations from random SCTP ports, and never goes on.
func floodInit(_ int, destination uint16) []byte {
	c := rawsctp.Init{Tag: rand.Uint32() | 1, Window: rawsctp.DefaultWindow, Streams: rawsctp.Streams, TSN: 1}.Chunk()
	return rawsctp.Packet{Source: randomPort(), Destination: destination, Chunks: []rawsctp.Chunk{c}}.Append(nil)
}

const forgedCookieLen = 72

// floodCookie sends forged cookies.
func floodCookie(_ int, destination uint16) []byte {
	c := rawsctp.Chunk{Type: rawsctp.TypeCookieEcho, Value: make([]byte, forgedCookieLen)}
	return rawsctp.Packet{Source: randomPort(), Destination: destination, Tag: rand.Uint32(), Chunks: []rawsctp.Chunk{c}}.Append(nil)
}

// floodStray sends DATA of associations that do not exist (RFC 9260, 8.4).
func floodStray(_ int, destination uint16) []byte {
	c := rawsctp.Data{User: make([]byte, 4)}.Chunk(rawsctp.Whole)
	return rawsctp.Packet{Source: randomPort(), Destination: destination, Tag: rand.Uint32(), Chunks: []rawsctp.Chunk{c}}.Append(nil)
}

const (
	junkLen      = 1400
	largeJunkLen = 65000
)

// floodJunk sends random octets. Every other datagram has a header with the right checksum, and each fiftieth is large.
func floodJunk(i int, destination uint16) []byte {
	length := rand.IntN(junkLen)
	if i%50 == 0 {
		length = rand.IntN(largeJunkLen)
	}
	b := randomOctets(length)
	if i%2 == 1 {
		return b
	}
	return rawsctp.Packet{Source: randomPort(), Destination: destination, Tag: rand.Uint32(), Rest: b}.Append(nil)
}

func randomOctets(n int) []byte {
	b := make([]byte, n)
	_, _ = crand.Read(b) // It never fails.
	return b
}

func randomPort() uint16 { return uint16(1 + rand.IntN(65000)) }
