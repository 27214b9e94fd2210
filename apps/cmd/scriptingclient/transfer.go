package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/apps/scripting"
)

// upload sends the package, and the environment if the element asks for it. It returns when the
// element has accepted the upload.
func (a *attempt) upload(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var sender sync.WaitGroup
	defer sender.Wait()
	defer cancel()
	needed, sent := make(chan bool, 1), make(chan error, 1)
	sender.Go(func() { sent <- a.sendFiles(ctx, needed) })
	answered := a.client.environment == nil
	if answered {
		needed <- false
	}
	complete := false
	var timer <-chan time.Time // Before, the time for each part of the upload is the limit.
	for {
		m, err := a.next(ctx, timer, sent)
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case nil:
			complete = true
			timer = time.After(a.client.config.transmit)
		case *scripting.Environment:
			if answered || m.Hash != a.client.environment.hash {
				return unexpected(m)
			}
			answered = true
			needed <- m.UploadNeeded
		case *scripting.Status:
			if m.Status != 0 {
				return fmt.Errorf("refused with status %d", m.Status)
			}
			if !complete {
				// The last part is on its way out of the sender.
				if err := <-sent; err != nil {
					return err
				}
			}
			return nil
		default:
			return unexpected(m)
		}
	}
}

// sendFiles sends the hash of the environment, the package, and the environment if it is needed.
func (a *attempt) sendFiles(ctx context.Context, needed <-chan bool) error {
	env := a.client.environment
	if env != nil {
		if err := a.send(ctx, &scripting.Environment{Hash: env.hash}); err != nil {
			return err
		}
	}
	if err := a.sendFile(ctx, a.work.input, "uploading"); err != nil {
		return err
	}
	waiting := time.NewTimer(a.client.config.transmit)
	defer waiting.Stop()
	select {
	case yes := <-needed:
		if !yes {
			return nil
		}
	case <-waiting.C:
		return errSlow
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return a.sendFile(ctx, env.path, "uploading environment")
}

// sendFile sends the parts of a file, and the empty part after them.
func (a *attempt) sendFile(ctx context.Context, path, phase string) error {
	f, err := os.Open(path)
	if err != nil {
		return localError(err)
	}
	defer f.Close() //nolint:errcheck // It is only read.
	info, err := f.Stat()
	if err != nil {
		return localError(err)
	}
	b := make([]byte, scripting.MaxDataLen)
	for sent := int64(0); ; {
		n, err := io.ReadFull(f, b)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return localError(err)
		}
		if err := a.send(ctx, &scripting.Upload{Data: b[:n]}); err != nil || n == 0 {
			return err
		}
		sent += int64(n)
		a.client.out.phase(a, fmt.Sprintf("%s, %d %%", phase, sent*100/max(info.Size(), sent)))
	}
}

// download stores the result.
func (a *attempt) download(ctx context.Context) error {
	place := a.work.output
	if a.status != 0 && a.work.failed != "" {
		place = a.work.failed
	}
	r, err := openResult(place, a.client.config.maxResult)
	if err != nil {
		return localError(err)
	}
	if err := a.receiveResult(ctx, r); err != nil {
		r.drop()
		return err
	}
	a.size = r.size
	if err := r.keep(place); err != nil {
		return localError(err)
	}
	return nil
}

// receiveResult receives the parts of a result up to the empty part.
func (a *attempt) receiveResult(ctx context.Context, r *result) error {
	for {
		m, err := a.next(ctx, time.After(a.client.config.transmit), nil)
		if err != nil {
			return err
		}
		part, ok := m.(*scripting.Download)
		if !ok {
			return unexpected(m)
		}
		if len(part.Data) == 0 {
			return nil
		}
		if _, err := r.Write(part.Data); err != nil {
			return localError(err)
		}
		a.client.out.phase(a, "downloading, "+inKiB(r.size))
	}
}

// inKiB returns a size for a reader.
func inKiB(octets int64) string { return fmt.Sprintf("%d KiB", (octets+1023)/1024) }
