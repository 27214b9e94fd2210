package memnet

// A signal wakes up everybody who waits for it. It is guarded by the network's
// mutex; the channel is waited for without.
type signal struct {
	c chan struct{} // Closed when the signal is given; nil while nobody waits.
}

// wait returns a channel that is closed when the signal is given next.
func (s *signal) wait() <-chan struct{} {
	if s.c == nil {
		s.c = make(chan struct{})
	}
	return s.c
}

// give wakes everybody up.
func (s *signal) give() {
	if s.c != nil {
		close(s.c)
		s.c = nil
	}
}
