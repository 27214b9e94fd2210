package asap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// DialConfig configures a session of a pool user.
type DialConfig struct {
	// Manual leaves it to the program when to fail over: after a
	// [FailoverNecessary] the session waits for [Session.Failover].
	Manual bool

	// RetryInterval is the pause before the pool is resolved again after none of
	// its elements could be reached; it doubles to RetryIntervalMax, and varies by
	// half. 0: 100 ms and 5 seconds.
	RetryInterval, RetryIntervalMax time.Duration
}

// A Session is a pool user's session with an element of a pool, whichever serves it
// at the time. Its methods may be called by several goroutines. Somebody must call
// Receive: what nobody takes holds up the failover behind it.
type Session struct {
	node   *Node
	pool   wire.PoolHandle
	config DialConfig
	log    *slog.Logger

	endpoint transport.Endpoint
	events   chan sessionEvent // to the loop
	items    chan Item         // to the user
	ready    chan struct{}     // closed when the session is up first

	// The loop's own.
	current *connection // what the machine is connected by
	orderly bool        // the last one was shut down by the element

	life     context.Context // until Close
	end      context.CancelFunc
	wg       sync.WaitGroup
	close    sync.Once
	closeErr error

	mu      sync.Mutex            // guards what follows
	assoc   transport.Association // nil while the session is not up, as far as the user knows
	element wire.PEID
	since   time.Time // when assoc was opened
	failure error     // why the session did not come up at the last attempt
}

// connection is an association with an element, and the goroutine that reads it.
type connection struct {
	assoc transport.Association
	since time.Time
	life  context.Context // until the element is left
	leave context.CancelFunc
	done  chan struct{} // closed when nothing is read any more
}

// sessionEvent is an event of the machine, with the connection that it concerns if it
// is one of an element's.
type sessionEvent struct {
	event step.Event
	conn  *connection
}

// Dial opens a session with an element of a pool, chosen by the registrar. It goes
// on trying until the context ends; then the error is that of the context and tells,
// joined to it, why the last attempt failed.
func (n *Node) Dial(ctx context.Context, pool wire.PoolHandle, config DialConfig) (*Session, error) {
	if err := checkPool(pool); err != nil {
		return nil, err
	}
	if min(config.RetryInterval, config.RetryIntervalMax) < 0 {
		return nil, errors.New("asap: a retry interval below 0 is configured")
	}
	// A port of its own: two sessions with one element must not share an association.
	endpoint, err := n.config.Network.Listen(ctx, transport.ListenConfig{})
	if err != nil {
		return nil, err
	}
	s := &Session{
		node:     n,
		pool:     pool,
		config:   config,
		log:      n.log.With("pool", pool),
		endpoint: endpoint,
		events:   make(chan sessionEvent),
		items:    make(chan Item, 16),
		ready:    make(chan struct{}),
	}
	var random *rand.Rand
	err = ErrClosed
	if callErr := n.call(ctx, func(time.Time) {
		if !n.closing {
			err = nil
			n.sessions[s] = struct{}{}
			random = rand.New(rand.NewPCG(n.config.Random.Uint64(), n.config.Random.Uint64()))
			s.life, s.end = context.WithCancel(n.life)
			s.wg.Go(func() { s.loop(random) })
			s.wg.Go(s.refuse)
		}
	}); callErr != nil {
		err = callErr
	}
	if err != nil {
		return nil, errors.Join(err, endpoint.Close())
	}
	select {
	case <-s.ready:
		return s, nil
	case <-ctx.Done():
		err = errors.Join(context.Cause(ctx), s.lastFailure())
	case <-s.life.Done():
		err = ErrClosed
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_ = s.Close(ended) // There is nothing to be delivered.
	return nil, err
}

// refuse ends associations that others open: the session's endpoint serves nobody.
func (s *Session) refuse() {
	for {
		assoc, err := s.endpoint.Accept(s.life)
		if err != nil {
			return // Only closing ends it.
		}
		assoc.Abort("not a server")
	}
}

func (s *Session) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = err
}

func (s *Session) lastFailure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// Pool returns the pool's handle.
func (s *Session) Pool() wire.PoolHandle { return s.pool }

// Element returns the element that serves the session, or served it last.
func (s *Session) Element() wire.PEID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.element
}

// Serving returns the element that serves the session, and since when it has been
// connected. While there is none, as far as [Session.Receive] has told, the time is
// zero.
func (s *Session) Serving() (element wire.PEID, since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.assoc == nil {
		return 0, time.Time{}
	}
	return s.element, s.since
}

// Receive returns the next item: a [Data], [FailoverNecessary] or
// [FailoverComplete]. It returns [ErrClosed] when the session is closed.
func (s *Session) Receive(ctx context.Context) (Item, error) {
	select {
	case item := <-s.items:
		if up, ok := item.(resumption); ok {
			s.use(up.conn, up.Element)
			return up.FailoverComplete, nil
		}
		return item, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-s.life.Done():
		return nil, ErrClosed
	}
}

// resumption is a FailoverComplete on its way to the user. What the user sends goes to
// the new element from when the user knows of it, so that nothing is sent to it before
// what the user has to send again.
type resumption struct {
	FailoverComplete
	conn *connection
}

// use has messages go to an element, unless it has been left before the user knew of it.
func (s *Session) use(conn *connection, element wire.PEID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.element = element
	if conn.life.Err() == nil {
		s.assoc, s.since = conn.assoc, conn.since
	}
}

// Send sends a message to the element. It fails with [ErrBroken] from when the element
// is gone until Receive has returned [FailoverComplete], and with [ErrClosed] when the
// session is closed. It waits while the element does not take what was sent before, which
// it never does if it waits in turn for this program to receive.
func (s *Session) Send(ctx context.Context, d Data) error {
	s.mu.Lock()
	assoc := s.assoc
	s.mu.Unlock()
	err := ErrBroken
	if assoc != nil {
		err = assoc.Send(ctx, transport.Message(d))
	}
	if err != nil && s.life.Err() != nil {
		return ErrClosed
	}
	if _, down := errors.AsType[*transport.DownError](err); down {
		return errors.Join(ErrBroken, err)
	}
	return err
}

// Failover has the session go on at another element, now: the one that serves it is
// reported as unreachable and left.
func (s *Session) Failover(ctx context.Context) error {
	select {
	case s.events <- sessionEvent{event: machine.Failover{}}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.life.Done():
		return ErrClosed
	}
}

// Close ends the session gracefully: what was sent is delivered while the context
// lasts.
func (s *Session) Close(ctx context.Context) error {
	s.close.Do(func() {
		s.end()
		s.wg.Wait()
		_ = s.node.call(s.node.life, func(time.Time) { delete(s.node.sessions, s) })
		s.closeErr = s.endpoint.Shutdown(ctx)
	})
	return s.closeErr
}

// loop owns the machine.
func (s *Session) loop(random *rand.Rand) {
	m := machine.NewSession(machine.SessionConfig{
		RetryInterval:    s.config.RetryInterval,
		RetryIntervalMax: s.config.RetryIntervalMax,
		Manual:           s.config.Manual,
	}, random)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	ev := sessionEvent{event: machine.Start{}}
	for {
		s.step(m, ev)
		if d := m.Deadline(); d.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(time.Until(d))
		}
		select {
		case ev = <-s.events:
		case <-timer.C:
			ev = sessionEvent{event: step.Tick{}}
		case <-s.life.Done():
			return
		}
	}
}

func (s *Session) step(m *machine.Session, ev sessionEvent) {
	switch event := ev.event.(type) {
	case machine.Connected:
		s.current, s.orderly = ev.conn, false
	case machine.Lost:
		if ev.conn != s.current {
			return // It has been left already.
		}
		s.orderly = event.Orderly
	case machine.CookieReceived:
		if ev.conn != s.current {
			return
		}
	}
	for _, action := range m.Step(time.Now(), ev.event) {
		s.act(action)
	}
}

// act does what the machine asks for. What takes time is done by another goroutine.
func (s *Session) act(action step.Action) {
	switch a := action.(type) {
	case machine.LookUp:
		s.wg.Go(func() { s.lookUp(a.Items) })
	case machine.Connect:
		s.wg.Go(func() { s.connect(a.Element) })
	case machine.Disconnect:
		s.current.assoc.Abort("failover")
	case machine.Report:
		s.log.Info("element unreachable", "pe_id", a.ID)
		_ = s.node.ReportUnreachable(s.life, s.pool, a.ID) // It fails only when all is closed.
	case machine.EchoCookie:
		// If the association is down already, its end is on its way to the machine.
		_ = sendControl(s.life, s.current.assoc, &asapmsg.CookieEcho{Cookie: a.Cookie})
	case machine.Ready:
		s.up(a)
	case machine.Broken:
		// Nothing of this element comes behind the news, and nothing goes to it.
		s.current.leave()
		s.mu.Lock()
		s.assoc = nil
		s.mu.Unlock()
		<-s.current.done
		s.current = nil
		s.log.Info("failover necessary", "pe_id", a.Element)
		s.deliver(s.life, FailoverNecessary{Element: a.Element, Cookie: a.Cookie, Orderly: s.orderly})
	}
}

// up tells the user that the session is up, and begins to read.
func (s *Session) up(a machine.Ready) {
	conn := s.current
	if a.Failover {
		s.log.Info("failover complete", "pe_id", a.Element)
		s.deliver(s.life, resumption{FailoverComplete{Element: a.Element, Cookie: a.Cookie}, conn})
	} else {
		s.use(conn, a.Element)
		close(s.ready)
	}
	s.wg.Go(func() {
		defer close(conn.done)
		s.read(conn)
	})
}

func (s *Session) lookUp(items uint32) {
	elements, err := s.node.Resolve(s.life, s.pool, items)
	if err != nil {
		s.log.Debug("pool not resolved", "error", err)
		s.fail(err)
		s.tell(s.life, sessionEvent{event: machine.NoCandidates{}})
		return
	}
	// Those that are reached by another protocol work, but not for us: they are not to
	// be reported.
	elements = slices.DeleteFunc(elements, func(e wire.PoolElement) bool {
		other := e.UserTransport.Protocol != wire.SCTP
		if other {
			s.fail(fmt.Errorf("asap: element %v serves by %v, not by SCTP", e.ID, e.UserTransport.Protocol))
		}
		return other
	})
	s.tell(s.life, sessionEvent{event: machine.Candidates{Elements: elements}})
}

func (s *Session) connect(e wire.PoolElement) {
	ctx, cancel := context.WithTimeout(s.life, s.node.config.ConnectTimeout)
	defer cancel()
	assoc, err := s.endpoint.Dial(ctx, e.UserTransport.AddrPorts())
	if err != nil {
		s.log.Debug("element not reached", "pe_id", e.ID, "error", err)
		s.fail(fmt.Errorf("asap: element %v not reached: %w", e.ID, err))
		s.tell(s.life, sessionEvent{event: machine.ConnectFailed{}})
		return
	}
	conn := &connection{assoc: assoc, since: time.Now(), done: make(chan struct{})}
	conn.life, conn.leave = context.WithCancel(s.life)
	s.tell(s.life, sessionEvent{event: machine.Connected{}, conn: conn})
}

// read passes on what an element sends until its association ends, or it is left.
func (s *Session) read(conn *connection) {
	for {
		m, err := conn.assoc.Receive(conn.life)
		if err != nil {
			var down *transport.DownError
			orderly := errors.As(err, &down) && down.Cause == transport.CauseShutdown
			s.tell(conn.life, sessionEvent{event: machine.Lost{Orderly: orderly}, conn: conn})
			return
		}
		if m.PPID != wire.PPIDASAP {
			s.deliver(conn.life, Data(m))
			continue
		}
		// A malformed cookie must not replace a good one, nor one that cannot be echoed. If
		// a report cannot be sent, the end of the association comes next.
		control, _ := receiveControl(conn.life, conn.assoc, m.Data)
		if c, ok := control.(*asapmsg.Cookie); ok && len(c.Cookie) <= maxCookie {
			s.tell(conn.life, sessionEvent{event: machine.CookieReceived{Cookie: c.Cookie}, conn: conn})
		}
	}
}

// maxCookie is the length of the longest cookie that can be sent, with its padding.
const maxCookie = 0xffff&^3 - 2*wire.MessageHeaderLen

// tell passes an event to the loop.
func (s *Session) tell(ctx context.Context, ev sessionEvent) {
	select {
	case s.events <- ev:
	case <-ctx.Done():
	}
}

// deliver passes an item to the user.
func (s *Session) deliver(ctx context.Context, item Item) {
	select {
	case s.items <- item:
	case <-ctx.Done():
	}
}
