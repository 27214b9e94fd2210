package capture

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/rserpool-go/rserpool/transport"
)

// association implements transport.Association.
type association struct {
	transport.Association
	recorder *recorder
	flow     *flow

	// order is held while a message is sent and noted, so that the peer's answer is noted later.
	// Sending does not wait meanwhile.
	order   sync.Mutex
	leaving atomic.Bool // The graceful end, if there is one, comes from this side.
	ended   sync.Once
}

var _ transport.Association = (*association)(nil)

// newAssociation decorates an association that has just come up.
func newAssociation(inner transport.Association, r *recorder, dialled bool) *association {
	remote := inner.RemoteAddrs()[0]
	a := &association{
		Association: inner,
		recorder:    r,
		flow:        newFlow(sameFamily(inner.LocalAddrs(), remote), remote, dialled),
	}
	r.note(event{kind: opened, flow: a.flow}, nil)
	return a
}

// TrySend implements transport.Association.
func (a *association) TrySend(m transport.Message) error {
	a.order.Lock()
	defer a.order.Unlock()
	err := a.Association.TrySend(m)
	if err == nil {
		a.noteMessage(m, false)
	}
	return err
}

// Send implements transport.Association. A message that had to wait is noted after it was sent, so the
// peer's answer may be noted before.
func (a *association) Send(ctx context.Context, m transport.Message) error {
	if ctx.Err() == nil {
		if err := a.TrySend(m); !errors.Is(err, transport.ErrWouldWait) {
			return err
		}
	}
	err := a.Association.Send(ctx, m)
	if err == nil {
		a.noteMessage(m, false)
	}
	return err
}

// Receive implements transport.Association.
func (a *association) Receive(ctx context.Context) (transport.Message, error) {
	m, err := a.Association.Receive(ctx)
	if err == nil {
		a.order.Lock()
		defer a.order.Unlock()
		a.noteMessage(m, true)
	} else if _, down := errors.AsType[*transport.DownError](err); down {
		a.noteEnd()
	}
	return m, err
}

func (a *association) noteMessage(m transport.Message, inbound bool) {
	a.recorder.note(event{kind: message, flow: a.flow, inbound: inbound, ppid: m.PPID, stream: m.Stream}, m.Data)
}

// Shutdown implements transport.Association.
func (a *association) Shutdown(ctx context.Context) error {
	a.leaving.Store(true)
	err := a.Association.Shutdown(ctx)
	a.noteEnd()
	return err
}

// Abort implements transport.Association.
func (a *association) Abort(reason string) {
	a.Association.Abort(reason)
	a.noteEnd()
}

// noteEnd notes the end of an association that has ended, once.
func (a *association) noteEnd() {
	down, ok := errors.AsType[*transport.DownError](a.Err())
	if !ok {
		return
	}
	a.ended.Do(func() {
		e := event{kind: ended, flow: a.flow, cause: down.Cause, inbound: !a.leaving.Load()}
		a.recorder.note(e, []byte(down.Reason[:min(len(down.Reason), maxReason)]))
	})
}
