package service

import (
	"fmt"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

// A Session is a session with a pool user.
type Session struct {
	*asap.Session
	service *Service
	number  uint64
	share   int64 // of the service's load
}

// Printf prints a line about the session, after the time.
func (s *Session) Printf(format string, args ...any) {
	fmt.Fprintf(s.service.Out, "%s session %d: %s\n", time.Now().Format(cli.TimeFormat), s.number, fmt.Sprintf(format, args...))
}

// SetLoad sets the part of the element that the session takes from now on, from 0 to 1. At its
// beginning and after its end a session takes nothing.
func (s *Session) SetLoad(fraction float64) {
	share := int64(min(max(fraction, 0), 1) * wire.FullLoad)
	s.service.load.Add(share - s.share)
	s.share = share
	s.Session.SetLoad(fraction)
}
