package enrp

import (
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// contacts gets in touch with peers.
type contacts struct {
	own       *registrar
	out       *outbox
	presences *presences

	dials map[step.DialID]struct{} // under way, some of them for peers that are lost meanwhile
	last  step.DialID
}

// reach sends a Presence to a peer, or dials the peer. The number of dials to
// unconfirmed peers is bounded, because other registrars can invent peers.
func (c *contacts) reach(p *peer, replyRequired bool) {
	switch {
	case p.isConnected():
		c.presences.greet(p, replyRequired)
	case p.isUnconfirmed() && len(c.dials) >= maxPeers:
	case p.dial == 0 && len(p.addrs) > 0:
		c.last++
		p.dial = c.last
		c.dials[p.dial] = struct{}{}
		c.out.add(step.Dial{Dial: p.dial, Addrs: p.addrs})
	}
}

// endDial takes note of the end of a dial.
func (c *contacts) endDial(dial step.DialID) { delete(c.dials, dial) }

// probe asks a peer for a Presence, on behalf of the initiator of a takeover or of nobody,
// 0. RFC 5353, 3.4.3: "If a peer has not been heard for more than MAX-TIME-LAST-HEARD seconds,
// the ENRP server MUST immediately send a point-to-point ENRP_PRESENCE with the Reply_request
// flag set to '1' to that peer."
func (c *contacts) probe(now time.Time, p *peer, initiator wire.ServerID) {
	p.liveness.probe(now.Add(c.own.config.MaxTimeNoResponse), initiator)
	c.reach(p, true)
}
