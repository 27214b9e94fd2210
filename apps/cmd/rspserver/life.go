package main

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
)

// hintDelay is the time after which a warning says that there is no registrar yet.
const hintDelay = 2 * time.Second

// serve is the life of the elements. They share a node, and end together.
func (p *program) serve(ctx context.Context, log *slog.Logger, out io.Writer) error {
	elements, err := p.openElements(out)
	defer closeElements(log, elements)
	if err != nil {
		return err
	}
	library := log
	if !p.Quiet {
		library = p.Log.BesideText(log)
	}
	n, err := p.ASAP.Open(ctx, log, library)
	if err != nil {
		return err
	}
	for _, e := range elements {
		defer p.Status.ReportElement(log, n, e.status)() // The final report comes after all else.
	}
	lost := newLostHome()
	shutDown := sync.OnceFunc(func() {
		closing, cancel := lost.limit(context.Background())
		defer cancel()
		if err := n.Shutdown(closing); err != nil {
			log.Warn("not deregistered", "error", cmp.Or(context.Cause(closing), err))
		}
	})
	defer shutDown()
	p.describe(out, elements)
	hint := time.AfterFunc(hintDelay, func() { log.Warn("no registrar yet, still looking", "where", p.ASAP.String()) })
	defer hint.Stop()
	defer context.AfterFunc(ctx, shutDown)() // Serve alone would wait longer for a lost registrar.
	err = inParallel(ctx, elements, func(ctx context.Context, e *element) error {
		if err := p.listen(ctx, n, e, p.notify(out, hint, lost)); err != nil {
			return err
		}
		p.announce(out, e)
		return nil
	})
	if ctx.Err() != nil || err != nil {
		return err // Without an error, the user has stopped the program before there was a registrar.
	}
	p.Ready()
	return inParallel(ctx, elements, func(ctx context.Context, e *element) error {
		return e.listener.Load().Serve(ctx, e.service)
	})
}

// inParallel calls a function for all elements at a time, and waits for all calls. It returns the
// first error, which ends the context of the other calls. It returns nil if ctx ends before.
func inParallel(ctx context.Context, elements []*element, f func(context.Context, *element) error) error {
	running, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var calls sync.WaitGroup
	for _, e := range elements {
		calls.Go(func() {
			if err := f(running, e); err != nil {
				fail(err)
			}
		})
	}
	calls.Wait()
	if err := context.Cause(running); err != context.Cause(ctx) {
		return err
	}
	return nil
}
