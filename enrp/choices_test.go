package enrp

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// worldHosts are the hosts of a world. 10.0.0.1 is the host of the machine.
var worldHosts = []string{"10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.9", "10.0.1.2", "127.0.0.1", "10.0.0.1", "fe80::1"}

// worldIDs are the registrars of a world, among them the machine and none.
var worldIDs = []wire.ServerID{0x30, 0x40, 0x10, 0x50, self, 0}

// chooseAssoc chooses an association that is up, 0 if there is none.
func (w *world) chooseAssoc() step.AssocID {
	if len(w.up) == 0 {
		return 0
	}
	return w.up[w.choose.IntN(len(w.up))]
}

// chooseAddr chooses an address of a registrar.
func (w *world) chooseAddr() netip.AddrPort {
	n := w.choose.IntN(2 * len(worldHosts))
	port := uint16(9901)
	if n >= len(worldHosts) && n%4 == 0 {
		port++
	}
	return netip.AddrPortFrom(netip.MustParseAddr(worldHosts[n%len(worldHosts)]), port)
}

// chooseEndpoint chooses a few addresses of a registrar.
func (w *world) chooseEndpoint() []netip.AddrPort {
	addrs := []netip.AddrPort{w.chooseAddr()}
	for len(addrs) < 3 && w.choose.IntN(4) == 3 {
		addrs = append(addrs, w.chooseAddr())
	}
	return addrs
}

// chooseID chooses a registrar, sometimes of many.
func (w *world) chooseID() wire.ServerID {
	n := w.choose.IntN(4 * len(worldIDs))
	if n == 4*len(worldIDs)-1 {
		return 1000 + wire.ServerID(w.choose.IntN(1000))
	}
	if n >= len(worldIDs) {
		n %= 4 // No special identifier.
	}
	return worldIDs[n]
}

// choosePool chooses the handle of a pool.
func (w *world) choosePool() wire.PoolHandle {
	return []wire.PoolHandle{"p", "q", "dpf", "a pool with a long handle"}[w.choose.IntN(4)]
}

// chooseKey chooses an element.
func (w *world) chooseKey() elementKey {
	return elementKey{w.choosePool(), wire.PEID(1 + w.choose.IntN(8))}
}

// chooseElement returns an element with fields of the world's choice.
func (w *world) chooseElement(id wire.PEID, home wire.ServerID) wire.PoolElement {
	pe := element(id, home, []time.Duration{time.Minute, 10 * time.Second, 0}[w.choose.IntN(3)])
	switch w.choose.IntN(16) {
	case 1:
		pe.Policy = wire.Policy{Type: wire.LeastUsedDPF, LoadDPF: 3, Distance: uint32(w.choose.IntN(1 << 16))}
	case 2:
		pe.ASAPTransport = nil
	case 3:
		pe.Unknown = w.chooseUnknown()
	case 4:
		pe.UserTransport.Port++
	}
	return pe
}

// chooseUnknown returns a parameter of an unknown type.
func (w *world) chooseUnknown() []wire.RawParam {
	types := []wire.ParamType{0x8abc, 0xcabc, 0x0abc, 0x4abc}
	return []wire.RawParam{{Type: types[w.choose.IntN(4)], Value: make([]byte, w.choose.IntN(8))}}
}

// chooseServer returns a registrar with addresses of the world's choice.
func (w *world) chooseServer(id wire.ServerID) wire.ServerInformation {
	s := wire.ServerInformation{ID: id, Transport: transportOf(w.chooseEndpoint(), true)}
	if w.choose.IntN(16) == 15 {
		s.Transport.Protocol = wire.TCP
	}
	return s
}

// chooseTable returns entries of a handle table, most of them of a single home registrar.
func (w *world) chooseTable(most wire.ServerID) []enrpmsg.PoolEntry {
	var entries []enrpmsg.PoolEntry
	for range w.choose.IntN(6) {
		home := most
		if w.choose.IntN(4) == 3 {
			home = w.chooseID()
		}
		key := w.chooseKey()
		entries = append(entries, enrpmsg.PoolEntry{
			PoolHandle: key.pool, PoolElements: []wire.PoolElement{w.chooseElement(key.id, home)},
		})
	}
	return entries
}

// chooseMessage returns a message of a registrar.
func (w *world) chooseMessage(from wire.ServerID) enrpmsg.Message {
	ids := enrpmsg.IDs{Sender: from, Receiver: self}
	var unknown []wire.RawParam
	if w.choose.IntN(16) == 15 {
		unknown = w.chooseUnknown()
	}
	switch w.choose.IntN(16) {
	default:
		return w.choosePresence(ids, unknown)
	case 1:
		return &enrpmsg.ListRequest{IDs: ids, Unknown: unknown}
	case 2:
		m := &enrpmsg.ListResponse{IDs: ids, Reject: w.choose.IntN(8) == 7, Unknown: unknown}
		for range w.choose.IntN(20) {
			m.Servers = append(m.Servers, w.chooseServer(w.chooseID()))
		}
		return m
	case 3:
		return &enrpmsg.HandleTableRequest{IDs: ids, OwnChildrenOnly: w.choose.IntN(2) == 1, Unknown: unknown}
	case 4, 5:
		return &enrpmsg.HandleTableResponse{
			IDs: ids, Reject: w.choose.IntN(8) == 7, MoreToSend: w.choose.IntN(4) == 3, Entries: w.chooseTable(from), Unknown: unknown,
		}
	case 6, 7:
		key, home := w.chooseKey(), from
		if w.choose.IntN(8) == 7 {
			home = w.chooseID()
		}
		return &enrpmsg.HandleUpdate{
			IDs: ids, TakeoverSuggested: w.choose.IntN(8) == 7, Action: enrpmsg.UpdateAction(w.choose.IntN(3)),
			PoolHandle: key.pool, PoolElement: w.chooseElement(key.id, home), Unknown: unknown,
		}
	case 8, 9:
		return &enrpmsg.InitTakeover{IDs: ids, TargetID: w.chooseID(), Unknown: unknown}
	case 10:
		return &enrpmsg.InitTakeoverAck{IDs: ids, TargetID: w.chooseID(), Unknown: unknown}
	case 11:
		return &enrpmsg.TakeoverServer{IDs: ids, TargetID: w.chooseID(), Unknown: unknown}
	case 12:
		return &enrpmsg.Error{IDs: ids, Causes: []wire.ErrorCause{{Code: wire.CauseInvalidValues}}, Unknown: unknown}
	}
}

// choosePresence returns a Presence, with the checksum of our copy or another.
func (w *world) choosePresence(ids enrpmsg.IDs, unknown []wire.RawParam) enrpmsg.Message {
	m := &enrpmsg.Presence{IDs: ids, ReplyRequired: w.choose.IntN(2) == 1, Unknown: unknown}
	m.Checksum = w.hs.Checksum(ids.Sender).Value() ^ uint16(w.choose.IntN(2))
	if w.choose.IntN(4) != 3 {
		id := ids.Sender
		if w.choose.IntN(16) == 15 {
			id = w.chooseID()
		}
		server := w.chooseServer(id)
		m.Server = &server
	}
	m.NoChecksum = w.choose.IntN(16) == 15
	return m
}

// mutate returns the octets of a message, of which some are damaged.
func mutate(w *world) []byte {
	octets, err := w.chooseMessage(w.chooseID()).AppendBinary(nil)
	if err != nil {
		return []byte{byte(enrpmsg.TypePresence)}
	}
	for range w.choose.IntN(4) {
		octets[w.choose.IntN(len(octets))] ^= 1 << w.choose.IntN(8)
	}
	return slices.Clone(octets[:len(octets)-w.choose.IntN(2)*w.choose.IntN(len(octets))])
}
