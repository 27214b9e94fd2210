package registrar

import (
	"context"
	"errors"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// Stats is what a registrar has at a time, and what it has done until then.
type Stats struct {
	// Peers is the number of other registrars that are known, and PeerIDs who they
	// are.
	Peers   int
	PeerIDs []wire.ServerID
	// Pools and Elements are the size of the handlespace, and OwnedElements how
	// many elements have this registrar as their home.
	Pools, Elements, OwnedElements int
	// ASAP counts the work for pool elements and pool users, and ENRP the work among
	// registrars.
	ASAP ASAPCounts
	ENRP ENRPCounts
	// Averages are the sizes over time.
	Averages Averages
}

// Averages are what a registrar has had, on average over the time since [New].
type Averages struct {
	Over                                  time.Duration
	Peers, Pools, Elements, OwnedElements float64
}

// ErrNotRunning is returned by [Server.Stats] when the server has ended.
var ErrNotRunning = errors.New("registrar: not running")

// Stats asks a running server for its statistics. It fails with [ErrNotRunning], or
// with the context's error while Run has not been called.
func (s *Server) Stats(ctx context.Context) (Stats, error) {
	answer := make(chan Stats, 1)
	if err := s.call(ctx, func() { answer <- s.stats() }); err != nil {
		return Stats{}, err
	}
	return <-answer, nil
}

// Final returns the statistics of a server of which Run has returned. Before, there are
// none.
func (s *Server) Final() Stats {
	select {
	case <-s.ended:
		return s.final
	default:
		return Stats{}
	}
}

// stats is for the loop.
func (s *Server) stats() Stats {
	hs := s.core.Handlespace()
	peers := s.core.Peers().Peers()
	stats := Stats{
		Peers:         len(peers),
		PeerIDs:       peers,
		Pools:         hs.NumPools(),
		Elements:      hs.Len(),
		OwnedElements: hs.Owned(s.config.ID),
	}
	asap, enrp := s.core.Counts()
	stats.ASAP, stats.ENRP = ASAPCounts(asap), ENRPCounts(enrp)
	stats.Averages = Averages(s.core.Averages(time.Now()))
	return stats
}
