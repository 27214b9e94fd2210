package node

import (
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// Serving is the element that serves a session. Its methods may be called by several goroutines.
type Serving struct {
	mu      sync.Mutex // guards the fields below
	element wire.PEID
	since   time.Time
}

// Notify takes the events of the session.
func (s *Serving) Notify(ev asap.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch ev := ev.(type) {
	case asap.SessionUp:
		s.element, s.since = ev.Element, time.Now()
	case asap.SessionLost:
		s.since = time.Time{}
	}
}

// Element returns the element and the beginning of its service. While no element serves the
// session, the time is zero.
func (s *Serving) Element() (wire.PEID, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.element, s.since
}
