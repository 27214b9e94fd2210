package memnet

// A signal wakes all its waiters at once. The network's mutex guards the signal, but
// waiters wait without the mutex.
type signal struct {
	c chan struct{} // Closed when the signal is given; nil without waiters.
}

// wait returns a channel that is closed when the signal is next given.
func (s *signal) wait() <-chan struct{} {
	if s.c == nil {
		s.c = make(chan struct{})
	}
	return s.c
}

// give wakes all waiters.
func (s *signal) give() {
	if s.c != nil {
		close(s.c)
		s.c = nil
	}
}
