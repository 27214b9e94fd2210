package enrp

import (
	"time"

	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// startup is the start of a registrar: it takes the whole handlespace from a mentor, the
// first peer that it hears (RFC 5353, 3.2.2 and 3.2.3; ADR 0008, R1 and R2).
type startup struct {
	own       *registrar
	out       *outbox
	peers     *peers
	downloads *downloads

	end    time.Time // of the wait for a first peer
	mentor *peer     // nil: none yet
}

// begin begins the start.
func (s *startup) begin(now time.Time) {
	s.own.isStarting = true
	s.end = now.Add(s.own.config.MentorDiscovery)
}

// deadline returns the end of the wait for a first peer, zero if the wait is over.
func (s *startup) deadline() time.Time {
	if !s.own.isStarting || s.mentor != nil {
		return time.Time{}
	}
	return s.end
}

// expire ends a start without a mentor.
func (s *startup) expire(now time.Time) {
	if d := s.deadline(); !d.IsZero() && !now.Before(d) {
		s.finish()
	}
}

// askMentor requests the handlespace from a peer, unless there is a mentor already or the
// peer has failed before.
func (s *startup) askMentor(now time.Time, p *peer) {
	if s.mentor != nil || p.isUnfitMentor {
		return
	}
	s.mentor = p
	s.downloads.start(now, p, 0)
}

// handleTableResponse takes a part of a table, which may be the mentor's.
func (s *startup) handleTableResponse(now time.Time, p *peer, msg *enrpmsg.HandleTableResponse, rtt time.Duration) {
	result := s.downloads.handleResponse(now, p, msg, rtt)
	if p != s.mentor {
		return
	}
	switch result {
	case downloadCancelled:
		s.replaceMentor(now)
	case downloadFinished:
		p.replica.isSuspect = false // The table was the whole.
		s.finish()
	case downloadUnchanged:
	}
}

// expireDownload cancels a download without a response. The wait for the response was a pause
// already, so the next Presence may start another download.
func (s *startup) expireDownload(now time.Time, p *peer) {
	if p.replica.isDue(now) {
		p.replica.isMidTable = true
		p.replica.audited = time.Time{}
		s.cancelDownload(now, p)
	}
}

// cancelDownload cancels the download from a peer, if there is any. Another peer replaces a
// mentor.
func (s *startup) cancelDownload(now time.Time, p *peer) {
	if s.downloads.cancel(p) == downloadCancelled && p == s.mentor {
		s.replaceMentor(now)
	}
}

// replaceMentor asks another peer, if there is any, to be the mentor. Two registrars that
// start at the same time reject each other, and both go on without a mentor.
func (s *startup) replaceMentor(now time.Time) {
	s.mentor.isUnfitMentor = true
	s.mentor = nil
	next := s.peers.findFirst(func(p *peer) bool { return p.isReachable() && !p.isUnfitMentor })
	if next != nil {
		s.askMentor(now, next)
	}
}

// finish ends the start.
func (s *startup) finish() {
	ready := Ready{}
	if s.mentor != nil {
		ready.Mentor = s.mentor.id
	}
	s.own.isStarting = false
	s.mentor = nil
	s.out.add(ready)
}
