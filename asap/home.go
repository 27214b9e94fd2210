package asap

import (
	"context"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// A Home is how a node stands with its home registrar.
type Home struct {
	// ID is the registrar's identifier, 0 if it is not known. Announces tell it, and
	// keep-alives of elements.
	ID wire.ServerID
	// Since is when the registrar became the home, zero if there is none.
	Since time.Time
	// Sought: a registrar is being sought, because there is need of one and there is
	// none, or it does not answer.
	Sought bool
}

// Home returns how the node stands with its home registrar. It fails with [ErrClosed]
// when the node is closed.
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
