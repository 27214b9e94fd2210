package main

import (
	"context"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// opening is a session that is opened by the first Receive, so that what is to be sent
// can be read meanwhile. Receive is for one goroutine.
type opening struct {
	dial func(context.Context) (*asap.Session, error)

	mu      sync.Mutex    // guards what follows
	session *asap.Session // nil while it is being opened
}

func (o *opening) get() *asap.Session {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.session
}

// Receive returns the next item. The first one tells which element serves the session.
func (o *opening) Receive(ctx context.Context) (asap.Item, error) {
	if s := o.get(); s != nil {
		return s.Receive(ctx)
	}
	s, err := o.dial(ctx)
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	o.session = s
	o.mu.Unlock()
	return asap.FailoverComplete{Element: s.Element()}, nil
}

// Send sends a message. It fails with [asap.ErrBroken] while there is no element.
func (o *opening) Send(ctx context.Context, d asap.Data) error {
	if s := o.get(); s != nil {
		return s.Send(ctx, d)
	}
	return asap.ErrBroken
}

// Serving returns the element that serves the session, and since when. While there is
// none, the time is zero.
func (o *opening) Serving() (element wire.PEID, since time.Time) {
	if s := o.get(); s != nil {
		return s.Serving()
	}
	return 0, time.Time{}
}

// Failover has the session go on at the next element.
func (o *opening) Failover(ctx context.Context) error {
	if s := o.get(); s != nil {
		return s.Failover(ctx)
	}
	return nil // It has not begun, and seeks an element anyway.
}

// Close ends the session, if it was opened.
func (o *opening) Close(ctx context.Context) error {
	if s := o.get(); s != nil {
		return s.Close(ctx)
	}
	return nil
}
