package service

import (
	"context"

	"github.com/rserpool-go/rserpool/asap"
)

// Echo returns the service that sends each message back, with its payload protocol
// identifier and on its stream.
func Echo() *Service {
	return &Service{Title: "Echo", PoolHandle: "EchoPool", Handle: echo}
}

func echo(ctx context.Context, s *Session) error {
	for {
		item, err := s.Receive(ctx)
		if err != nil {
			return err
		}
		// Of cookies an echo has no use: it keeps no state.
		if d, ok := item.(asap.Data); ok {
			s.Printf("echo of %d octets", len(d.Data))
			if err := s.Send(ctx, d); err != nil {
				return err
			}
		}
	}
}
