package service

import (
	"context"
	"sync"

	"github.com/rserpool-go/rserpool/asap"
)

// CharGen returns the service that sends characters without end.
func CharGen(maxSessions int) *Service {
	return &Service{Title: "Character generator", PoolHandle: "CharGenPool", MaxSessions: maxSessions, Handle: charGen}
}

const (
	charGenSize  = 1024 // octets in a message
	charGenFirst = 30
	charGenCount = 98
)

// charGenText returns the message of the deployed service, always the same one.
func charGenText() []byte {
	text := make([]byte, charGenSize)
	for i := range text {
		text[i] = byte(charGenFirst + i%charGenCount)
	}
	return text
}

func charGen(ctx context.Context, s *Session) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	// What the user sends is of no interest, but is not to be held up.
	wg.Go(func() {
		for {
			if _, err := s.Receive(ctx); err != nil {
				return
			}
		}
	})
	message := asap.Data{Data: charGenText()}
	for {
		if err := s.Send(ctx, message); err != nil {
			return err
		}
	}
}
