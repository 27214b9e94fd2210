package asap

import (
	"context"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// A Home is the state of a node's home registrar (RFC 5352, 1.1).
type Home struct {
	// ID is the registrar's identifier, 0 while it is unknown. The node learns it from
	// announces, and from the keep-alives of elements.
	ID wire.ServerID
	// Since is the time at which the registrar became the home. Zero: the node has no home.
	Since time.Time
	// Sought: the node needs a registrar and looks for it, because it has no home, or because
	// the home does not answer.
	Sought bool
}

// Home returns the state of the node's home registrar. It fails with [ErrClosed] when the node is
// closed.
func (n *Node) Home(ctx context.Context) (Home, error) {
	var h Home
	err := n.call(ctx, func(time.Time) {
		var has bool
		if h.ID, has = n.client.Home(); has {
			h.Since = n.homeSince
		}
		h.Sought = n.client.Hunting()
	})
	return h, err
}
