package registrar

import (
	"context"
	"time"

	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/registrar/internal/core"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// loop is the goroutine of a server. It owns the core, feeds it with the events of both
// endpoints, and carries out its actions.
type loop struct {
	id       wire.ServerID
	config   core.Config
	sides    [core.NumSides]endpoint
	observer observer
	news     news
	calls    chan func()   // functions that run calls
	left     chan struct{} // closed when no element is left that a peer could take over
	ended    chan struct{} // closed when run has ended

	// Fields below are used by run and by the functions that it calls.
	core    *core.Core
	leaving bool  // a peer is taking over the elements
	stopped bool  // run is to end
	final   Stats // the statistics at the end
}

// run makes the core, and feeds it until stop. The core's timers begin here, so a server that
// runs long after New still waits for a mentor.
func (l *loop) run() {
	l.core = core.New(l.config, time.Now())
	l.news.handlespace = l.core.Handlespace()
	defer func() {
		l.final = readStats(l.core, l.id)
		close(l.ended)
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var armed time.Time // the time at which the timer fires, zero after it has fired
	requests, peers := l.sides[core.ASAP].Events(), l.sides[core.ENRP].Events()
	// The local addresses are the first event of each side. Without them there is no Presence.
	l.handle(time.Now(), core.ASAP, <-requests)
	l.handle(time.Now(), core.ENRP, <-peers)
	for !l.stopped {
		// Every request passes through this select, and each case costs time, so the cases
		// are few.
		select {
		case ev := <-requests:
			l.handleAll(core.ASAP, ev, requests)
		case ev := <-peers:
			l.handleAll(core.ENRP, ev, peers)
		case f := <-l.calls:
			f()
		case <-timer.C:
			// The timer brings the time at which it was due, and the core's time must not
			// go back.
			now := time.Now()
			armed = time.Time{}
			l.carryOut(l.core.Tick(now))
		}
		l.checkLeft()
		l.news.endTurn(l.core.Deadline())
		// After the deadline has moved to a later time, the timer fires early and is armed
		// again.
		d := l.core.Deadline()
		if armed.IsZero() || d.Before(armed) {
			armed = d
			timer.Reset(time.Until(d))
		}
	}
}

// maxTurn is the time after which a turn of the loop leaves the rest of the events to the next
// turn. A part of a handle table takes some 0.2 ms.
const maxTurn = 2 * time.Millisecond

// handleAll handles an event of a side and the further events that wait at the time. A turn
// of the loop for several events is cheaper than a turn for each. The number is limited by
// the channel, or peers would wait long behind many requests.
func (l *loop) handleAll(side core.Side, first step.Event, further <-chan step.Event) {
	now := time.Now()
	l.handle(now, side, first)
	for range len(further) {
		if time.Since(now) > maxTurn {
			return
		}
		l.handle(now, side, <-further)
	}
}

// handle feeds the core with an event of a side.
func (l *loop) handle(now time.Time, side core.Side, ev step.Event) {
	l.observer.observeEvent(now, ev)
	l.carryOut(l.core.Step(now, side, ev))
}

// carryOut carries out the actions of the core.
func (l *loop) carryOut(actions []core.Action) {
	for _, a := range actions {
		l.observer.observeAction(a)
		if !l.sides[a.Side].Do(a.Action) {
			l.news.logAction(a.Action)
		}
	}
}

// checkLeft closes l.left once no element has this registrar as its home, or no peer is left
// to take elements over.
func (l *loop) checkLeft() {
	if l.leaving && (l.core.ENRP().NumPeers() == 0 || l.core.Handlespace().Owned(l.id) == 0) {
		l.leaving = false
		close(l.left)
	}
}

// call has run call a function. It fails with [ErrNotRunning] after the end of run, and with
// the context's error before its beginning.
func (l *loop) call(ctx context.Context, f func()) error {
	select {
	case l.calls <- f:
		return nil
	case <-l.ended:
		return ErrNotRunning
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave hands the elements to a peer. The channel left tells when that is done.
func (l *loop) leave() {
	_ = l.call(context.Background(), func() {
		l.leaving = true
		l.handle(time.Now(), core.ENRP, enrp.Leave{})
	})
}

// stop ends run, and waits for the end.
func (l *loop) stop() {
	_ = l.call(context.Background(), func() { l.stopped = true })
	<-l.ended
}
