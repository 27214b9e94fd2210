// Package assembly puts the user messages of SCTP together from DATA chunks as they
// are seen on the way: fragments of one message from several chunks, and each chunk
// only once, however often it was sent.
//
// A message is handed out as soon as it is complete, so an observer who misses a
// chunk misses one message and not the rest of the stream.
package assembly

import (
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
)

// Bounds of what is kept.
const (
	// MaxFlows is how many directions of associations are known at the same time;
	// those that were silent for longest are forgotten first.
	MaxFlows = 16384
	// MaxPendingBytes is how many octets of incomplete messages are kept in all,
	// with MaxPending chunks of at most.
	MaxPendingBytes = 32 << 20
	// MaxPending is how many chunks of incomplete messages are kept in all.
	MaxPending = 1 << 18
	// MaxMessageLen is how long a message may be.
	MaxMessageLen = 1 << 20
)

// FlowKey tells one direction of an association: the verification tag, which the
// receiver chose at random, and the ports. Addresses are not part of it because a
// multi-homed association has several.
type FlowKey struct {
	Tag              uint32
	SrcPort, DstPort uint16
}

// Message is a user message.
type Message struct {
	Stream uint16
	// TSN is that of the first chunk.
	TSN  uint32
	PPID uint32
	// Payload may be a part of the packet that completed the message.
	Payload []byte
	// Fragments is how many chunks the message came in.
	Fragments int
	// Frames are the packets of these chunks, by [Assembler.Frame]. Nil: the present packet alone.
	Frames []int
}

// Stats counts what did not become a message.
type Stats struct {
	// Duplicates are chunks that were sent again.
	Duplicates int
	// Overflows is how often incomplete messages were given up for want of room.
	Overflows int
}

// Assembler puts messages together.
type Assembler struct {
	// Frame is the number of the present packet. The caller sets it.
	Frame int

	// A flow is looked up in young, then in old, from where it moves to young. When
	// young is full, it becomes old, and what was old is forgotten.
	young, old map[FlowKey]*flow

	pendingBytes int
	pending      int
	stats        Stats
}

// New returns an Assembler.
func New() *Assembler { return &Assembler{young: make(map[FlowKey]*flow)} }

// Stats returns the counters.
func (a *Assembler) Stats() Stats { return a.stats }

// Add takes a DATA chunk, and returns the message that is complete by it.
func (a *Assembler) Add(key FlowKey, d sctpchunk.Data) (m Message, complete bool) {
	f := a.flow(key)
	if !f.seen.add(d.TSN) {
		a.stats.Duplicates++
		return m, false
	}
	if d.Begin && d.End {
		return Message{Stream: d.Stream, TSN: d.TSN, PPID: d.PPID, Payload: d.Payload, Fragments: 1}, true
	}
	if f.contradicts(d) {
		a.releaseFlow(f)
	}
	r := f.join(d, a.Frame)
	a.pending++
	a.pendingBytes += len(d.Payload)
	switch {
	case r.complete():
		a.release(f, r)
		return r.message(), true
	case r.size > MaxMessageLen:
		a.release(f, r)
		a.stats.Overflows++
	case a.pending > MaxPending || a.pendingBytes > MaxPendingBytes:
		a.releaseAll()
		a.stats.Overflows++
	}
	return m, false
}

func (a *Assembler) flow(key FlowKey) *flow {
	f := a.young[key]
	if f != nil {
		return f
	}
	if f = a.old[key]; f != nil {
		delete(a.old, key)
	} else {
		f = new(flow)
	}
	if len(a.young) >= MaxFlows/2 {
		for _, gone := range a.old {
			a.releaseFlow(gone)
		}
		a.old, a.young = a.young, make(map[FlowKey]*flow)
	}
	a.young[key] = f
	return f
}

// Restart forgets a direction of an association, because an association with the same tag
// begins.
func (a *Assembler) Restart(key FlowKey) {
	for _, flows := range []map[FlowKey]*flow{a.young, a.old} {
		if f := flows[key]; f != nil {
			a.releaseFlow(f)
			delete(flows, key)
		}
	}
}

// release takes a run out of its flow.
func (a *Assembler) release(f *flow, r *run) {
	delete(f.byFirst, r.first)
	delete(f.byNext, r.next)
	a.pending -= r.chunks
	a.pendingBytes -= r.size
}

func (a *Assembler) releaseFlow(f *flow) {
	for _, r := range f.byFirst {
		a.release(f, r)
	}
}

func (a *Assembler) releaseAll() {
	for _, flows := range []map[FlowKey]*flow{a.young, a.old} {
		for _, f := range flows {
			a.releaseFlow(f)
		}
	}
}
