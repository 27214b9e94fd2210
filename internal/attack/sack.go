package attack

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/internal/attack/rawsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

const (
	sacksOfAKind = 200
	sackWait     = 500 * time.Millisecond
)

// forgedSacks returns SACKs that lie, for a peer whose last TSN in sequence is cumulative.
func forgedSacks(cumulative uint32) []rawsctp.Chunk {
	const window = rawsctp.DefaultWindow
	sack := func(ahead uint32, duplicates int, gaps ...[2]uint16) rawsctp.Chunk {
		return rawsctp.Sack{Cumulative: cumulative + ahead, Window: window, Gaps: gaps, Duplicates: duplicates}.Chunk()
	}
	countWithoutGaps := sack(0, 0)
	countWithoutGaps.Value[8], countWithoutGaps.Value[9] = 255, 255
	return []rawsctp.Chunk{
		sack(1e6, 0),
		sack(math.MaxInt32, 0),
		sack(math.MaxUint32-4, 0), // 5 behind
		sack(0, 0, [2]uint16{1, math.MaxUint16}),
		sack(0, 0, [2]uint16{60000, 2}),
		sack(0, 0, [2]uint16{0, 0}),
		sack(0, 0, slices.Repeat([][2]uint16{{1, math.MaxUint16}}, 10000)...),
		countWithoutGaps,
		sack(0, 15000),
	}
}

// forgeSacks sends many SACKs of each kind over an association each, then asks a question, and answers with the SACK.
func forgeSacks(ctx context.Context, w *work) error {
	question, err := (&asapmsg.HandleResolution{PoolHandle: w.Pool}).AppendBinary(nil)
	if err != nil {
		return err
	}
	for i := 0; ctx.Err() == nil; i++ {
		a, err := rawsctp.Dial(ctx, w.source(i), w.to)
		if err != nil {
			return w.endError(ctx, err)
		}
		kinds := forgedSacks(a.Cumulative)
		outcome, err := w.trySack(a, kinds[i%len(kinds)], question)
		w.note(outcome, 1)
		if err != nil {
			return err
		}
	}
	return nil
}

// trySack sends a SACK over an association, which it ends.
func (w *work) trySack(a *rawsctp.Association, sack rawsctp.Chunk, question []byte) (outcome string, err error) {
	defer func() { _ = a.Abort() }()
	for range sacksOfAKind {
		if err := a.Send(sack); err != nil {
			return "", err
		}
		w.count(1)
	}
	if err := a.Send(rawsctp.Data{TSN: a.TSN, PPID: wire.PPIDASAP, User: question}.Chunk(rawsctp.Whole)); err != nil {
		return "", err
	}
	for {
		chunks, err := a.Receive(sackWait)
		if err != nil {
			return "associations without an answer", nil
		}
		for _, c := range chunks {
			switch c.Type {
			case rawsctp.TypeAbort:
				return "associations ended by the target", nil
			case rawsctp.TypeData:
				_ = a.Send(sack) // Whether it arrives does not matter any more.
				return "answers", nil
			}
		}
	}
}

// sendGaps sends every other DATA chunk of Count, so that each SACK of the target lists many gaps, and then repeats a
// chunk that asks for a SACK at once.
func sendGaps(ctx context.Context, w *work) error {
	habit := rawsctp.Habit{Acknowledge: true, Window: rawsctp.DefaultWindow}
	return w.eachRaw(ctx, rawsctp.DefaultWindow, habit, func(ctx context.Context, a *rawsctp.Association) error {
		p := w.pacer(w.Associations)
		for i := 1; p.next(ctx); i++ {
			d := rawsctp.Data{TSN: a.TSN + 2, StreamSequence: 1, PPID: wire.PPIDASAP, User: []byte{1}}
			flags := uint8(rawsctp.Whole | rawsctp.FlagImmediately)
			if i <= w.Count {
				d.TSN, d.StreamSequence, flags = a.TSN+uint32(2*i), uint16(i), rawsctp.Whole
			}
			if err := a.Send(d.Chunk(flags)); err != nil {
				return err
			}
			w.count(1)
		}
		return nil
	})
}
