package asap

import (
	"slices"

	"github.com/rserpool-go/rserpool/wire"
)

// resolution is the answer to a handle resolution.
type resolution struct {
	elements []wire.PoolElement
	causes   []wire.ErrorCause
	err      error
}

// result returns the elements, or the error that the answer stands for.
func (r resolution) result() ([]wire.PoolElement, error) {
	switch {
	case r.err != nil:
		return nil, r.err
	case slices.ContainsFunc(r.causes, func(c wire.ErrorCause) bool { return c.Code == wire.CauseUnknownPoolHandle }):
		return nil, ErrPoolUnknown
	case len(r.causes) > 0:
		return nil, &RejectedError{Causes: r.causes}
	case len(r.elements) == 0:
		return nil, ErrPoolUnknown // A pool without elements does not exist.
	}
	return r.elements, nil
}
