package decode

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/assembly"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
)

// Signal is a chunk that begins or ends an association: INIT, INIT ACK, ABORT or SHUTDOWN.
type Signal struct {
	// Frame and Time are number and time of the packet.
	Frame    int
	Time     time.Time
	Src, Dst netip.AddrPort
	Type     sctpchunk.Type
	// Tag is the verification tag of the packet.
	Tag uint32
	// Reflected says that an ABORT carries the tag of its sender instead of the tag of its
	// receiver (RFC 9260, 3.3.7: the T bit).
	Reflected bool
	// Initiate is the tag that the sender of an INIT or INIT ACK has chosen for itself.
	Initiate uint32
}

// signal takes a chunk that is no DATA, and hands it to Signals if it begins or ends an
// association.
func (d *Decoder) signal(c sctpchunk.Chunk) {
	s := Signal{
		Frame: d.record.Frame, Time: d.record.Time, Src: d.record.Src, Dst: d.record.Dst,
		Type: c.Type, Tag: d.record.Tag,
	}
	switch c.Type {
	case sctpchunk.TypeInit, sctpchunk.TypeInitAck:
		if len(c.Value) < 4 {
			return
		}
		s.Initiate = binary.BigEndian.Uint32(c.Value)
		// Tags are drawn at random. One that comes again, such as in a capture that was
		// repeated, is that of another association.
		d.messages.Restart(assembly.FlowKey{Tag: s.Initiate, SrcPort: s.Dst.Port(), DstPort: s.Src.Port()})
	case sctpchunk.TypeAbort:
		const reflectedBit = 0x01
		s.Reflected = c.Flags&reflectedBit != 0
	case sctpchunk.TypeShutdown:
	default:
		return
	}
	if d.Signals != nil {
		d.Signals(s)
	}
}
