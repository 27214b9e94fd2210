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

// resolver is what a Watcher needs of an [asap.Node].
type resolver interface {
	Resolve(ctx context.Context, pool wire.PoolHandle, items uint32) ([]wire.PoolElement, error)
}

// A Watcher tells the user what a session waits for while it has no element.
type Watcher struct {
	node   resolver
	pool   wire.PoolHandle
	where  string // registrars are sought
	limits limits
	note   func(format string, args ...any)
}

// Watcher returns a watcher of a pool. What it finds is told by note. A failure is
// final if the command line limits what leads to it.
func (f *UserFlags) Watcher(n *asap.Node, pool wire.PoolHandle, note func(format string, args ...any)) *Watcher {
	return &Watcher{
		node:   n,
		pool:   pool,
		where:  f.String(),
		limits: limits{hunt: f.ConnectTrials > 0, requests: f.RequestTrials > 0},
		note:   note,
	}
}

// limits say which failures are final.
type limits struct {
	hunt     bool // that no registrar was found
	requests bool // that registrars did not answer
}

const (
	// watchDelay is how long a wait needs no explanation. A look before would cost
	// the pool a turn of its policy, for nothing.
	watchDelay = time.Second
	// lookDelay is how long the first look may take without a word.
	lookDelay = 200 * time.Millisecond
	// watchInterval is the time between two looks.
	watchInterval = 2 * time.Second
)

// Start watches until the returned function is called or the context ends. When there
// is nothing left to wait for, it calls giveUp with the reason.
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

// finding is what a look into the pool has shown.
type finding struct {
	text  string
	final error
}

// run looks again and again, and tells what has changed.
func (w *Watcher) run(ctx context.Context) error {
	told := ""
	tell := func(text string) {
		if text != told {
			w.note("%s", text)
			told = text
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
			tell("waiting for a registrar " + w.where)
			f = <-found
		}
		if f.final != nil || ctx.Err() != nil {
			return f.final
		}
		tell(f.text)
	}
}

// look asks what there is in the pool. It takes as long as it takes to find a
// registrar.
func (w *Watcher) look(ctx context.Context) finding {
	elements, err := w.node.Resolve(ctx, w.pool, 0)
	rejected, refused := errors.AsType[*asap.RejectedError](err)
	switch {
	case err == nil:
		return finding{text: fmt.Sprintf("about to try %s of pool %v", about(elements), w.pool)}
	case ctx.Err() != nil:
		return finding{}
	case errors.Is(err, asap.ErrPoolUnknown):
		return finding{text: fmt.Sprintf("waiting for an element of pool %v, which has none", w.pool)}
	case errors.Is(err, asap.ErrNoRegistrar) && !w.limits.hunt, errors.Is(err, asap.ErrTimeout) && !w.limits.requests:
		return finding{text: "waiting for the registrar, which does not answer"}
	case refused:
		return finding{text: rejected.Error()}
	}
	return finding{final: fmt.Errorf("%w, sought %s", err, w.where)}
}

// about says which elements there are to try. The session takes pauses that grow.
func about(elements []wire.PoolElement) string {
	if len(elements) == 1 {
		return fmt.Sprintf("element %v", elements[0].ID)
	}
	return fmt.Sprintf("%d elements, such as %v,", len(elements), elements[0].ID)
}
