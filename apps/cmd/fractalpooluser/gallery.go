package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/picture"
	"github.com/rserpool-go/rserpool/apps/internal/place"
)

// A gallery is the series of pictures of a program.
type gallery struct {
	program  *program
	places   []place.Place
	observer picture.Observer
	painter  painter
}

// run draws and saves pictures until the context ends, or until there are enough.
func (g *gallery) run(ctx context.Context) error {
	for number := 1; ; number++ {
		if err := g.draw(ctx, number); err != nil {
			return err
		}
		if n := g.program.Count; n > 0 && uint(number) >= n {
			return nil
		}
		select {
		case <-time.After(g.program.Pause.Duration()):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// draw draws and saves the next picture.
func (g *gallery) draw(ctx context.Context, number int) error {
	p := g.program
	from := g.next(number)
	order := from.Order
	order.Width, order.Height = uint32(p.Width), uint32(p.Height)
	pic := picture.New(from.Name, number, order, p.Threads, g.observer)
	if err := g.painter.paint(ctx, pic); err != nil {
		return err
	}
	var files []string
	if p.PNG != "" {
		files = append(files, p.PNG)
	}
	if p.Prefix != "" {
		files = append(files, numbered(p.Prefix, number))
	}
	for _, name := range files {
		if err := save(pic.View(p.marks()), name); err != nil {
			return fmt.Errorf("picture %d not saved: %w", number, err)
		}
	}
	return nil
}

// next returns the place of a picture: the given files one after the other, otherwise a place at
// random.
func (g *gallery) next(number int) place.Place {
	if len(g.program.Files) > 0 {
		return g.places[(number-1)%len(g.places)]
	}
	return g.places[rand.IntN(len(g.places))]
}
