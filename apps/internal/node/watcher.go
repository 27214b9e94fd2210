package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/wire"
)

// resolver is an [asap.Node].
type resolver interface {
	Resolve(ctx context.Context, pool string, c *asap.ResolveConfig) (asap.Resolution, error)
}

// A Watcher tells the user the reason why a session has no element.
type Watcher struct {
	node   resolver
	pool   string
	where  string // the places of the search for a registrar
	limits limits
	note   func(format string, args ...any)
}

// Watcher returns a watcher of a pool. It calls note with its findings. A failure is final if
// the command line has a limit for it.
func (f *UserFlags) Watcher(n *asap.Node, pool string, note func(format string, args ...any)) *Watcher {
	return &Watcher{
		node:   n,
		pool:   pool,
		where:  f.String(),
		limits: limits{hunt: f.ConnectTrials > 0, requests: f.RequestTrials > 0},
		note:   note,
	}
}

// limits are the failures that are final.
type limits struct {
	hunt     bool // no registrar was found
	requests bool // registrars did not answer
}

const (
	// watchDelay is the length of a wait that needs no explanation. An earlier look would
	// use up a turn of the pool's policy in vain.
	watchDelay = time.Second
	// lookDelay is the time that the first look may take without a note.
	lookDelay = 200 * time.Millisecond
	// watchInterval is the time between two looks.
	watchInterval = 2 * time.Second
)

// Start watches until the returned function is called or the context ends. After a final
// failure it calls giveUp.
func (w *Watcher) Start(ctx context.Context, giveUp context.CancelCauseFunc) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := w.run(ctx); err != nil && ctx.Err() == nil {
			giveUp(err)
		}
	})
	return func() {
		cancel()
		wg.Wait()
	}
}

// finding is the result of a look into the pool.
type finding struct {
	text  string
	final error
}

// run looks again and again, and notes changes.
func (w *Watcher) run(ctx context.Context) error {
	last := ""
	note := func(text string) {
		if text != last {
			w.note("%s", text)
			last = text
		}
	}
	select {
	case <-time.After(watchDelay):
	case <-ctx.Done():
		return nil
	}
	for pause := lookDelay; ; pause = watchInterval {
		timer := time.NewTimer(pause)
		found := make(chan finding, 1)
		go func() { found <- w.look(ctx) }()
		var f finding
		select {
		case f = <-found:
			if f.final != nil {
				timer.Stop()
				return f.final
			}
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
		case <-timer.C:
			note("waiting for a registrar " + w.where)
			f = <-found
		}
		if f.final != nil || ctx.Err() != nil {
			return f.final
		}
		note(f.text)
	}
}

// look asks for the elements of the pool. It waits until there is a registrar.
func (w *Watcher) look(ctx context.Context) finding {
	pool, err := w.node.Resolve(ctx, w.pool, nil)
	rejected, refused := errors.AsType[*asap.RejectedError](err)
	switch {
	case err == nil:
		return finding{text: fmt.Sprintf("trying %s of pool %v", inWords(pool.Elements), w.pool)}
	case ctx.Err() != nil:
		return finding{}
	case errors.Is(err, asap.ErrPoolUnknown):
		return finding{text: fmt.Sprintf("waiting for an element: pool %v is empty", w.pool)}
	case errors.Is(err, asap.ErrNoRegistrar) && !w.limits.hunt, errors.Is(err, asap.ErrTimeout) && !w.limits.requests:
		return finding{text: "waiting for the registrar: it does not answer"}
	case refused:
		return finding{text: rejected.Error()}
	}
	return finding{final: err}
}

// inWords returns the elements of a pool in words.
func inWords(elements []wire.PoolElement) string {
	if len(elements) == 1 {
		return fmt.Sprintf("element %v", elements[0].ID)
	}
	return fmt.Sprintf("%d elements, such as %v,", len(elements), elements[0].ID)
}
