package registrar

import (
	"errors"
	"time"

	"github.com/rserpool-go/rserpool/registrar/internal/core"
	"github.com/rserpool-go/rserpool/wire"
)

// ErrNotRunning is returned by [Server.Stats] when the server has ended, and by [Server.Run]
// when the server has run before or is closed.
var ErrNotRunning = errors.New("registrar: not running")

// Stats are the sizes of a registrar at a time, and the work that it has done since [New].
type Stats struct {
	// Peers is the number of known other registrars, and PeerIDs are their identifiers.
	Peers   int
	PeerIDs []wire.ServerID
	// Pools and Elements are the size of the handlespace. OwnedElements is the number of
	// elements whose home is this registrar.
	Pools, Elements, OwnedElements int
	// Octets is the sum of the lengths of all Pool Element parameters. MaxElements and
	// MaxOctets are the bounds of Elements and Octets; see [Config].
	Octets, MaxElements, MaxOctets int
	// ASAP counts the work for pool elements and pool users.
	ASAP ASAPCounts
	// ENRP counts the work among registrars.
	ENRP ENRPCounts
	// Averages are the sizes, averaged over time.
	Averages Averages
}

// Averages are the sizes of a registrar, averaged over the time since the start of
// [Server.Run].
type Averages struct {
	// Over is the time since the start of Run.
	Over time.Duration
	// Peers, Pools, Elements and OwnedElements are the averages of the fields of [Stats].
	Peers, Pools, Elements, OwnedElements float64
}

// ASAPCounts counts the work for pool elements and pool users since [New].
type ASAPCounts struct {
	// Registrations counts accepted registrations, and Reregistrations the accepted
	// registrations of elements that were registered already.
	Registrations, Reregistrations uint64
	// RefusedRegistrations counts registrations that were refused for lack of resources.
	RefusedRegistrations uint64
	// Deregistrations counts elements that left their pool by themselves.
	Deregistrations uint64
	// Resolutions counts answered handle resolutions, and RefusedResolutions handle
	// resolutions that came too often.
	Resolutions, RefusedResolutions uint64
	// FailureReports counts reports of unreachable elements, without reports that came too
	// often.
	FailureReports uint64
	// KeepAlives counts keep-alives sent.
	KeepAlives uint64
	// Removals counts elements that the registrar removed for other reasons.
	Removals uint64
}

// ENRPCounts counts the work among registrars since [New].
type ENRPCounts struct {
	// TableRequests counts received Handle Table Requests, each for a part of a table.
	TableRequests uint64
	// Updates counts received Handle Updates.
	Updates uint64
	// Synchronizations counts tables of peers that were taken in.
	Synchronizations uint64
	// Takeovers counts peers that were taken over, and ElementsTakenOver their elements.
	Takeovers, ElementsTakenOver uint64
	// Duplicates counts Presences of other registrars with the same identifier.
	Duplicates uint64
}

// readStats returns the statistics of the registrar id.
func readStats(c *core.Core, id wire.ServerID) Stats {
	hs, peers := c.Handlespace(), c.ENRP().Peers()
	asap, enrp := c.Counts()
	return Stats{
		Peers:         len(peers),
		PeerIDs:       peers,
		Pools:         hs.NumPools(),
		Elements:      hs.Len(),
		OwnedElements: hs.Owned(id),
		Octets:        hs.Octets(),
		MaxElements:   hs.MaxElements(),
		MaxOctets:     hs.MaxOctets(),
		ASAP:          ASAPCounts(asap),
		ENRP:          ENRPCounts(enrp),
		Averages:      Averages(c.Averages(time.Now())),
	}
}
