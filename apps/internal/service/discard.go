package service

import "context"

// DiscardPool is the pool handle of the service Discard.
const DiscardPool = "DiscardPool"

// Discard returns the service that takes messages and does nothing with them.
func Discard() *Service {
	return &Service{Title: "Discard", Pool: DiscardPool, Serve: discard}
}

func discard(ctx context.Context, s *Session) error {
	for m, err := range s.Messages(ctx) {
		if err != nil {
			return err
		}
		s.Printf("%d octets discarded", len(m.Data))
	}
	return nil
}
