package service

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// A Service is what a server offers to the users of a pool.
type Service struct {
	// Title is its name in words.
	Title string
	// PoolHandle is its pool unless the user wants another.
	PoolHandle wire.PoolHandle
	// MaxSessions is how many sessions it has at a time; more are ended as soon as
	// they begin. 0: any number.
	MaxSessions int
	// Handle serves one session, in a goroutine of its own. Nil ends the session
	// gracefully, and an error aborts it.
	Handle func(context.Context, *Session) error
}

// A Session is a session with a pool user.
type Session struct {
	*asap.ServerSession
	number uint64
	out    io.Writer
	load   *load
	share  uint32
}

// Printf prints a line about the session with the time before it.
func (s *Session) Printf(format string, args ...any) {
	fmt.Fprintf(s.out, "%s: session %d: %s\n", time.Now().Format("02-Jan-2006 15:04:05.0000"), s.number, fmt.Sprintf(format, args...))
}

// SetLoad says how much of the server the session takes from now on, as a fraction
// of 1. It takes nothing at its beginning, and again when it has ended.
func (s *Session) SetLoad(fraction float64) {
	share := uint32(min(max(fraction, 0), 1) * wire.FullLoad)
	s.load.change(int64(share) - int64(s.share))
	s.share = share
}
