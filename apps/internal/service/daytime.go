package service

import (
	"context"
	"time"

	"github.com/rserpool-go/rserpool/asap"
)

// Daytime returns the service that tells the time once and ends the session.
func Daytime() *Service {
	return &Service{Title: "Daytime", Pool: "DaytimePool", Serve: daytime}
}

func daytime(ctx context.Context, s *Session) error {
	text := daytimeText(time.Now())
	if err := s.Send(ctx, asap.Message{Data: []byte(text)}); err != nil {
		return err
	}
	s.Printf("time told")
	return nil
}

// daytimeText returns the time in the form of RSPLIB.
func daytimeText(t time.Time) string {
	return t.Format("Monday, 02-January-2006 15:04:05.000000\n")
}
