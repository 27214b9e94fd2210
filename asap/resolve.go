package asap

import (
	"context"
	"errors"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/wire"
)

// Resolve asks the registrar for at most items elements of a pool (RFC 5352, 3.3). With 0 items the
// registrar chooses the number. The elements come in the order in which to use them. Resolve fails
// with [ErrPoolUnknown], [ErrNoRegistrar], [ErrTimeout], or a *[RejectedError].
func (n *Node) Resolve(ctx context.Context, pool wire.PoolHandle, items uint32) ([]wire.PoolElement, error) {
	if err := checkPool(pool); err != nil {
		return nil, err
	}
	answer := make(chan resolution, 1)
	var token machine.Token
	if err := n.call(ctx, func(now time.Time) {
		n.tokens++
		token = n.tokens
		n.resolutions[token] = answer
		n.step(now, machine.Resolve{Token: token, Pool: pool, Items: items})
	}); err != nil {
		return nil, err
	}
	select {
	case r := <-answer:
		return r.result()
	case <-ctx.Done():
		_ = n.call(n.life, func(now time.Time) {
			delete(n.resolutions, token)
			n.step(now, machine.Cancel{Token: token})
		})
		return nil, context.Cause(ctx)
	case <-n.life.Done():
		return nil, ErrClosed
	}
}

// ReportUnreachable reports to the registrar that an element of a pool could not be reached
// (RFC 5352, 3.5). It does not wait for a registrar.
func (n *Node) ReportUnreachable(ctx context.Context, pool wire.PoolHandle, id wire.PEID) error {
	if err := checkPool(pool); err != nil {
		return err
	}
	if id == 0 {
		return errors.New("asap: 0 is no identifier of a pool element")
	}
	return n.call(ctx, func(now time.Time) {
		n.step(now, machine.ReportUnreachable{Pool: pool, ID: id})
	})
}
