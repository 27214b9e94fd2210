package script

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/recent"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// maxRegistrars bounds the endpoints of registrars that a cast knows.
const maxRegistrars = 4096

// cast knows which endpoints belong to which registrar, and the registrar whose part is
// played.
type cast struct {
	// part is the registrar whose part is played: the first one heard, unless it was
	// chosen. 0 while no registrar was heard.
	part wire.ServerID
	// asap and enrp are the endpoints of registrars.
	asap, enrp recent.Map[netip.AddrPort, wire.ServerID]
	// hosts are the addresses of registrars. A host of several registrars has the
	// identifier 0.
	hosts recent.Map[netip.Addr, wire.ServerID]
}

func newCast(part wire.ServerID) cast {
	return cast{
		part: part,
		asap: recent.New[netip.AddrPort, wire.ServerID](maxRegistrars),
		enrp: recent.New[netip.AddrPort, wire.ServerID](maxRegistrars),

		hosts: recent.New[netip.Addr, wire.ServerID](maxRegistrars),
	}
}

// hearDatagram learns from an announce or a Presence in UDP. Both come from the UDP port
// whose number is the SCTP port of the sender.
func (c *cast) hearDatagram(r *decode.Record, m Message) {
	switch m := m.ASAP.(type) {
	case *asapmsg.ServerAnnounce:
		c.meet(m.ServerID)
		c.asap.Put(r.Src, m.ServerID)
		for i := range m.Transports {
			for _, a := range m.Transports[i].AddrPorts() {
				c.asap.Put(a, m.ServerID)
			}
		}
		c.settle(r.Src.Addr(), m.ServerID)
	}
	if p, ok := m.ENRP.(*enrpmsg.Presence); ok {
		c.hearENRP(r.Src, p)
	}
}

// hearENRP learns from a message of ENRP. Errors do not tell a sender that can be relied on.
func (c *cast) hearENRP(src netip.AddrPort, m enrpmsg.Message) {
	id := m.ServerIDs().Sender
	if m.Type() == enrpmsg.TypeError || id == 0 {
		return
	}
	c.meet(id)
	c.enrp.Put(src, id)
	c.settle(src.Addr(), id)
}

// hearKeepAlive learns from a keep-alive, which a registrar sent from src.
func (c *cast) hearKeepAlive(src netip.AddrPort, id wire.ServerID) {
	if id != 0 {
		c.meet(id)
		c.asap.Put(src, id)
	}
}

// meet casts the first registrar.
func (c *cast) meet(id wire.ServerID) {
	if c.part == 0 {
		c.part = id
	}
}

// settle notes the host of a registrar.
func (c *cast) settle(host netip.Addr, id wire.ServerID) {
	if known, ok := c.hosts.Get(host); ok && known != id {
		id = 0
	}
	c.hosts.Put(host, id)
}

// playsASAP reports whether the registrar at an ASAP endpoint is the one whose part is
// played. A registrar that nobody has named is taken for it.
func (c *cast) playsASAP(server netip.AddrPort) bool {
	id, ok := c.asap.Get(server)
	if !ok {
		id, _ = c.hosts.Get(server.Addr())
	}
	return id == 0 || id == c.part
}

// playsENRP reports whether an ENRP endpoint is that of the registrar whose part is played.
func (c *cast) playsENRP(endpoint netip.AddrPort) bool {
	id, ok := c.enrp.Get(endpoint)
	return ok && id == c.part
}
