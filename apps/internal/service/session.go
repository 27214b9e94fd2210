package service

import (
	"context"
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
	fmt.Fprintf(s.service.Out, "%s %ssession %d: %s\n", time.Now().Format(cli.TimeFormat), s.service.Prefix, s.number, fmt.Sprintf(format, args...))
}

// SetLoad sets the part of the element that the session takes from now on, from 0 to 1. At its
// beginning and after its end a session takes nothing.
func (s *Session) SetLoad(fraction float64) {
	share := int64(min(max(fraction, 0), 1) * wire.FullLoad)
	s.service.load.Add(share - s.share)
	s.share = share
	s.Session.SetLoad(fraction)
}

// SetState gives the state of the session to its user, as [asap.Session.SetState] does. A service
// with a seal seals the state.
func (s *Session) SetState(ctx context.Context, state []byte) error {
	state, err := s.service.Seal.seal(state)
	if err != nil {
		return err
	}
	return s.Session.SetState(ctx, state)
}

// State returns the state of the predecessor, as [asap.Session.State] does. It fails if the service
// has a seal, and the state was not sealed by an element with the same key.
func (s *Session) State() (state []byte, resumed bool, err error) {
	return s.open(s.Session.State())
}

// AwaitState waits for the state of the predecessor or for a message, as [asap.Session.AwaitState]
// does, and returns the state as State does.
func (s *Session) AwaitState(ctx context.Context) (state []byte, resumed bool, err error) {
	sealed, resumed, err := s.Session.AwaitState(ctx)
	if err != nil {
		return nil, false, err
	}
	return s.open(sealed, resumed)
}

func (s *Session) open(sealed []byte, resumed bool) (state []byte, _ bool, err error) {
	if resumed {
		state, err = s.service.Seal.open(sealed)
	}
	return state, resumed && err == nil, err
}
