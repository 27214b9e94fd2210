package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rserpool-go/rserpool/asap"
)

// Time limits for the end of a server: for the registrar and the users to hear of it. Without a
// registrar the limit is short, because a registrar that comes back is not worth a wait.
const (
	closeTimeout     = 5 * time.Second
	closeTimeoutLost = 500 * time.Millisecond
)

// Reasons for the end of the time limit.
var (
	errSlowEnd = fmt.Errorf("no end within %v", closeTimeout)
	errNoHome  = errors.New("no registrar")
)

// lostHome holds a value while a pool element has no registrar.
type lostHome chan struct{}

func newLostHome() lostHome {
	l := make(lostHome, 1)
	l <- struct{}{}
	return l
}

// notify takes the events of the element, one at a time.
func (l lostHome) notify(ev asap.Event) {
	select {
	case <-l:
	default:
	}
	if _, ok := ev.(asap.Registered); !ok {
		l <- struct{}{}
	}
}

// limit returns a context for the end of the element. It becomes shorter when there is no
// registrar.
func (l lostHome) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeoutCause(ctx, closeTimeout, errSlowEnd)
	ctx, cutOff := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-l:
			select {
			case <-time.After(closeTimeoutLost):
				cutOff(errNoHome)
			case <-ctx.Done():
			}
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
