package player

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// elementKey names an element of the script.
type elementKey struct {
	pool wire.PoolHandle
	id   wire.PEID
}

// element is an element that is registered at the live registrar, or known to it by a peer.
type element struct {
	// asked is the time of the first keep-alive in the script without an acknowledgement,
	// negative if there is none.
	asked time.Duration
	// isRegistered: the element has registered at the live registrar, which is its home.
	isRegistered bool
	held         []heldKeepAlive
}

// heldKeepAlive is a keep-alive of the live registrar that waits for the element of the
// script.
type heldKeepAlive struct {
	line *line
	ack  script.Message
}

const (
	// notAsked is the time of a keep-alive that was acknowledged.
	notAsked time.Duration = -1

	// slowest is the time that a living element takes to acknowledge a keep-alive.
	slowest = time.Second

	// maxHeld bounds the keep-alives that wait for an element.
	maxHeld = 16
)

// know returns an element, a new one if it is not known.
func (p *Player) know(key elementKey) *element {
	e := p.elements[key]
	if e == nil {
		e = &element{asked: notAsked}
		p.elements[key] = e
		if p.names.offset != 0 {
			p.do(Mapped{"element", key.id.String(), p.names.elementToLive(key.id).String()})
		}
	}
	return e
}

// sayASAP sends a message of an element or user.
func (p *Player) sayASAP(s *assoc, c script.Cue) {
	switch m := c.Message.ASAP.(type) {
	case *asapmsg.EndpointKeepAliveAck:
		p.acknowledge(elementKey{m.PoolHandle, m.PEID})
		return
	case *asapmsg.Registration:
		key := elementKey{m.PoolHandle, m.PoolElement.ID}
		if s.state == up {
			p.know(key).isRegistered = true
			s.elements[key] = struct{}{}
		}
	case *asapmsg.Deregistration:
		key := elementKey{m.PoolHandle, m.PEID}
		delete(p.elements, key)
		delete(s.elements, key)
	}
	if s.state != up {
		p.skipped++
		return
	}
	m, err := p.asapToLive(c.Message, s.actor.hosts())
	if err != nil {
		p.skipped++
		return
	}
	p.ask(s, c, m)
	p.send(s.line, m)
}

// hearASAP takes a message of the registrar in the script.
func (p *Player) hearASAP(s *assoc, m script.Message) {
	switch m := m.ASAP.(type) {
	case *asapmsg.EndpointKeepAlive:
		e := p.elements[elementKey{m.PoolHandle, m.PEID}]
		if e != nil && e.asked == notAsked {
			e.asked = p.at
		}
	case *asapmsg.HandleResolutionResponse:
		if p.names.part == 0 {
			p.names.part = p.homeOf(m, func(id wire.PEID) wire.PEID { return id })
		}
	}
	p.hear(s, m)
}

// hear takes an answer or news of the script.
func (p *Player) hear(s *assoc, m script.Message) {
	e := p.answered(s, m, scriptSide)
	switch {
	case e == nil:
		p.hearNews(s, m, scriptSide)
	case e.script != nil && e.live == nil && s.state == up:
		p.gate = gate{answer: e, of: s, until: p.now.Add(p.config.Patience)}
	}
}

// receiveASAP takes a message of the live registrar.
func (p *Player) receiveASAP(l *line, m script.Message) {
	k, ok := m.ASAP.(*asapmsg.EndpointKeepAlive)
	if ok {
		p.meet(k.ServerID)
		p.receiveKeepAlive(l, k)
	}
	m = p.asapToScript(m)
	switch {
	case ok:
		p.hearNews(p.common, m, liveSide)
	case l.assoc != nil && p.answered(l.assoc, m, liveSide) == nil:
		p.hearNews(l.assoc, m, liveSide)
	}
}

// receiveKeepAlive acknowledges a keep-alive, unless the element in the script is silent.
func (p *Player) receiveKeepAlive(l *line, k *asapmsg.EndpointKeepAlive) {
	for key, e := range p.asked(l, k) {
		ack, err := message(&asapmsg.EndpointKeepAliveAck{PoolHandle: k.PoolHandle, PEID: p.names.elementToLive(key.id)})
		if err != nil {
			continue
		}
		if e.asked == notAsked || p.scriptTime()-e.asked <= slowest {
			p.send(l, ack)
		} else if len(e.held) < maxHeld {
			e.held = append(e.held, heldKeepAlive{l, ack})
		}
	}
}

// asked returns the elements that a keep-alive asks: one, or all of the pool at the actor.
func (p *Player) asked(l *line, k *asapmsg.EndpointKeepAlive) map[elementKey]*element {
	out := make(map[elementKey]*element)
	if k.PEID != 0 {
		key := elementKey{k.PoolHandle, p.names.elementToScript(k.PEID)}
		if e := p.elements[key]; e != nil {
			out[key] = e
		}
	} else if l.assoc != nil {
		for key := range l.assoc.elements {
			if e := p.elements[key]; e != nil && key.pool == k.PoolHandle {
				out[key] = e
			}
		}
	}
	return out
}

// acknowledge notes that the element in the script has acknowledged, and sends the
// acknowledgements that have waited for it.
func (p *Player) acknowledge(key elementKey) {
	e := p.elements[key]
	if e == nil {
		return
	}
	e.asked = notAsked
	for _, h := range e.held {
		if h.line.actor.lines[h.line.id] == h.line {
			p.send(h.line, h.ack)
		}
	}
	e.held = nil
}

// asapToLive translates a message for the live registrar. A message without anything to
// translate keeps its octets.
func (p *Player) asapToLive(m script.Message, hosts []netip.Addr) (script.Message, error) {
	switch a := m.ASAP.(type) {
	case *asapmsg.Registration:
		r := *a
		r.PoolElement = p.names.elementToLiveAt(r.PoolElement, hosts)
		return message(&r)
	case *asapmsg.Deregistration:
		r := *a
		if r.PEID = p.names.elementToLive(a.PEID); r.PEID != a.PEID {
			return message(&r)
		}
	case *asapmsg.EndpointUnreachable:
		r := *a
		if r.PEID = p.names.elementToLive(a.PEID); r.PEID != a.PEID {
			return message(&r)
		}
	}
	return m, nil
}

// asapToScript translates a message of the live registrar in place.
func (p *Player) asapToScript(m script.Message) script.Message {
	switch a := m.ASAP.(type) {
	case *asapmsg.RegistrationResponse:
		a.PEID = p.names.elementToScript(a.PEID)
	case *asapmsg.DeregistrationResponse:
		a.PEID = p.names.elementToScript(a.PEID)
	case *asapmsg.HandleResolutionResponse:
		if p.names.live == 0 {
			p.meet(p.homeOf(a, p.names.elementToScript))
		}
		p.names.elementsToScript(a.PoolElements)
	case *asapmsg.EndpointKeepAlive:
		a.PEID = p.names.elementToScript(a.PEID)
		a.ServerID = p.names.serverToScript(a.ServerID)
	}
	return m
}

// homeOf returns the home of an element that has registered at the registrar, which is the
// registrar itself, and 0 if the answer has no such element. It tells the identifier of the
// registrar before a keep-alive does. The function key returns the identifier in the script.
func (p *Player) homeOf(m *asapmsg.HandleResolutionResponse, key func(wire.PEID) wire.PEID) wire.ServerID {
	for i := range m.PoolElements {
		e := &m.PoolElements[i]
		if known := p.elements[elementKey{m.PoolHandle, key(e.ID)}]; known != nil && known.isRegistered {
			return e.HomeID
		}
	}
	return 0
}

// message encodes a message.
func message(m step.Message) (script.Message, error) {
	b, err := m.AppendBinary(nil)
	if err != nil {
		return script.Message{}, err
	}
	out := script.Message{Octets: b}
	out.ASAP, _ = m.(asapmsg.Message)
	out.ENRP, _ = m.(enrpMessage)
	return out, nil
}
