package netpkt

import (
	"bytes"
	"net/netip"
	"slices"
	"time"
)

// Bounds of what is kept of packets that are not complete.
const (
	// MaxFragmentBytes is how many octets of fragments are kept in all.
	MaxFragmentBytes = 8 << 20
	// maxPackets is how many packets may be incomplete at the same time.
	maxPackets = 1024
	// maxPieces is how many fragments a packet may have.
	maxPieces = 1024
	// maxAge is how long the fragments of a packet may take (RFC 8200, 4.5).
	maxAge = 60 * time.Second

	maxPacketLen = 65535
)

// fragmentKey tells which fragments belong together.
type fragmentKey struct {
	src, dst netip.Addr
	protocol uint8
	id       uint32
}

// fragment is a part of what an IP packet carries.
type fragment struct {
	id     uint32
	offset int
	more   bool
	data   []byte
	frame  int // number of the captured packet
}

// partial is a packet that is not complete.
type partial struct {
	first  time.Time
	pieces []fragment // in order, without overlap
	size   int        // of the pieces
	end    int        // the packet's length, 0 while it is not known
}

// fragments are the packets that are not complete.
type fragments struct {
	partials map[fragmentKey]*partial
	order    []fragmentKey // of partials, the oldest first; may hold some that are gone
	size     int
	lost     int
	joined   []int // the packets of the datagram that the last fragment completed
}

// add keeps a copy of a fragment and returns the packet if it is complete now.
func (fs *fragments) add(key fragmentKey, f fragment, now time.Time) []byte {
	if len(f.data) == 0 || f.offset+len(f.data) > maxPacketLen || f.more && len(f.data)%8 != 0 {
		fs.lost++
		return nil
	}
	p := fs.partials[key]
	if p != nil && now.Sub(p.first) > maxAge {
		fs.drop(key)
		p = nil
	}
	if p == nil {
		p = fs.start(key, now)
	}
	fits, duplicate := p.place(f)
	if duplicate {
		return nil
	}
	if !fits {
		fs.lost++
		fs.drop(key) // RFC 5722, 4: overlapping fragments spoil the packet
		return nil
	}
	fs.size += len(f.data)
	if p.end != 0 && p.size == p.end {
		whole := make([]byte, 0, p.end)
		for _, piece := range p.pieces {
			whole = append(whole, piece.data...)
			fs.joined = append(fs.joined, piece.frame)
		}
		fs.forget(key)
		return whole
	}
	for fs.size > MaxFragmentBytes {
		fs.dropOldest()
	}
	return nil
}

func (fs *fragments) start(key fragmentKey, now time.Time) *partial {
	if fs.partials == nil {
		fs.partials = make(map[fragmentKey]*partial)
	}
	for len(fs.partials) >= maxPackets {
		fs.dropOldest()
	}
	if len(fs.order) >= 2*maxPackets {
		fs.order = slices.DeleteFunc(fs.order, func(k fragmentKey) bool { return fs.partials[k] == nil })
	}
	p := &partial{first: now}
	fs.partials[key] = p
	fs.order = append(fs.order, key)
	return p
}

// dropOldest gives up the packet that has been incomplete for longest.
func (fs *fragments) dropOldest() {
	key := fs.order[0]
	fs.order = fs.order[1:]
	fs.drop(key)
}

// drop gives up a packet.
func (fs *fragments) drop(key fragmentKey) {
	if p := fs.partials[key]; p != nil {
		fs.lost += len(p.pieces)
		fs.forget(key)
	}
}

func (fs *fragments) forget(key fragmentKey) {
	fs.size -= fs.partials[key].size
	delete(fs.partials, key)
}

// place puts a copy of a fragment where it belongs. It does not fit if it overlaps
// another or contradicts what is known of the packet's length.
func (p *partial) place(f fragment) (fits, duplicate bool) {
	end := f.offset + len(f.data)
	i, _ := slices.BinarySearchFunc(p.pieces, f.offset, func(q fragment, offset int) int { return q.offset - offset })
	if i < len(p.pieces) && p.pieces[i].offset == f.offset && bytes.Equal(p.pieces[i].data, f.data) {
		return true, true
	}
	switch {
	case len(p.pieces) >= maxPieces,
		i > 0 && p.pieces[i-1].offset+len(p.pieces[i-1].data) > f.offset,
		i < len(p.pieces) && p.pieces[i].offset < end,
		p.end != 0 && (!f.more || end > p.end),
		!f.more && i < len(p.pieces):
		return false, false
	}
	if !f.more {
		p.end = end
	}
	f.data = bytes.Clone(f.data)
	p.pieces = slices.Insert(p.pieces, i, f)
	p.size += len(f.data)
	return true, false
}
