package enrp

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

const (
	// duplicateInterval is the minimum time between two reports.
	duplicateInterval = time.Minute

	// defenceInterval is the minimum time between two answers to multicast Presences
	// with our identifier.
	defenceInterval = time.Second
)

// duplicates detects other registrars with our identifier. Peers can tell neither the
// registrars apart nor their elements, so both registrars report the conflict and ignore
// each other's messages. Peers keep to the registrar that they knew first, see isPlausible.
type duplicates struct {
	own       *registrar
	out       *outbox
	presences *presences

	isSeen   bool
	reported time.Time // last
	defended time.Time // last
}

// handleMulticast takes a multicast Presence with our identifier: our own, or another
// registrar's. A registrar that looks for its mentor learns from our answer that the mentor's
// elements with this identifier are ours.
func (d *duplicates) handleMulticast(now time.Time, source netip.AddrPort, msg *enrpmsg.Presence) {
	if msg.Server == nil || d.own.isOwnTransport(msg.Server.Transport) {
		return
	}
	t := msg.Server.Transport
	if t.Port == d.own.port() && hasSameHost([]netip.AddrPort{source}, d.own.addrs) {
		return
	}
	d.report(now, t)
	if msg.ReplyRequired && now.Sub(d.defended) >= defenceInterval && !d.own.isLeaving {
		d.defended = now
		d.presences.multicast(false)
	}
}

// handleMessage takes a message with our identifier that came over an association. The
// answer lets the other registrar detect the conflict, too.
func (d *duplicates) handleMessage(now time.Time, from step.AssocID, msg enrpmsg.Message) {
	presence, ok := msg.(*enrpmsg.Presence)
	if !ok || presence.Server == nil || d.own.isOwnTransport(presence.Server.Transport) {
		return
	}
	d.report(now, presence.Server.Transport)
	if presence.ReplyRequired {
		d.presences.send(from, d.own.id(), false)
	}
}

// report counts a Presence of another registrar, and reports the registrar now and then.
func (d *duplicates) report(now time.Time, at wire.Transport) {
	d.own.counts.Duplicates++
	if !d.isSeen || now.Sub(d.reported) >= duplicateInterval {
		d.isSeen, d.reported = true, now
		d.out.add(Duplicate{Addrs: at.AddrPorts()})
	}
}
