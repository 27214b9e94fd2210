package service

import (
	"context"

	"github.com/rserpool-go/rserpool/asap"
)

// Discard returns the service that takes messages and does nothing with them.
func Discard() *Service {
	return &Service{Title: "Discard", PoolHandle: "DiscardPool", Handle: discard}
}

func discard(ctx context.Context, s *Session) error {
	for {
		item, err := s.Receive(ctx)
		if err != nil {
			return err
		}
		if d, ok := item.(asap.Data); ok {
			s.Printf("%d octets discarded", len(d.Data))
		}
	}
}
