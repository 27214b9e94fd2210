package main

import (
	"context"
	"time"

	"github.com/rserpool-go/rserpool/asap"
)

// How long the registrar and the users have to hear of the end. If there is no
// registrar, one may come back, but who stops a server does not wait for that.
const (
	closeTimeout     = 5 * time.Second
	closeTimeoutLost = 500 * time.Millisecond
)

// lostHome knows whether a pool element has no registrar: then there is something in
// the channel.
type lostHome chan struct{}

func newLostHome() lostHome {
	l := make(lostHome, 1)
	l <- struct{}{}
	return l
}

// notify takes events of the element. They come one at a time.
func (l lostHome) notify(ev asap.ListenerEvent) {
	select {
	case <-l:
	default:
	}
	if _, ok := ev.(asap.Registered); !ok {
		l <- struct{}{}
	}
}

// limit returns a context for the end of the element, which becomes shorter when there
// is no registrar.
func (l lostHome) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	go func() {
		select {
		case <-l:
			defer cancel()
			select {
			case <-time.After(closeTimeoutLost):
			case <-ctx.Done():
			}
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
