package enrp

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// registrar is this registrar: the facts that all procedures read.
type registrar struct {
	config Config
	hs     *handlespace.Handlespace
	random *rand.Rand
	addrs  []netip.AddrPort // of the ENRP endpoint
	counts Counts

	isStarting bool // the handlespace is not complete yet
	isLeaving  bool // a peer takes the elements over
}

// Counts counts events since a [Machine] was made.
type Counts struct {
	// TableRequests counts Handle Table Requests received, each for a part of a table.
	TableRequests uint64
	// Updates counts Handle Updates received.
	Updates uint64
	// Synchronizations counts handle tables received.
	Synchronizations uint64
	// Takeovers counts peers taken over, and ElementsTakenOver their elements.
	Takeovers, ElementsTakenOver uint64
	// Duplicates counts Presences of other registrars with our identifier.
	Duplicates uint64
}

// id returns the registrar's identifier.
func (r *registrar) id() wire.ServerID { return r.config.ID }

// ids returns the identifiers of a message to another registrar.
func (r *registrar) ids(receiver wire.ServerID) enrpmsg.IDs {
	return enrpmsg.IDs{Sender: r.config.ID, Receiver: receiver}
}

// port returns the port of the ENRP endpoint, 0 while there is none.
func (r *registrar) port() uint16 {
	if len(r.addrs) == 0 {
		return 0
	}
	return r.addrs[0].Port()
}

// isOwnTransport reports whether a Presence with this transport may be from us.
func (r *registrar) isOwnTransport(t wire.Transport) bool {
	return t.Port == r.port() && !slices.ContainsFunc(t.AddrPorts(), func(a netip.AddrPort) bool {
		return !hasSameHost([]netip.AddrPort{a}, r.addrs)
	})
}

// vary returns a duration that differs from d by up to an eighth.
func (r *registrar) vary(d time.Duration) time.Duration {
	return d - d/8 + time.Duration(r.random.Int64N(int64(d/4)+1))
}
