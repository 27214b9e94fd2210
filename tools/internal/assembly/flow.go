package assembly

import (
	"bytes"

	"github.com/rserpool-go/rserpool/tools/sctpchunk"
)

// flow is one direction of an association.
type flow struct {
	seen window
	// The runs of fragments that are not complete: by the TSN of their first chunk,
	// and by the TSN behind their last.
	byFirst, byNext map[uint32]*run
}

// A run is fragments with consecutive TSNs, of one message.
type run struct {
	first, next  uint32 // TSNs: of the first chunk, and behind the last
	begins, ends bool   // the first and the last fragment of the message are there
	stream       uint16
	ssn          uint16
	unordered    bool
	ppid         uint32 // of the first chunk
	// The chunks are a list, so that runs are joined in a time that does not depend on
	// their length.
	head, last *chunk
	chunks     int
	size       int
}

// chunk is the payload of a fragment.
type chunk struct {
	payload []byte
	frame   int
	next    *chunk
}

// contradicts reports whether there is a fragment with this TSN, which the window
// has forgotten: only after more TSNs than the numbers go round, in damaged captures.
func (f *flow) contradicts(d sctpchunk.Data) bool {
	return f.byFirst[d.TSN] != nil || f.byNext[d.TSN+1] != nil
}

// join keeps a copy of a fragment, and returns the run that it is in.
func (f *flow) join(d sctpchunk.Data, frame int) *run {
	if f.byFirst == nil {
		f.byFirst, f.byNext = make(map[uint32]*run), make(map[uint32]*run)
	}
	c := &chunk{payload: bytes.Clone(d.Payload), frame: frame}
	r := &run{
		first: d.TSN, next: d.TSN + 1, begins: d.Begin, ends: d.End,
		stream: d.Stream, ssn: d.SSN, unordered: d.Unordered, ppid: d.PPID,
		head: c, last: c, chunks: 1, size: len(d.Payload),
	}
	if left := f.byNext[r.first]; left != nil && left.continues(r) {
		delete(f.byNext, left.next)
		left.append(r)
		r = left
	} else {
		f.byFirst[r.first] = r
	}
	if right := f.byFirst[r.next]; right != nil && r.continues(right) {
		delete(f.byFirst, right.first)
		r.append(right)
	}
	f.byNext[r.next] = r
	return r
}

// continues reports whether the next run is of the same message.
func (r *run) continues(next *run) bool {
	return !r.ends && !next.begins &&
		r.stream == next.stream && r.ssn == next.ssn && r.unordered == next.unordered
}

// append takes the chunks of the next run.
func (r *run) append(next *run) {
	r.last.next, r.last = next.head, next.last
	r.chunks += next.chunks
	r.size += next.size
	r.next, r.ends = next.next, next.ends
}

func (r *run) complete() bool { return r.begins && r.ends }

func (r *run) message() Message {
	payload, frames := make([]byte, 0, r.size), make([]int, 0, r.chunks)
	for c := r.head; c != nil; c = c.next {
		payload, frames = append(payload, c.payload...), append(frames, c.frame)
	}
	return Message{Stream: r.stream, TSN: r.first, PPID: r.ppid, Payload: payload, Fragments: r.chunks, Frames: frames}
}
