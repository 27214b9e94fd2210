package script

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
)

// maxAssociations bounds the associations that are known at the same time, by half.
const maxAssociations = 8192

// association is an association of a capture.
type association struct {
	number           uint64 // from the first cue on
	opener, acceptor netip.AddrPort
	// role tells which end is the registrar, and ppid the protocol, once a message has
	// shown both.
	role  role
	ppid  uint32
	ended bool
	// tagged: the capture has the INIT, so all tags are known.
	tagged bool
}

// role tells which end of an association is the registrar.
type role uint8

const (
	unknownRole role = iota
	// openedByClient: the registrar accepted the association.
	openedByClient
	// openedByRegistrar: the client accepted the association.
	openedByRegistrar
	// foreign: the association does not concern the registrar whose part is played.
	foreign
)

// roleOf returns the role if the registrar is the opener, or is not.
func roleOf(registrarIsOpener bool) role {
	if registrarIsOpener {
		return openedByRegistrar
	}
	return openedByClient
}

// client returns the end that is not the registrar.
func (a *association) client() netip.AddrPort {
	if a.role == openedByRegistrar {
		return a.acceptor
	}
	return a.opener
}

// tagKey tells a direction of an association.
type tagKey struct {
	tag              uint32
	srcPort, dstPort uint16
}

// pairKey tells an association by its addresses, in the order of [netip.AddrPort.Compare].
type pairKey struct{ a, b netip.AddrPort }

// direction is one of the two directions of an association.
type direction struct {
	*association
	fromOpener bool
}

// associations finds the association of a packet: by its verification tag, since a
// multi-homed association has many pairs of addresses, and by its addresses if the capture
// does not hold the beginning.
type associations struct {
	tags  recent[tagKey, direction]
	pairs recent[pairKey, *association]
}

func newAssociations() associations {
	return associations{
		tags:  newRecent[tagKey, direction](maxAssociations),
		pairs: newRecent[pairKey, *association](maxAssociations),
	}
}

func pairOf(src, dst netip.AddrPort) pairKey {
	if src.Compare(dst) > 0 {
		src, dst = dst, src
	}
	return pairKey{src, dst}
}

// of returns the direction of a message, in a new association if there is none.
func (t *associations) of(r *decode.Record) direction {
	key, pair := tagKey{r.Tag, r.Src.Port(), r.Dst.Port()}, pairOf(r.Src, r.Dst)
	a, ok := t.pairs.get(pair)
	if d, known := t.tags.get(key); known {
		if d.association != a {
			t.pairs.put(pair, d.association) // another pair of addresses
		}
		return d
	}
	if !ok || a.ended || a.tagged {
		a = &association{opener: r.Src, acceptor: r.Dst}
		t.pairs.put(pair, a)
	}
	d := direction{a, r.Src == a.opener}
	t.tags.put(key, d)
	return d
}

// begin notes the tags of an association that is being opened. It returns the association
// whose place the new one takes, nil if there is none or if it has ended.
func (t *associations) begin(s decode.Signal) *association {
	toSender := tagKey{s.Initiate, s.Dst.Port(), s.Src.Port()}
	if s.Type == sctpchunk.TypeInitAck {
		// The INIT ACK carries the tag of the INIT, and is answered with its own.
		if d, ok := t.tags.get(tagKey{s.Tag, s.Src.Port(), s.Dst.Port()}); ok {
			t.tags.put(toSender, direction{d.association, true})
		}
		return nil
	}
	pair := pairOf(s.Src, s.Dst)
	old, ok := t.pairs.get(pair)
	if d, again := t.tags.get(toSender); again {
		if d.number == 0 && !d.ended {
			return nil // The INIT was sent again.
		}
		old, ok = d.association, true
	}
	a := &association{opener: s.Src, acceptor: s.Dst, tagged: true}
	t.tags.put(toSender, direction{a, false})
	t.pairs.put(pair, a)
	if !ok || old.ended {
		return nil
	}
	old.ended = true
	return old
}

// end returns the direction of a signal that ends an association, and false if the
// association is not known or has ended. A host that does not know the association aborts it
// with the tag of its sender; that counts only from addresses of the association.
func (t *associations) end(s decode.Signal) (direction, bool) {
	key := tagKey{s.Tag, s.Src.Port(), s.Dst.Port()}
	if s.Reflected {
		key.srcPort, key.dstPort = key.dstPort, key.srcPort
	}
	d, ok := t.tags.get(key)
	a, paired := t.pairs.get(pairOf(s.Src, s.Dst))
	switch {
	case ok && s.Reflected:
		d.fromOpener = !d.fromOpener
		ok = a == d.association
	case !ok && paired && !a.tagged:
		d, ok = direction{a, s.Src == a.opener}, true
	}
	if !ok || d.ended {
		return direction{}, false
	}
	d.ended = true
	return d, true
}
