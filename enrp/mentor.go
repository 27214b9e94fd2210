package enrp

import (
	"time"
)

// startup is the start of a registrar: it takes the whole handlespace from a mentor,
// the first peer that it hears (RFC 5353, 3.2.2 and 3.2.3).
type startup struct {
	running bool
	end     time.Time // when it is over without a mentor
	mentor  *peer
}

// tryMentor asks a peer for the whole handlespace, unless another one is being asked
// or it has failed before.
func (m *Machine) tryMentor(now time.Time, p *peer) {
	if m.startup.mentor != nil || p.noMentor {
		return
	}
	m.startup.mentor = p
	m.startDownload(now, p, 0)
}

// mentorFailed has another peer asked, if there is one. A registrar that is starting
// itself refuses; two that wait for each other go on without.
func (m *Machine) mentorFailed(now time.Time, p *peer) {
	p.noMentor = true
	m.startup.mentor = nil
	for _, q := range m.peers {
		if q.state == peerAlive && q.assoc != 0 && !q.noMentor {
			m.tryMentor(now, q)
			return
		}
	}
}

// expireStartup ends a start without a mentor.
func (m *Machine) expireStartup(now time.Time) {
	if m.startup.running && m.startup.mentor == nil && !now.Before(m.startup.end) {
		m.ready(nil)
	}
}

// ready ends the start.
func (m *Machine) ready(mentor *peer) {
	m.startup = startup{}
	a := Ready{}
	if mentor != nil {
		a.Mentor = mentor.id
	}
	m.do(a)
}
