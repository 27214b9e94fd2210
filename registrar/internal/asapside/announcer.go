package asapside

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// announcer announces the registrar to pool elements and pool users (RFC 5352, 3.6). The rate
// does not depend on the number of registrars (ADR 0008, C4).
type announcer struct {
	*env
	endpoint []netip.AddrPort // transport addresses of the registrar
	next     time.Time        // time of the next announce, zero: never
}

// open begins with the announces.
func (a *announcer) open(now time.Time) {
	if a.config.AnnounceCycle > 0 {
		a.next = now
	}
}

// announce sends an ASAP_SERVER_ANNOUNCE if the time for it has come, and sets the time of
// the next announce.
func (a *announcer) announce(now time.Time) {
	if a.next.IsZero() || now.Before(a.next) {
		return
	}
	a.do(step.Multicast{Message: a.message()})
	cycle := a.config.AnnounceCycle
	a.next = now.Add(cycle - cycle/8 + time.Duration(a.random.Int64N(int64(cycle/4)+1)))
}

// message returns the announce. Receivers take the source of the datagram for an address of
// the registrar. The transport parameter tells them the further addresses. Only receivers on
// this host can use a loopback address, and their datagrams come from it.
func (a *announcer) message() *asapmsg.ServerAnnounce {
	m := &asapmsg.ServerAnnounce{ServerID: a.config.ID}
	t := wire.Transport{Protocol: wire.SCTP}
	for _, p := range a.endpoint {
		t.Port = p.Port()
		if !p.Addr().IsLoopback() && !p.Addr().IsLinkLocalUnicast() {
			t.Addrs = append(t.Addrs, p.Addr())
		}
	}
	if len(t.Addrs) > 0 {
		m.Transports = []wire.Transport{t}
	}
	return m
}

// deadline returns the time of the next announce, zero without announces.
func (a *announcer) deadline() time.Time { return a.next }
