package main

import (
	"context"
	"log/slog"

	"github.com/rserpool-go/rserpool/apps/fractal"
	"github.com/rserpool-go/rserpool/apps/internal/node"
	"github.com/rserpool-go/rserpool/asap"
)

// A pool opens sessions with the elements of a pool. While no session has an element, it watches the
// registrar for the reason.
type pool struct {
	handle string
	node   *asap.Node
	tiles  []*node.Serving // the element of each tile
	watch  node.Watch
	report func() // ends the reports
}

// openPool opens the endpoint of the program. Note tells the reason of a wait.
func (p *program) openPool(ctx context.Context, log *slog.Logger, note func(format string, args ...any)) (*pool, error) {
	n, err := p.ASAP.Open(ctx, log, p.Log.BesideText(log))
	if err != nil {
		return nil, err
	}
	o := &pool{handle: string(p.PoolHandle), node: n}
	o.watch.Func = p.ASAP.Watcher(n, o.handle, note).Start
	for range p.Threads {
		o.tiles = append(o.tiles, new(node.Serving))
	}
	status := p.Status
	if p.Identifier != 0 {
		status.Identifier = p.Identifier
	}
	o.report = status.ReportUser(log, n, fractal.PPID, o.tiles...)
	return o, nil
}

// dial opens the session of a tile. If there is nothing left to wait for, giveUp is called.
func (o *pool) dial(ctx context.Context, tile int, giveUp context.CancelCauseFunc) (session, error) {
	o.watchIfIdle(ctx, giveUp)
	s, err := o.node.Dial(ctx, o.handle, &asap.DialConfig{Manual: true, Notify: func(ev asap.Event) {
		o.tiles[tile].Notify(ev)
		o.watchIfIdle(ctx, giveUp)
	}})
	if err != nil {
		return nil, err // Not s: a nil pointer is no nil session.
	}
	return s, nil
}

// hangUp notes that the session of a tile is over.
func (o *pool) hangUp(tile int) { o.tiles[tile].Notify(asap.SessionLost{}) }

// watchIfIdle turns the watch on if no session has an element, and otherwise off.
func (o *pool) watchIfIdle(ctx context.Context, giveUp context.CancelCauseFunc) {
	for _, s := range o.tiles {
		if _, since := s.Element(); !since.IsZero() {
			o.watch.Stop()
			return
		}
	}
	o.watch.Start(ctx, giveUp)
}

// close ends the endpoint.
func (o *pool) close() {
	o.watch.Stop()
	node.Leave(o.node)
	o.report()
}
