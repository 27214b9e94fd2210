// Package onetomany has the part of a one-to-many endpoint (RFC 6458, 3) that is the same
// over every SCTP stack: the queue for Accept, the choice of a port, multicast from the
// endpoint's port, and the close that waits for all goroutines.
package onetomany

import (
	"context"
	"fmt"
	"net/netip"
	"sync"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/await"
	"github.com/rserpool-go/rserpool/transport/multicast"
)

// A State is the state of an endpoint. The lock of the endpoint guards it.
type State uint8

// The states, in their order.
const (
	// Open: associations are accepted and dialled.
	Open State = iota
	// ShuttingDown: new associations are refused.
	ShuttingDown
	// Closed: the port is released.
	Closed
)

// A Sender sends multicast from a UDP socket of the endpoint.
type Sender struct {
	*multicast.Sender

	// Bound is the address to which the socket is bound. The sender is used for groups of
	// the same IP version.
	Bound netip.Addr
}

// A Base is the common part of an endpoint, which embeds it. Its methods may be called by
// several goroutines.
type Base struct {
	// Senders are set before the endpoint is used.
	Senders []Sender

	// Running counts the goroutines for which CloseOnce waits.
	Running sync.WaitGroup

	accepted chan transport.Association
	closed   chan struct{}
	closing  sync.Once
}

// NewBase returns a base. Up to backlog associations wait for Accept.
func NewBase(backlog int) *Base {
	return &Base{
		accepted: make(chan transport.Association, backlog),
		closed:   make(chan struct{}),
	}
}

// Accept implements transport.Endpoint.
func (b *Base) Accept(ctx context.Context) (transport.Association, error) {
	return await.Next(ctx, b.accepted, b.closed)
}

// HasRoom reports whether another association can wait for Accept. The answer stays true
// while the caller holds the lock under which all calls of Enqueue are made.
func (b *Base) HasRoom() bool { return len(b.accepted) < cap(b.accepted) }

// Enqueue hands an association to Accept. Enqueue waits while there is no room, and
// reports false if the endpoint was closed instead.
func (b *Base) Enqueue(a transport.Association) bool {
	select {
	case b.accepted <- a:
		return true
	case <-b.closed:
		return false
	}
}

// SendMulticast implements transport.Endpoint.
func (b *Base) SendMulticast(group netip.AddrPort, data []byte) error {
	select {
	case <-b.closed:
		return transport.ErrClosed
	default:
	}
	err := fmt.Errorf("multicast to %v: the endpoint has no UDP socket of that IP version", group)
	sent := false
	for _, s := range b.Senders {
		if s.Bound.Is4() == group.Addr().Unmap().Is4() {
			err = s.Send(group, data)
			sent = sent || err == nil
		}
	}
	if sent {
		return nil
	}
	return err
}

// Closed returns a channel that the first call of CloseOnce closes.
func (b *Base) Closed() <-chan struct{} { return b.closed }

// CloseOnce makes Accept and SendMulticast return [transport.ErrClosed], calls end, which
// aborts all associations and closes the sockets, and returns end's error. Later calls do
// not call end. Every call waits until no goroutine is left in Running.
func (b *Base) CloseOnce(end func() error) error {
	var err error
	b.closing.Do(func() {
		close(b.closed)
		err = end()
	})
	b.Running.Wait()
	return err
}
