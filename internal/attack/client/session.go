package client

import (
	"context"
	"sync"

	"github.com/rserpool-go/rserpool/transport"
)

// A session is an association with a goroutine that receives.
type session struct {
	assoc     transport.Association
	receiving sync.WaitGroup
}

// newSession calls received for each message, and ended at the end of the association.
func newSession(assoc transport.Association, received func(m transport.Message), ended func()) *session {
	s := &session{assoc: assoc}
	s.receiving.Go(func() {
		defer ended()
		for {
			m, err := assoc.Receive(context.Background())
			if err != nil {
				return // Err of the association has the cause.
			}
			received(m)
		}
	})
	return s
}
