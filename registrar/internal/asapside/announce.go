package asapside

import (
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// sendAnnounce sends an ASAP_SERVER_ANNOUNCE (RFC 5352, 3.6), and sets the time of the next.
// Receivers take the source of the datagram for the registrar's address; the transport
// parameter tells them all further addresses. A loopback address is of use only to receivers
// that hear the announce there.
func (r *Registrar) sendAnnounce(now time.Time) {
	m := &asapmsg.ServerAnnounce{ServerID: r.config.ID}
	t := wire.Transport{Protocol: wire.SCTP}
	for _, a := range r.endpoint {
		t.Port = a.Port()
		if !a.Addr().IsLoopback() && !a.Addr().IsLinkLocalUnicast() {
			t.Addrs = append(t.Addrs, a.Addr())
		}
	}
	if len(t.Addrs) > 0 {
		m.Transports = []wire.Transport{t}
	}
	r.do(step.Multicast{Message: m})
	cycle := r.config.AnnounceCycle
	r.announce = now.Add(cycle - cycle/8 + time.Duration(r.random.Int64N(int64(cycle/4)+1)))
}
