package service

import (
	"context"
	"sync"

	"github.com/rserpool-go/rserpool/asap"
)

// CharGen returns the service that sends characters without end.
func CharGen(maxSessions int) *Service {
	return &Service{Title: "Character generator", Pool: "CharGenPool", MaxSessions: maxSessions, Serve: charGen}
}

const (
	charGenSize  = 1024 // octets in a message
	charGenFirst = 30
	charGenCount = 98
)

// charGenText returns the message of RSPLIB. All messages are the same.
func charGenText() []byte {
	text := make([]byte, charGenSize)
	for i := range text {
		text[i] = byte(charGenFirst + i%charGenCount)
	}
	return text
}

func charGen(ctx context.Context, s *Session) error {
	ctx, cancel := context.WithCancel(ctx)
	var receiver sync.WaitGroup
	defer receiver.Wait()
	defer cancel()
	receiver.Go(func() {
		for range s.Messages(ctx) { //nolint:revive // Messages of the user are ignored, and must not pile up.
		}
	})
	message := asap.Message{Data: charGenText()}
	for {
		if err := s.Send(ctx, message); err != nil {
			return err
		}
	}
}
