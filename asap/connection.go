package asap

import (
	"context"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// connection is an association of a session with an element. A goroutine reads it.
type connection struct {
	assoc transport.Association
	since time.Time
	life  context.Context // until the session leaves the element
	leave context.CancelFunc
	done  chan struct{} // closed when read has ended
}

// sessionEvent is an event of the session's machine, with the connection of an event that comes
// from an element.
type sessionEvent struct {
	event step.Event
	conn  *connection
}

// resumption is a FailoverComplete on its way to the program. Messages of the program go to the new
// element after the program has received it. Otherwise they could overtake the messages that the
// program has to send again.
type resumption struct {
	FailoverComplete
	conn *connection
}

// service is the element that serves a session, as far as the program knows.
type service struct {
	mu      sync.Mutex            // guards the fields below
	assoc   transport.Association // nil: no element serves the session
	element wire.PEID             // serves the session, or served it last
	since   time.Time             // the time at which assoc was opened
	failure error                 // the error of the last attempt to reach an element
}

// use has messages go to an element, unless the session has left it already.
func (s *service) use(conn *connection, element wire.PEID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.element = element
	if conn.life.Err() == nil {
		s.assoc, s.since = conn.assoc, conn.since
	}
}

// drop has no messages go to the element any more.
func (s *service) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.assoc = nil
}

// current returns the association with the element, its identifier and the time at which the
// association was opened. The association is nil if no element serves the session.
func (s *service) current() (assoc transport.Association, element wire.PEID, since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.assoc, s.element, s.since
}

// setFailure notes the error of an attempt to reach an element.
func (s *service) setFailure(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = err
}

// lastFailure returns the error of the last attempt to reach an element.
func (s *service) lastFailure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}
