package machine

import "time"

// stranger is an unknown registrar that has taken elements over, while there is a home. There is at
// most one. The home gets a handle resolution as a probe: unlike a registration, it changes nothing
// at a home that hands its elements over. The stranger becomes the home if the home does not answer
// the probe, or is lost (ADR 0008, U5). Otherwise its association ends some time after the answer.
// Until then it gets no acknowledgement: two registrars with acknowledgements would contend for the
// elements.
type stranger struct {
	home         // The stranger as the next home. Association 0: there is no stranger.
	probe        *request
	isHomeSilent bool      // the probe was repeated without an answer
	ackAt        time.Time // keep-alives are not acknowledged before, zero: they are
	until        time.Time // end of the association, zero: not before the home answers
}

// isRefused reports whether the home has answered the probe.
func (s *stranger) isRefused() bool { return !s.until.IsZero() }

// claims reports whether the stranger has taken an element over.
func (s *stranger) claims(e *element) bool { return e.claimed == s.assoc }

// deadline returns the time of the next decision that no answer of the home brings, zero if there is
// none.
func (s *stranger) deadline() time.Time {
	if s.isRefused() {
		return s.until
	}
	return s.ackAt
}

const (
	// strangerPatience is the time that the home has to answer before the stranger gets
	// acknowledgements. If the home is dead, a registrar without them removes the elements.
	strangerPatience = 250 * time.Millisecond
	// strangerTimeout is the time that a stranger stays after the answer of the home. A home
	// that hands its elements over answers until it ends, for 2 seconds at most.
	strangerTimeout = 5 * time.Second
	// refusalInterval is the minimum time between two reports of refusals. Anybody can cause
	// refusals.
	refusalInterval = time.Minute
)
