package asap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// userSession is a pool user's side of a session. Its machine is run by the node's loop.
type userSession struct {
	node    *Node
	pool    wire.PoolHandle
	config  DialConfig
	log     *slog.Logger
	session *Session
	ready   pending[struct{}] // the first element serves the session

	life   context.Context // until the session is closed
	end    context.CancelFunc
	wg     sync.WaitGroup
	ending *ending

	// The loop's own.
	machine  *machine.Session
	deadline time.Time     // of the machine, while the session is in the node's heap
	position int           // in the heap; -1: not there
	lookUp   machine.Token // under way, 0: none
	current  *connection   // that the machine is connected by, nil: none
	orderly  bool          // the element has shut it down
	stopped  bool          // the step waits for Failover, if it breaks the session
	lostAt   time.Time

	view view // as the program sees the session
}

// sessionEvent is an event of a session, with the connection that it concerns.
type sessionEvent struct {
	session *userSession
	event   step.Event
	conn    *connection // nil: none
}

func newUserSession(n *Node, pool wire.PoolHandle, config DialConfig) *userSession {
	u := &userSession{
		node:     n,
		pool:     pool,
		config:   config,
		log:      n.log.With("pool", pool),
		ready:    newPending[struct{}](),
		ending:   newEnding(),
		position: -1,
	}
	u.view.manual = config.Manual
	u.session = &Session{pool: pool, side: u}
	u.life, u.end = context.WithCancel(context.Background())
	return u
}

// start is run by the node's loop, like the methods below.
func (u *userSession) start(now time.Time) {
	n := u.node
	n.users[u] = struct{}{}
	random := rand.New(rand.NewPCG(n.config.Random.Uint64(), n.config.Random.Uint64()))
	u.machine = machine.NewSession(machine.SessionConfig{
		RetryInterval:    u.config.RetryInterval,
		RetryIntervalMax: u.config.RetryIntervalMax,
		Manual:           u.config.Manual,
	}, random)
	u.step(now, sessionEvent{event: machine.Start{}})
}

// step feeds the machine and carries out its actions.
func (u *userSession) step(now time.Time, ev sessionEvent) {
	if u.life.Err() != nil {
		// The end of the session has the connection that was there before.
		if _, ok := ev.event.(machine.Connected); ok {
			u.drop(ev.conn, "closed")
		}
		return
	}
	switch event := ev.event.(type) {
	case machine.Connected:
		u.current, u.orderly = ev.conn, false
	case machine.Lost:
		if ev.conn != u.current {
			return // It has been left already.
		}
		u.orderly = event.Orderly
	case machine.CookieReceived:
		if ev.conn != u.current {
			return
		}
	}
	_, lost := ev.event.(machine.Lost)
	u.stopped = lost && u.config.Manual
	for _, action := range u.machine.Step(now, ev.event) {
		u.act(now, action)
	}
	u.node.waiting.set(u, u.machine.Deadline())
}

// act carries out an action of the machine. Work that takes time is done by another
// goroutine.
func (u *userSession) act(now time.Time, action step.Action) {
	switch a := action.(type) {
	case machine.LookUp:
		u.lookUp = u.node.resolve(now, u.pool, a.Items, u.resolved)
	case machine.Connect:
		u.wg.Go(func() { u.connect(a.Element) })
	case machine.Disconnect:
		u.current.leave()
	case machine.Report:
		u.log.Debug("element unreachable", "pe_id", a.ID)
		u.node.step(now, machine.ReportUnreachable{Pool: u.pool, ID: a.ID})
	case machine.EchoCookie:
		// A new association has room. If the association is down already, Lost follows.
		if m, err := controlMessage(&asapmsg.CookieEcho{Cookie: a.Cookie}); err == nil {
			_ = u.current.assoc.TrySend(m)
		}
	case machine.Ready:
		u.setUp(now, a)
	case machine.Broken:
		u.setDown(now, a)
	}
}

// resolved passes the answer to a resolution on to the machine.
func (u *userSession) resolved(now time.Time, r resolution) {
	u.lookUp = 0
	if err := r.failure(); err != nil {
		u.log.Debug("pool not resolved", "error", err)
		u.view.setFailure(err)
		u.step(now, sessionEvent{event: machine.NoCandidates{}})
		return
	}
	// Elements with another protocol work, but not for this session: no report.
	elements := slices.DeleteFunc(slices.Clone(r.Elements), func(e wire.PoolElement) bool {
		other := e.UserTransport.Protocol != wire.SCTP
		if other {
			u.view.setFailure(fmt.Errorf("element %v serves by %v, not by SCTP", e.ID, e.UserTransport.Protocol))
		}
		return other
	})
	u.step(now, sessionEvent{event: machine.Candidates{Elements: elements}})
}

// setUp tells the program that the session is up, and begins to read.
func (u *userSession) setUp(now time.Time, a machine.Ready) {
	c := u.current
	c.inbox.arrived = u.view.wake
	u.view.setUp(c, a.Cookie)
	if a.Failover {
		u.log.Info("session moved", "pe_id", a.Element, "after", now.Sub(u.lostAt).Round(time.Microsecond))
	}
	u.ready.complete(struct{}{}, nil)
	u.notify(SessionUp{Element: a.Element, Failover: a.Failover, StateRestored: a.Cookie})
	u.wg.Go(func() { c.read(func(ev sessionEvent) { u.tell(ev) }) })
}

// setDown tells the program that the element is gone. Nothing of this element comes behind the
// news, and nothing goes to it.
func (u *userSession) setDown(now time.Time, a machine.Broken) {
	c := u.current
	u.current, u.lostAt = nil, now
	c.inbox.close()
	u.view.setDown(u.orderly, u.stopped)
	u.log.Debug("element lost", "pe_id", a.Element, "orderly", u.orderly)
	u.notify(SessionLost{Element: a.Element, State: a.Cookie, Orderly: u.orderly})
	u.drop(c, "failover")
}

// drop leaves an element without holding up the loop.
func (u *userSession) drop(c *connection, reason string) {
	u.node.wg.Go(func() { c.drop(reason) })
}

func (u *userSession) notify(ev Event) {
	if u.config.Notify != nil {
		u.node.notify.add(func() { u.config.Notify(ev) })
	}
}

// connect opens an association with an element, in a goroutine of its own.
func (u *userSession) connect(e wire.PoolElement) {
	c, err := u.node.connect(u.life, e)
	if err != nil {
		u.log.Debug("element not reached", "pe_id", e.ID, "error", err)
		u.view.setFailure(fmt.Errorf("element %v not reached: %w", e.ID, err))
		_, local := errors.AsType[*bindError](err)
		u.tell(sessionEvent{event: machine.ConnectFailed{Local: local}})
		return
	}
	if !u.tell(sessionEvent{event: machine.Connected{}, conn: c}) {
		c.drop("closed")
	}
}

// tell passes an event to the loop. It returns false if the session is closed.
func (u *userSession) tell(ev sessionEvent) bool {
	ev.session = u
	select {
	case u.node.sessions <- ev:
		return true
	case <-u.life.Done():
		return false
	}
}

func (u *userSession) send(ctx context.Context, m Message) error {
	_, err := u.sendTo(ctx, m)
	return err
}

// sendTo sends a message to the element that the program knows, and returns the connection
// that has taken it.
func (u *userSession) sendTo(ctx context.Context, m Message) (*connection, error) {
	var failed *connection
	for {
		c, err := u.view.target(ctx, failed)
		if err != nil {
			return nil, err
		}
		err = c.assoc.Send(ctx, transport.Message(m))
		if _, down := errors.AsType[*transport.DownError](err); !down {
			return c, err
		}
		failed = c // The loop hears of the end as well.
	}
}

func (u *userSession) receive(ctx context.Context) (Message, error) {
	return u.view.receive(ctx, nil)
}

func (u *userSession) request(ctx context.Context, m Message) (answer Message, err error) {
	for {
		var c *connection
		if c, err = u.sendTo(ctx, m); err == nil {
			answer, err = u.view.receive(ctx, c)
		}
		if failover, moved := errors.AsType[*FailoverError](err); !moved || failover.To == 0 {
			return answer, err // Without a successor the program has to decide.
		}
	}
}

func (u *userSession) failOver(ctx context.Context, how machine.Failover) error {
	err := ErrClosed
	var moved bool
	var ups int
	callErr := u.node.call(ctx, func(now time.Time) {
		if u.life.Err() == nil {
			err = nil
			if moved, ups = u.view.resume(); !moved { // Else the known element is left already.
				u.step(now, sessionEvent{event: how})
			}
		}
	})
	if callErr != nil {
		return callErr
	}
	if err != nil || moved {
		return err
	}
	return u.view.awaitUp(ctx, ups)
}

func (u *userSession) shutDown(ctx context.Context) error { return u.ending.shutDown(ctx, u.finish) }

func (u *userSession) abort(string) { _ = u.ending.close(u.finish) }

// finish ends the session, and then the association with its element. When the context ends,
// the association is aborted.
func (u *userSession) finish(ctx context.Context) (err error) {
	var c *connection
	_ = u.node.call(u.node.life, func(now time.Time) {
		c = u.stop(now)
	})
	u.end()
	u.view.close()
	switch {
	case c == nil:
	case ctx.Err() != nil:
		c.drop("closed")
		err = ctx.Err()
	default:
		err = c.shutDown(ctx)
	}
	u.wg.Wait()
	return err
}

// stop is run by the node's loop. It returns the connection with the element, nil if there
// is none.
func (u *userSession) stop(now time.Time) *connection {
	n := u.node
	delete(n.users, u)
	n.waiting.set(u, time.Time{})
	if u.lookUp != 0 {
		n.cancel(now, u.lookUp)
	}
	u.end()
	c := u.current
	u.current = nil
	return c
}

func (u *userSession) addrs() (local, remote []netip.AddrPort) {
	if c, _ := u.view.serving(); c != nil {
		return c.assoc.LocalAddrs(), c.assoc.RemoteAddrs()
	}
	return nil, nil
}

func (u *userSession) element() wire.PEID {
	_, id := u.view.serving()
	return id
}
