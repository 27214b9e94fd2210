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

// sessionLoop runs the machine of a session. A goroutine owns the machine, and further goroutines
// carry out actions that take time.
type sessionLoop struct {
	node     *Node
	pool     wire.PoolHandle
	log      *slog.Logger
	endpoint transport.Endpoint
	life     context.Context // until the session is closed
	wg       sync.WaitGroup

	events  chan sessionEvent // to the machine
	items   chan Item         // to the program
	ready   chan struct{}     // closed when an element serves the session for the first time
	service service

	// The goroutine of the machine alone uses the fields below.
	current *connection // with the element of the machine
	orderly bool        // the element of the last Lost has shut the association down
}

// start starts the goroutines.
func (l *sessionLoop) start(config machine.SessionConfig, random *rand.Rand) {
	l.wg.Go(func() { l.run(machine.NewSession(config, random)) })
	l.wg.Go(l.refuse)
}

// refuse aborts associations that others open: the session's endpoint is no server.
func (l *sessionLoop) refuse() {
	for {
		assoc, err := l.endpoint.Accept(l.life)
		if err != nil {
			return // The session is closed.
		}
		assoc.Abort("not a server")
	}
}

// run owns the machine until the session is closed.
func (l *sessionLoop) run(m *machine.Session) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	ev := sessionEvent{event: machine.Start{}}
	for {
		l.step(m, ev)
		if d := m.Deadline(); d.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(time.Until(d))
		}
		select {
		case ev = <-l.events:
		case <-timer.C:
			ev = sessionEvent{event: step.Tick{}}
		case <-l.life.Done():
			return
		}
	}
}

// step feeds the machine with an event, unless the event comes from an element that the session
// has left, and carries out the actions.
func (l *sessionLoop) step(m *machine.Session, ev sessionEvent) {
	switch event := ev.event.(type) {
	case machine.Connected:
		l.current, l.orderly = ev.conn, false
	case machine.Lost:
		if ev.conn != l.current {
			return
		}
		l.orderly = event.Orderly
	case machine.CookieReceived:
		if ev.conn != l.current {
			return
		}
	}
	for _, action := range m.Step(time.Now(), ev.event) {
		l.carryOut(action)
	}
}

// carryOut carries out an action of the machine.
func (l *sessionLoop) carryOut(action step.Action) {
	switch a := action.(type) {
	case machine.LookUp:
		l.wg.Go(func() { l.lookUp(a.Items) })
	case machine.Connect:
		l.wg.Go(func() { l.connect(a.Element) })
	case machine.Disconnect:
		l.current.assoc.Abort("failover")
	case machine.Report:
		l.log.Info("element unreachable", "pe_id", a.ID)
		_ = l.node.ReportUnreachable(l.life, l.pool, a.ID) // It fails only at the end.
	case machine.EchoCookie:
		// RFC 5352, 3.8: "it SHOULD send the latest received cookie parameter in an
		// ASAP_COOKIE_ECHO message to the new PE as the first message on the control
		// channel". If the association is down, its Lost is on its way to the machine.
		_ = sendControl(l.life, l.current.assoc, &asapmsg.CookieEcho{Cookie: a.Cookie})
	case machine.Ready:
		l.resume(a)
	case machine.Broken:
		l.interrupt(a)
	}
}

// resume begins to read from an element, and tells the program that it serves the session.
func (l *sessionLoop) resume(a machine.Ready) {
	conn := l.current
	if a.Failover {
		l.log.Info("failover complete", "pe_id", a.Element)
		l.deliver(l.life, resumption{FailoverComplete{Element: a.Element, Cookie: a.Cookie}, conn})
	} else {
		l.service.use(conn, a.Element)
		close(l.ready)
	}
	l.wg.Go(func() {
		defer close(conn.done)
		l.read(conn)
	})
}

// interrupt leaves the element, and then tells the program. Afterwards no message of the element is
// delivered, and no message is sent to it.
func (l *sessionLoop) interrupt(a machine.Broken) {
	l.current.leave()
	l.service.drop()
	<-l.current.done
	l.current = nil
	l.log.Info("failover necessary", "pe_id", a.Element)
	l.deliver(l.life, FailoverNecessary{Element: a.Element, Cookie: a.Cookie, Orderly: l.orderly})
}

// lookUp resolves the pool for the machine.
func (l *sessionLoop) lookUp(items uint32) {
	elements, err := l.node.Resolve(l.life, l.pool, items)
	if err != nil {
		l.log.Debug("pool not resolved", "error", err)
		l.service.setFailure(err)
		l.tell(l.life, sessionEvent{event: machine.NoCandidates{}})
		return
	}
	// An element that serves by another protocol may work for other users, so the session does
	// not report it as unreachable.
	elements = slices.DeleteFunc(elements, func(e wire.PoolElement) bool {
		other := e.UserTransport.Protocol != wire.SCTP
		if other {
			l.service.setFailure(fmt.Errorf("asap: element %v serves by %v, not by SCTP", e.ID, e.UserTransport.Protocol))
		}
		return other
	})
	l.tell(l.life, sessionEvent{event: machine.Candidates{Elements: elements}})
}

// connect opens an association with an element for the machine.
func (l *sessionLoop) connect(e wire.PoolElement) {
	ctx, cancel := context.WithTimeout(l.life, l.node.config.ConnectTimeout)
	defer cancel()
	assoc, err := l.endpoint.Dial(ctx, e.UserTransport.AddrPorts())
	if err != nil {
		l.log.Debug("element not reached", "pe_id", e.ID, "error", err)
		l.service.setFailure(fmt.Errorf("asap: element %v not reached: %w", e.ID, err))
		l.tell(l.life, sessionEvent{event: machine.ConnectFailed{}})
		return
	}
	conn := &connection{assoc: assoc, since: time.Now(), done: make(chan struct{})}
	conn.life, conn.leave = context.WithCancel(l.life)
	l.tell(l.life, sessionEvent{event: machine.Connected{}, conn: conn})
}

// read delivers the messages of an element until its association ends, or the session leaves it.
func (l *sessionLoop) read(conn *connection) {
	for {
		m, err := conn.assoc.Receive(conn.life)
		if err != nil {
			down, ok := errors.AsType[*transport.DownError](err)
			orderly := ok && down.Cause == transport.CauseShutdown
			l.tell(conn.life, sessionEvent{event: machine.Lost{Orderly: orderly}, conn: conn})
			return
		}
		if m.PPID != wire.PPIDASAP {
			l.deliver(conn.life, Data(m))
			continue
		}
		// A cookie that is malformed or too long to be echoed must not replace a good cookie.
		// If a report cannot be sent, Receive fails next.
		control, _ := receiveControl(conn.life, conn.assoc, m.Data)
		if c, ok := control.(*asapmsg.Cookie); ok && len(c.Cookie) <= maxCookie {
			l.tell(conn.life, sessionEvent{event: machine.CookieReceived{Cookie: c.Cookie}, conn: conn})
		}
	}
}

// tell passes an event to the machine.
func (l *sessionLoop) tell(ctx context.Context, ev sessionEvent) {
	select {
	case l.events <- ev:
	case <-ctx.Done():
	}
}

// deliver passes an item to the program.
func (l *sessionLoop) deliver(ctx context.Context, item Item) {
	select {
	case l.items <- item:
	case <-ctx.Done():
	}
}
