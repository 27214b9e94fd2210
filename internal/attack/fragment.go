package attack

import (
	"context"

	"github.com/rserpool-go/rserpool/internal/attack/rawsctp"
	"github.com/rserpool-go/rserpool/wire"
)

// A fragment sets the flags and the stream sequence number of the i-th DATA chunk of count on a stream.
type fragment func(i, count int) (flags uint8, sequence uint16)

const (
	bundleChunks = 50
	bundleOctets = 1100
)

// sendFragments sends DATA chunks that never become a message, Size octets each, over all streams in turn.
func sendFragments(f fragment) method {
	return func(ctx context.Context, w *work) error {
		habit := rawsctp.Habit{Acknowledge: true, Window: rawsctp.DefaultWindow}
		return w.eachRaw(ctx, rawsctp.DefaultWindow, habit, func(ctx context.Context, a *rawsctp.Association) error {
			p := w.pacer(w.Associations)
			for tsn := 0; tsn < w.Count && p.next(ctx); {
				bundle := w.bundle(a, f, tsn)
				if err := a.Send(bundle...); err != nil {
					return err
				}
				w.count(len(bundle))
				tsn += len(bundle)
			}
			<-ctx.Done() // The fragments stay as long as the association.
			return nil
		})
	}
}

// bundle returns the chunks of a packet, from the given one on.
func (w *work) bundle(a *rawsctp.Association, f fragment, first int) (chunks []rawsctp.Chunk) {
	octets := 0
	for n := first; n < w.Count && len(chunks) < bundleChunks && octets < bundleOctets; n++ {
		i := n / rawsctp.Streams
		flags, sequence := f(i, (w.Count+rawsctp.Streams-1)/rawsctp.Streams)
		d := rawsctp.Data{
			TSN: a.TSN + uint32(n), Stream: uint16(n % rawsctp.Streams), StreamSequence: sequence,
			PPID: wire.PPIDASAP, User: make([]byte, w.Size),
		}
		chunks = append(chunks, d.Chunk(flags))
		octets += chunks[len(chunks)-1].Len()
	}
	return chunks
}

// The fragments.

// withoutEnd are those of a message whose last fragment does not come.
func withoutEnd(i, _ int) (flags uint8, sequence uint16) {
	if i == 0 {
		return rawsctp.FlagBegin, 0
	}
	return 0, 0
}

func withoutBeginning(int, int) (flags uint8, sequence uint16) { return 0, 0 }

func unorderedInside(int, int) (flags uint8, sequence uint16) { return rawsctp.FlagUnordered, 0 }

func unorderedBegun(int, int) (flags uint8, sequence uint16) {
	return rawsctp.FlagUnordered | rawsctp.FlagBegin, 0
}

// withoutFirst are whole messages in reverse order, of which the first does not come.
func withoutFirst(i, count int) (flags uint8, sequence uint16) {
	return rawsctp.Whole, uint16(count - i)
}

// onlyBegun are messages in reverse order, each of which is begun only.
func onlyBegun(i, count int) (flags uint8, sequence uint16) {
	return rawsctp.FlagBegin, uint16(count - i)
}
