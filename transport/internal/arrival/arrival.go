// Package arrival waits for what comes to an endpoint or a group: an association or a
// datagram.
package arrival

import (
	"context"

	"github.com/rserpool-go/rserpool/transport"
)

// Next returns the next arrival. It returns [transport.ErrClosed] once closed is closed,
// whatever has arrived before.
func Next[T any](ctx context.Context, arrivals <-chan T, closed <-chan struct{}) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	select {
	case <-closed:
		return none, transport.ErrClosed
	default:
	}
	select {
	case v := <-arrivals:
		return v, nil
	case <-closed:
		return none, transport.ErrClosed
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
