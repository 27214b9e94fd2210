package service

import "context"

// Echo returns the service that sends each message back, with its payload protocol identifier
// and on its stream.
func Echo() *Service {
	return &Service{Title: "Echo", Pool: "EchoPool", Serve: echo}
}

func echo(ctx context.Context, s *Session) error {
	for m, err := range s.Messages(ctx) {
		if err != nil {
			return err
		}
		s.Printf("echo of %d octets", len(m.Data))
		if err := s.Send(ctx, m); err != nil {
			return err
		}
	}
	return nil
}
