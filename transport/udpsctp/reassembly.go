package udpsctp

import (
	"encoding/binary"
	"errors"

	"github.com/rserpool-go/rserpool/transport"
)

// Flags of a DATA chunk (RFC 9260, 3.3.1).
const (
	flagEnd       = 0x01
	flagBegin     = 0x02
	flagUnordered = 0x04
)

// Bounds of the data that cannot be delivered yet.
const (
	// fragmentsMax bounds the fragments of a message. A path of 512 octets, the smallest
	// of SCTP, needs a seventh of them for the largest message.
	fragmentsMax = 1024
	// piecesMin and octetsPerPiece bound the fragments, and the messages that wait for others
	// in their stream: by piecesMin, or by a piece for so many octets of a larger limit.
	// pion/sctp accepts a chunk behind a missing chunk up to a distance: 2112 with the default
	// receive buffer, a chunk for 125 octets of a larger buffer, and never more than 40000. So
	// a correct peer stays below the bound.
	piecesMin      = 4096
	octetsPerPiece = 128
	// pieceOverhead is the memory of a piece apart from its data, in octets.
	pieceOverhead = 160
)

var (
	errMessageTooLarge    = errors.New("message larger than 65536 octets")
	errTooManyFragments   = errors.New("message of more than 1024 fragments")
	errMixedFragments     = errors.New("fragments of different messages are mixed")
	errRepeatedSequence   = errors.New("stream sequence number used twice")
	errTooManyIncomplete  = errors.New("too many incomplete or undeliverable messages")
	errTooMuchUndelivered = errors.New("too much data of incomplete or undeliverable messages")
)

// A fragment is a DATA chunk.
type fragment struct {
	tsn         uint32
	stream, ssn uint16
	ppid        uint32
	flags       uint8
	data        []byte
	next        *fragment // In the run.
}

// parseFragment returns the DATA chunk c with a copy of its data. The value must have at
// least dataHeaderLen octets.
func parseFragment(c chunk) *fragment {
	return &fragment{
		tsn:    binary.BigEndian.Uint32(c.value),
		stream: binary.BigEndian.Uint16(c.value[4:]),
		ssn:    binary.BigEndian.Uint16(c.value[6:]),
		ppid:   binary.BigEndian.Uint32(c.value[8:]),
		flags:  c.flags,
		data:   append([]byte(nil), c.value[dataHeaderLen:]...),
	}
}

func (f *fragment) begins() bool { return f.flags&flagBegin != 0 }
func (f *fragment) ends() bool   { return f.flags&flagEnd != 0 }

// A run is a part of a message: fragments with consecutive TSNs.
type run struct {
	first, last   *fragment
	count, octets int
}

// A place is the position of a message in its stream.
type place struct{ stream, ssn uint16 }

// A reassembly makes messages of the fragments that pion/sctp accepts, each exactly once and
// in any order. The work for a fragment does not depend on the number of fragments that wait.
//
// RFC 9260, 3.3.1: "the TSNs for each fragment of a fragmented user message MUST be strictly
// sequential". So the TSNs alone join fragments, and fragments of several messages never mix.
type reassembly struct {
	limit   int                         // Bounds octets, and pieces.
	runs    map[uint32]*run             // By the TSN of the first fragment, and of the last.
	next    map[uint16]uint16           // The next stream sequence number of each stream.
	waiting map[place]transport.Message // Whole messages that follow others in their streams.
	pieces  int                         // Fragments and messages that are kept.
	octets  int                         // Their data.
}

func newReassembly(limit int) *reassembly {
	return &reassembly{
		limit:   limit,
		runs:    make(map[uint32]*run),
		next:    make(map[uint16]uint16),
		waiting: make(map[place]transport.Message),
	}
}

// add takes a fragment, and calls deliver for each message that has become deliverable. An
// error means that the peer has broken the protocol or a bound.
func (r *reassembly) add(f *fragment, deliver func(transport.Message)) error {
	whole, err := r.join(f)
	if err != nil {
		return err
	}
	if whole != nil {
		if err := r.order(whole, deliver); err != nil {
			return err
		}
	}
	switch {
	case r.pieces > max(piecesMin, r.limit/octetsPerPiece):
		return errTooManyIncomplete
	case r.octets > r.limit:
		return errTooMuchUndelivered
	}
	return nil
}

// join adds a fragment to the neighbouring fragments of its message. The result is the
// message as a run without neighbours if the message is whole.
func (r *reassembly) join(f *fragment) (whole *run, err error) {
	u := &run{first: f, last: f, count: 1, octets: len(f.data)}
	before, after := r.runs[f.tsn-1], r.runs[f.tsn+1]
	if before != nil && before.last.ends() != f.begins() || after != nil && f.ends() != after.first.begins() {
		return nil, errMixedFragments
	}
	r.keep(1, len(f.data))
	if before != nil && !f.begins() {
		if u, err = r.concat(before, u); err != nil {
			return nil, err
		}
	}
	if after != nil && !f.ends() {
		if u, err = r.concat(u, after); err != nil {
			return nil, err
		}
	}
	if u.first.begins() && u.last.ends() {
		r.keep(-u.count, -u.octets)
		return u, nil
	}
	r.runs[u.first.tsn], r.runs[u.last.tsn] = u, u
	return nil, nil
}

// concat removes two neighbouring runs of a message, and returns the run of both.
func (r *reassembly) concat(x, y *run) (*run, error) {
	for _, u := range []*run{x, y} {
		delete(r.runs, u.first.tsn)
		delete(r.runs, u.last.tsn)
	}
	x.last.next = y.first
	u := &run{first: x.first, last: y.last, count: x.count + y.count, octets: x.octets + y.octets}
	switch f, g := x.last, y.first; {
	case f.stream != g.stream, (f.flags^g.flags)&flagUnordered != 0:
		return nil, errMixedFragments
	case f.ssn != g.ssn && f.flags&flagUnordered == 0: // RFC 9260, 3.3.1: ignored in unordered messages.
		return nil, errMixedFragments
	case u.octets > MaxMessageSize:
		return nil, errMessageTooLarge
	case u.count > fragmentsMax:
		return nil, errTooManyFragments
	}
	return u, nil
}

// order delivers a whole message, and the messages that have waited for it. An ordered
// message waits while an earlier message of its stream is missing.
func (r *reassembly) order(u *run, deliver func(transport.Message)) error {
	f := u.first
	if f.flags&flagUnordered != 0 {
		deliver(u.message())
		return nil
	}
	p := place{f.stream, f.ssn}
	_, isTaken := r.waiting[p]
	ahead := int16(f.ssn - r.next[f.stream])
	switch {
	case ahead < 0 || isTaken:
		return errRepeatedSequence
	case ahead > 0:
		r.waiting[p] = u.message()
		r.keep(1, u.octets)
		return nil
	}
	deliver(u.message())
	p.ssn++
	for m, ok := r.waiting[p]; ok; m, ok = r.waiting[p] {
		delete(r.waiting, p)
		r.keep(-1, -len(m.Data))
		deliver(m)
		p.ssn++
	}
	r.next[f.stream] = p.ssn
	return nil
}

// keep counts pieces that are kept from now on, or no longer.
func (r *reassembly) keep(pieces, octets int) {
	r.pieces += pieces
	r.octets += octets
}

// message returns the message of a whole run.
func (u *run) message() transport.Message {
	f := u.first
	m := transport.Message{PPID: f.ppid, Stream: f.stream, Data: f.data}
	if u.count > 1 {
		m.Data = make([]byte, 0, u.octets)
		for ; f != nil; f = f.next {
			m.Data = append(m.Data, f.data...)
		}
	}
	return m
}
