package script

import (
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/association"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/tools/pcap"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Capture is a script from the packets of a capture.
type Capture struct {
	packets *pcap.Reader
	decoder *decode.Decoder
	cast    cast
	assocs  *association.Table[notes]

	cues  []Cue // of the last packet
	count uint64
	first time.Time
	last  time.Duration
}

// NewCapture returns the script in which a live registrar plays the part of the given
// registrar of the capture; 0: of the first registrar heard.
func NewCapture(packets *pcap.Reader, part wire.ServerID) *Capture {
	c := &Capture{packets: packets, decoder: decode.New(), cast: newCast(part), assocs: association.New[notes]()}
	c.decoder.Signals = c.signal
	return c
}

// Next returns the next cue. Errors are those of [pcap.Reader.Next].
func (c *Capture) Next() (Cue, error) {
	for len(c.cues) == 0 {
		p, err := c.packets.Next()
		if err != nil {
			return Cue{}, err
		}
		c.cues = c.cues[:0]
		c.decoder.Packet(p, c.record)
	}
	cue := c.cues[0]
	c.cues = c.cues[1:]
	return cue, nil
}

// record takes a message.
func (c *Capture) record(r *decode.Record) {
	var ppid uint32
	switch r.Protocol {
	case dissect.ASAP:
		ppid = wire.PPIDASAP
	case dissect.ENRP:
		ppid = wire.PPIDENRP
	default:
		return
	}
	m := ParseMessage(ppid, r.Octets)
	if r.Carrier == decode.OverUDP {
		c.cast.hearDatagram(r, m)
		return
	}
	d := c.assocs.Of(r)
	if d.Note.role == unknownRole {
		c.assign(d, r, ppid, m)
	}
	if d.Ended || d.Note.role == unknownRole || d.Note.role == foreign || d.Note.ppid != ppid {
		return
	}
	if d.Note.number == 0 {
		c.count++
		d.Note.number = c.count
		c.cue(d, r.Frame, r.Time, Cue{Kind: Open, ByRegistrar: d.Note.role == openedByRegistrar})
	}
	kind := Say
	if fromRegistrar(d) {
		kind = Hear
	}
	c.cue(d, r.Frame, r.Time, Cue{Kind: kind, Message: m})
}

// fromRegistrar reports whether the registrar sends in this direction.
func fromRegistrar(d direction) bool { return d.FromOpener == (d.Note.role == openedByRegistrar) }

// assign finds the role of an association by a message.
func (c *Capture) assign(d direction, r *decode.Record, ppid uint32, m Message) {
	var fromRegistrar, concerned bool
	switch {
	case m.ENRP != nil:
		c.cast.hearENRP(r.Src, m.ENRP)
		fromRegistrar = c.cast.playsENRP(r.Src)
		concerned = fromRegistrar || c.cast.playsENRP(r.Dst)
	case m.ASAP != nil:
		var known bool
		if fromRegistrar, known = sentByRegistrar(m.ASAP); !known {
			return
		}
		if k, ok := m.ASAP.(*asapmsg.EndpointKeepAlive); ok {
			c.cast.hearKeepAlive(r.Src, k.ServerID)
		}
		registrar := r.Dst
		if fromRegistrar {
			registrar = r.Src
		}
		concerned = c.cast.playsASAP(registrar)
	default:
		return
	}
	d.Note.ppid = ppid
	if d.Note.role = foreign; concerned {
		d.Note.role = roleOf(fromRegistrar == d.FromOpener)
	}
}

// sentByRegistrar reports whether a registrar sends such a message. It is not known of
// messages that either side sends, or that pool elements and pool users exchange.
func sentByRegistrar(m asapmsg.Message) (yes, known bool) {
	switch m.Type() {
	case asapmsg.TypeRegistration, asapmsg.TypeDeregistration, asapmsg.TypeHandleResolution,
		asapmsg.TypeEndpointKeepAliveAck, asapmsg.TypeEndpointUnreachable:
		return false, true
	case asapmsg.TypeRegistrationResponse, asapmsg.TypeDeregistrationResponse,
		asapmsg.TypeHandleResolutionResponse, asapmsg.TypeEndpointKeepAlive:
		return true, true
	}
	return false, false
}

// signal takes the beginning or the end of an association.
func (c *Capture) signal(s decode.Signal) {
	if s.Type == sctpchunk.TypeInit || s.Type == sctpchunk.TypeInitAck {
		if old := c.assocs.Begin(s); old != nil && old.Note.number != 0 {
			c.cue(direction{Association: old}, s.Frame, s.Time, Cue{Kind: Close})
		}
		return
	}
	d, ok := c.assocs.End(s)
	if !ok || d.Note.number == 0 {
		return
	}
	c.cue(d, s.Frame, s.Time, Cue{Kind: Close, ByRegistrar: fromRegistrar(d), Aborted: s.Type == sctpchunk.TypeAbort})
}

// cue completes and queues a cue. A time that the capture does not tell, or that goes back,
// is that of the cue before.
func (c *Capture) cue(d direction, frame int, at time.Time, cue Cue) {
	if c.first.IsZero() {
		c.first = at
	}
	if !at.IsZero() {
		c.last = max(c.last, at.Sub(c.first))
	}
	cue.At, cue.Frame = c.last, frame
	cue.Assoc, cue.Client, cue.PPID = d.Note.number, client(d), d.Note.ppid
	cue.Registrar = c.cast.part
	c.cues = append(c.cues, cue)
}
