package attack

import (
	"math/rand/v2"
	"net/netip"
	"strings"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// The messages of rogue registrars.

// updateOfElement adds an element of which the rogue is home, with a policy of Size octets.
func updateOfElement(r *rogue, i int) enrpmsg.Message {
	e := rogueElement(r, wire.PEID(i+1))
	e.Policy.Extra = strings.Repeat("x", r.w.Size)
	return &enrpmsg.HandleUpdate{IDs: r.ids(), Action: enrpmsg.AddPE, PoolHandle: "Rogue", PoolElement: e}
}

// suggestion is updateOfElement with the suggestion that the target takes the element over.
func suggestion(r *rogue, i int) enrpmsg.Message {
	m := updateOfElement(r, i).(*enrpmsg.HandleUpdate)
	m.TakeoverSuggested = true
	return m
}

// presenceWithRandomChecksum asks for an audit.
func presenceWithRandomChecksum(r *rogue, _ int) enrpmsg.Message {
	return r.presence(uint16(rand.Uint32()))
}

// presenceOfNobody speaks for a registrar that does not exist.
func presenceOfNobody(r *rogue, _ int) enrpmsg.Message {
	id := wire.ServerID(rand.Uint32() | 1)
	info := wire.ServerInformation{ID: id, Transport: transportAt(neighbour(r, int(id)))}
	return &enrpmsg.Presence{IDs: enrpmsg.IDs{Sender: id}, Server: &info, Checksum: 1, ReplyRequired: true}
}

// takeoverOfNobody announces the takeover of a registrar that does not exist.
func takeoverOfNobody(r *rogue, _ int) enrpmsg.Message {
	return &enrpmsg.InitTakeover{IDs: r.ids(), TargetID: wire.ServerID(rand.Uint32() | 1)}
}

func requestForTable(r *rogue, _ int) enrpmsg.Message {
	return &enrpmsg.HandleTableRequest{IDs: r.ids()}
}

// presenceOfTwin is a sign of life with the identifier of the target itself.
func presenceOfTwin(r *rogue, _ int) enrpmsg.Message { return r.presence(rogueChecksum) }

func targetID(w *work) wire.ServerID { return w.Registrar }

// rogueElement returns an element of which the rogue is home, on a host that does not exist.
func rogueElement(r *rogue, id wire.PEID) wire.PoolElement {
	e := newElement(id, neighbour(r, 0).Addr())
	e.HomeID, e.RegistrationLife = r.id, rogueUpdateLife
	t := e.UserTransport
	e.ASAPTransport = &t
	return e
}

const neighbours = 200

// neighbour returns an address of the target's network that nobody has.
func neighbour(r *rogue, i int) netip.AddrPort {
	addr := r.w.ENRP.Addr()
	for range 10 + i%neighbours {
		addr = addr.Next()
	}
	return netip.AddrPortFrom(addr, wire.PortENRP)
}

func transportAt(addr netip.AddrPort) wire.Transport {
	return wire.Transport{Protocol: wire.SCTP, Port: addr.Port(), Addrs: []netip.Addr{addr.Addr()}}
}
