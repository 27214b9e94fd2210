package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/picture"
)

// sessions opens and ends the session of a tile: a [pool], or elements in tests.
type sessions interface {
	dial(ctx context.Context, tile int, giveUp context.CancelCauseFunc) (session, error)
	hangUp(tile int)
}

// A painter has pictures drawn by the elements of a pool.
type painter struct {
	sessions sessions
	timeouts timeouts
}

// paint has a picture drawn, with a session for each tile. It waits for all sessions. The first error
// ends them.
func (p *painter) paint(ctx context.Context, pic *picture.Picture) error {
	drawing, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	pic.Begin()
	var tiles sync.WaitGroup
	for tile := range pic.Tiles() {
		tiles.Go(func() {
			if err := p.paintTile(drawing, giveUp, pic, tile); err != nil {
				giveUp(err)
			}
		})
	}
	tiles.Wait()
	err := context.Cause(drawing)
	pic.End(err)
	return err
}

// paintTile has a tile drawn.
func (p *painter) paintTile(ctx context.Context, giveUp context.CancelCauseFunc, pic *picture.Picture, tile int) error {
	s, err := p.sessions.dial(ctx, tile, giveUp)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return err
	}
	c := client{session: s, picture: pic, tile: tile, timeouts: p.timeouts}
	err = c.run(ctx)
	p.sessions.hangUp(tile)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if errors.Is(err, context.Canceled) {
		cancel() // A stopped program does not wait.
	}
	_ = s.Shutdown(closing) // All points are there, or of no use.
	return err
}

// closeTimeout is the time for the end of a session.
const closeTimeout = 2 * time.Second
