package sim

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

// dialTimeout is the time that opening an association may take.
const dialTimeout = 5 * time.Second

// dialing is an attempt to open an association.
type dialing struct {
	ep    *endpoint
	token step.DialID
	to    netip.AddrPort
	end   time.Duration // of the attempt
}

// dial opens an association.
func (ep *endpoint) dial(token step.DialID, to netip.AddrPort) {
	ep.w.log(ep.host.name, "dials %v", to)
	d := &dialing{ep, token, to, ep.w.now + dialTimeout}
	ep.w.after(ep.w.drawTransit(), d.arrive)
}

// arrive brings the request to the peer.
func (d *dialing) arrive() {
	ep, w := d.ep, d.ep.w
	if !ep.open {
		return
	}
	mine := ep.byPeer[d.to]
	if mine != nil && mine.state == up {
		d.report(mine)
		return
	}
	host := w.byAddr[d.to.Addr()]
	if host == nil || !host.up || !w.isOpen(ep.host, host) || w.now >= d.end || mine != nil && mine.state == pending {
		d.retry(d.arrive)
		return
	}
	target := host.endpoints[d.to.Port()]
	if target == nil || !target.open || mine != nil {
		if !w.isOpen(host, ep.host) {
			d.retry(d.arrive)
			return
		}
		w.after(w.drawTransit(), d.fail) // The peer refuses.
		return
	}
	if theirs := target.byPeer[ep.addr]; theirs != nil {
		theirs.fail("restarted by the peer")
	}
	if !target.open {
		d.retry(d.arrive)
		return
	}
	d.accept(target)
}

// accept has the peer accept the request.
func (d *dialing) accept(target *endpoint) {
	ep, w := d.ep, d.ep.w
	mine, theirs := ep.newHalf(d.to), target.newHalf(ep.addr)
	mine.peer, theirs.peer = theirs, mine
	mine.state, theirs.state = pending, up
	theirs.last = w.now + w.drawTransit()
	w.at(theirs.last, func() { d.confirm(mine) })
	target.handle(step.Up{Assoc: theirs.id, Peer: []netip.AddrPort{ep.addr}})
}

// confirm brings the answer of the peer.
func (d *dialing) confirm(mine *half) {
	ep, w := d.ep, d.ep.w
	switch {
	case !ep.open:
	case !mine.peer.isAlive() || mine.state != pending || w.now >= d.end:
		mine.kill()
		d.fail()
	case !w.isOpen(mine.peer.ep.host, ep.host):
		d.retry(func() { d.confirm(mine) })
	default:
		mine.state = up
		d.report(mine)
	}
}

// retry calls a step of the attempt again later. It fails after the end of the attempt.
func (d *dialing) retry(try func()) {
	w := d.ep.w
	if w.now >= d.end {
		d.fail()
		return
	}
	w.at(min(d.end, w.now+w.draw(rto, 3*rto)), try)
}

// report hands the association to the owner.
func (d *dialing) report(mine *half) {
	d.ep.handle(step.Up{Assoc: mine.id, Dial: d.token, Peer: []netip.AddrPort{d.to}})
}

// fail hands the failure to the owner.
func (d *dialing) fail() {
	if d.ep.open {
		d.ep.w.log(d.ep.host.name, "cannot reach %v", d.to)
		d.ep.handle(step.DialFailed{Dial: d.token})
	}
}
