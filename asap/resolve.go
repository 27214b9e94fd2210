package asap

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/wire"
)

// ResolveConfig configures a handle resolution.
type ResolveConfig struct {
	// Items is the number of elements wanted. 0: the registrar decides.
	Items uint32
}

// A Resolution is the answer to a handle resolution.
type Resolution struct {
	// Elements are elements of the pool, in the order in which to use them. The list is not
	// empty.
	Elements []wire.PoolElement
	// Policy is the policy of the pool.
	Policy wire.Policy
	// Time is when the registrar's answer came.
	Time time.Time
}

// resolution is a Resolution, or the reason why there is none.
type resolution struct {
	Resolution
	causes []wire.ErrorCause
	err    error
}

// Resolve asks the registrar for elements of a pool (RFC 5352, 3.3). It fails with
// [ErrPoolUnknown], [ErrNoRegistrar], [ErrTimeout] or a *[RejectedError].
func (n *Node) Resolve(ctx context.Context, pool string, c *ResolveConfig) (Resolution, error) {
	handle, err := checkPool(pool)
	if err != nil {
		return Resolution{}, err
	}
	if c == nil {
		c = new(ResolveConfig)
	}
	answer := newPending[Resolution]()
	var token machine.Token
	err = n.call(ctx, func(now time.Time) {
		if n.closing {
			answer.complete(Resolution{}, ErrClosed)
			return
		}
		token = n.resolve(now, handle, c.Items, func(_ time.Time, r resolution) {
			answer.complete(r.Resolution, r.failure())
		})
	})
	var r Resolution
	if err == nil {
		if r, err = answer.wait(ctx, n.life); err != nil && ctx.Err() != nil {
			err = n.explain(err)
			_ = n.call(n.life, func(now time.Time) { n.cancel(now, token) })
		}
	}
	if err != nil {
		return Resolution{}, &poolError{handle, err}
	}
	return r, nil
}

// resolve asks for elements of a pool, and has answer called by the loop.
func (n *Node) resolve(now time.Time, pool wire.PoolHandle, items uint32, answer func(time.Time, resolution)) machine.Token {
	n.tokens++
	token := n.tokens
	n.resolutions[token] = answer
	n.step(now, machine.Resolve{Token: token, Pool: pool, Items: items})
	return token
}

// cancel withdraws a resolution.
func (n *Node) cancel(now time.Time, token machine.Token) {
	delete(n.resolutions, token)
	n.step(now, machine.Cancel{Token: token})
}

// cancelAll withdraws all resolutions, because the node is closing.
func (n *Node) cancelAll(now time.Time) {
	for token := range n.resolutions {
		n.answer(now, token, resolution{err: ErrClosed})
		n.cancel(now, token)
	}
}

// answer passes on the answer to a resolution.
func (n *Node) answer(now time.Time, token machine.Token, r resolution) {
	if answer, ok := n.resolutions[token]; ok {
		delete(n.resolutions, token)
		answer(now, r)
	}
}

// failure returns why there are no elements, nil if there are some.
func (r *resolution) failure() error {
	switch {
	case r.err != nil:
		return r.err
	case slices.ContainsFunc(r.causes, func(c wire.ErrorCause) bool { return c.Code == wire.CauseUnknownPoolHandle }):
		return ErrPoolUnknown
	case len(r.causes) > 0:
		return &RejectedError{Causes: r.causes}
	case len(r.Elements) == 0:
		return ErrPoolUnknown // A pool without elements does not exist.
	}
	return nil
}

// ReportUnreachable tells the registrar that an element of a pool could not be reached (RFC
// 5352, 3.5). It does not wait for a registrar, and fails only for a bad argument or when the
// node is closed.
func (n *Node) ReportUnreachable(pool string, id wire.PEID) error {
	handle, err := checkPool(pool)
	if err != nil {
		return err
	}
	if id == 0 {
		return errors.New("asap: 0 is no identifier of a pool element")
	}
	return n.call(n.life, func(now time.Time) {
		n.step(now, machine.ReportUnreachable{Pool: handle, ID: id})
	})
}
