package enrp

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Two registrars with the same identifier cannot be told apart by their peers, nor can
// the elements of the one from those of the other. Each of the two hears that the other
// one is there, and has it reported; neither heeds what the other one says. A peer
// keeps to the one that it has known first, see mayBe.

// Duplicate tells that another registrar has the same identifier, which is a mistake of
// whoever has configured them. It is told once a minute.
type Duplicate struct {
	// Addrs are where the other one says that it is.
	Addrs []netip.AddrPort
}

func (Duplicate) IsAction() {}

const (
	// duplicateInterval is the time between two reports.
	duplicateInterval = time.Minute
	// defenceInterval is the time between two answers to what others send by
	// multicast with our identifier.
	defenceInterval = time.Second
)

// duplicate is what is known of registrars with our identifier.
type duplicate struct {
	seen     bool
	reported time.Time
	defended time.Time
}

// heardOwn notes a Presence with our identifier that came by multicast: our own, or
// that of another registrar. One that seeks its mentor learns by our answer that the
// elements which that may have for it are ours.
func (m *Machine) heardOwn(now time.Time, source netip.AddrPort, presence *enrpmsg.Presence) {
	s := presence.Server
	if s == nil || m.tells(s.Transport) || s.Transport.Port == m.port() && sameHost([]netip.AddrPort{source}, m.local) {
		return
	}
	m.duplicated(now, s.Transport)
	if d := &m.duplicate; presence.ReplyRequired && now.Sub(d.defended) >= defenceInterval && !m.leaving.running {
		d.defended = now
		m.do(step.Multicast{Message: m.newPresence(0, false, false)})
	}
}

// receivedOwn notes a message with our identifier that came over an association.
func (m *Machine) receivedOwn(now time.Time, ev Received) {
	msg, ok := ev.Message.(*enrpmsg.Presence)
	if !ok || msg.Server == nil || m.tells(msg.Server.Transport) {
		return
	}
	m.duplicated(now, msg.Server.Transport)
	if msg.ReplyRequired {
		m.sendPresence(ev.Assoc, m.config.ID, false) // So that it hears of us too.
	}
}

func (m *Machine) duplicated(now time.Time, at wire.Transport) {
	d := &m.duplicate
	m.counts.Duplicates++
	if !d.seen || now.Sub(d.reported) >= duplicateInterval {
		d.seen, d.reported = true, now
		m.do(Duplicate{Addrs: at.AddrPorts()})
	}
}

// tells reports whether a Presence with this transport may be one of ours.
func (m *Machine) tells(t wire.Transport) bool {
	return t.Port == m.port() && !slices.ContainsFunc(t.AddrPorts(), func(a netip.AddrPort) bool {
		return !sameHost([]netip.AddrPort{a}, m.local)
	})
}

// port returns the port of our endpoint.
func (m *Machine) port() uint16 {
	if len(m.local) == 0 {
		return 0
	}
	return m.local[0].Port()
}
