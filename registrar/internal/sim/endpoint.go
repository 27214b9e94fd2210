package sim

import (
	"log/slog"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

// The ports of the endpoints.
const (
	portASAP    = 3863 // of registrars
	portENRP    = 9901
	portClient  = 4000 // of elements and users, for ASAP
	portService = 5000 // of elements, for users
	portSession = 6000 // of users, for elements
)

// ports are all ports.
var ports = []uint16{portASAP, portENRP, portClient, portService, portSession}

// owner handles the events of an endpoint, as the owner of a hub does.
type owner struct {
	// handle handles an event.
	handle func(step.Event)
	// decode returns the event that brings a message. Nil: the message is dropped.
	decode func(assoc step.AssocID, data []byte) step.Event
}

// endpoint is the endpoint of a process. Associations begin and end there.
type endpoint struct {
	owner
	w      *World
	host   *host
	addr   netip.AddrPort
	open   bool
	assocs map[step.AssocID]*half
	byPeer map[netip.AddrPort]*half
	all    []*half // in order of their creation; compact drops halves that are down
	nextID step.AssocID
	limit  int // of messages on their way to a peer
	sent   Traffic
}

// Traffic counts sent messages.
type Traffic struct{ Messages, Octets uint64 }

// add counts a message.
func (t *Traffic) add(octets int) {
	t.Messages++
	t.Octets += uint64(octets)
}

// listen opens an endpoint, in place of the former endpoint at the port.
func (h *host) listen(port uint16, owner owner) *endpoint {
	ep := &endpoint{
		owner:  owner,
		w:      h.w,
		host:   h,
		addr:   netip.AddrPortFrom(h.addr, port),
		open:   true,
		assocs: make(map[step.AssocID]*half),
		byPeer: make(map[netip.AddrPort]*half),
		limit:  h.w.config.Network.QueueLimit,
	}
	h.endpoints[port] = ep
	return ep
}

// close ends the endpoint without a message to its peers and without an event.
func (ep *endpoint) close() {
	ep.open = false
	for _, h := range ep.all {
		h.kill()
	}
	ep.all = nil
}

// receive hands a message to the owner.
func (ep *endpoint) receive(assoc step.AssocID, data []byte) {
	if ev := ep.decode(assoc, data); ev != nil {
		ep.handle(ev)
	}
}

// newDecoder returns a decode function for messages of a protocol. All nodes are correct, so a
// message that cannot be decoded is a violation.
func newDecoder[M slog.LogValuer](host *host, rtt time.Duration, parse func([]byte) (M, error)) func(step.AssocID, []byte) step.Event {
	return func(assoc step.AssocID, data []byte) step.Event {
		m, err := parse(data)
		if err != nil {
			host.w.violate("%s cannot decode %x: %v", host.name, data, err)
			return nil
		}
		host.w.logMessage(host, assoc, m)
		return step.Received[M]{Assoc: assoc, Message: m, RTT: rtt}
	}
}
