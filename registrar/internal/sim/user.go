package sim

import (
	"errors"
	"fmt"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// User is the host of a pool user. The user has a session with its pool, and also resolves the
// pool again and again.
type User struct {
	client
	pool wire.PoolHandle

	session  *machine.Session
	sessions *endpoint

	token  machine.Token // of the last resolution
	lookUp machine.Token // resolution for the session, 0: none
	asked  machine.Token // resolution beside the session, 0: none

	assoc     step.AssocID  // of the session, 0: none
	dials     step.DialID   // number of dials
	connected *Element      // the element of the last dial
	number    uint64        // of the newest cookie
	answered  time.Duration // arrival of the newest cookie
	resolved  time.Duration // arrival of the last answer to a resolution
}

// newUser adds the i-th user.
func (w *World) newUser(i int) *User {
	u := &User{client: client{w: w, host: w.newHost(fmt.Sprintf("pu%d", i+1))}, pool: w.pool(i)}
	u.host.onAnnounce = u.step
	return u
}

// Running reports whether the user has a process.
func (u *User) Running() bool { return u.host.process != nil }

// Start starts a process, unless the user has a process.
func (u *User) Start() {
	if u.Running() {
		return
	}
	u.w.fault("%s starts", u.host.name)
	u.start(u.handleAction)
	u.assoc, u.connected, u.number, u.lookUp, u.asked = 0, nil, 0, 0, 0
	u.session = machine.NewSession(machine.SessionConfig{}, u.w.newRandom())
	u.sessions = u.host.listen(portSession, owner{handle: u.handleSession, decode: decodeControl})
	u.process = u.host.run(u.deadline, u.tick)
	u.sendRequests(u.process)
	u.stepSession(machine.Start{})
}

// Crash ends the process without a message to its peers. With silent the host goes down too.
func (u *User) Crash(silent bool) {
	u.w.fault("%s crashes, host down: %v", u.host.name, silent)
	u.host.kill(silent)
}

// deadline returns the earlier deadline of both machines.
func (u *User) deadline() time.Time {
	d, s := u.machine.Deadline(), u.session.Deadline()
	if d.IsZero() || !s.IsZero() && s.Before(d) {
		return s
	}
	return d
}

// tick calls both machines.
func (u *User) tick() {
	u.step(step.Tick{})
	u.stepSession(step.Tick{})
}

// useInterval is the mean time between requests of a user.
const useInterval = time.Second

// sendRequests sends a request to the session's element and resolves the pool, again and again
// until the process p ends.
func (u *User) sendRequests(p *process) {
	if !p.running {
		return
	}
	if u.assoc != 0 && u.connected != nil {
		u.sessions.send(u.assoc, &asapmsg.CookieEcho{Cookie: encodeCookie(u.number)})
	}
	if u.asked == 0 {
		u.token++
		u.asked = u.token
		u.step(machine.Resolve{Token: u.token, Pool: u.pool})
	}
	u.w.after(u.w.draw(useInterval/2, useInterval*3/2), func() { u.sendRequests(p) })
}

// handleAction handles an action of the client that is not about associations.
func (u *User) handleAction(action step.Action) {
	switch a := action.(type) {
	case machine.Resolved:
		u.checkOffer(a.Elements)
		if len(a.Elements) == 0 {
			u.endResolution(a.Token, machine.NoCandidates{})
		} else {
			u.endResolution(a.Token, machine.Candidates{Elements: a.Elements})
		}
	case machine.ResolveFailed:
		u.endResolution(a.Token, machine.NoCandidates{})
	}
}

// endResolution feeds the session with the result of a resolution, if the resolution is for the
// session.
func (u *User) endResolution(token machine.Token, result step.Event) {
	if token == u.asked {
		u.asked = 0
	}
	if token == u.lookUp {
		u.lookUp = 0
		u.process.after(0, func() { u.stepSession(result) })
	}
}

// checkOffer checks that a resolution returns no element that is dead for long.
func (u *User) checkOffer(elements []wire.PoolElement) {
	u.resolved = u.w.now
	for i := range elements {
		id := elements[i].ID
		e := u.w.findElement(u.pool, id)
		if e != nil && e.Running() {
			continue
		}
		var since time.Duration
		if e != nil {
			since = e.gone
		}
		if late := u.w.now - max(since, u.w.faultAt); late > u.w.bound() {
			u.w.violate("%s is offered %v %v, which is dead for %v", u.host.name, u.pool, id, late)
		}
	}
}

// stepSession feeds the machine of the session and carries out its actions.
func (u *User) stepSession(ev step.Event) {
	for _, action := range u.session.Step(u.host.clock(), ev) {
		switch a := action.(type) {
		case machine.LookUp:
			u.token++
			u.lookUp = u.token
			u.step(machine.Resolve{Token: u.token, Pool: u.pool, Items: a.Items})
		case machine.Connect:
			u.dials++
			to := a.Element.UserTransport.AddrPorts()[0]
			u.connected = u.w.findElementAt(to.Addr()) // Its identifier may be new by now.
			u.sessions.dial(u.dials, to)
		case machine.Disconnect:
			u.sessions.abort(u.assoc)
			u.assoc = 0
		case machine.Report:
			u.step(machine.ReportUnreachable{Pool: u.pool, ID: a.ID})
		case machine.EchoCookie:
			if got := parseCookie(a.Cookie); got != u.number {
				u.w.violate("%s shows cookie %d, not the newest %d", u.host.name, got, u.number)
			}
			u.sessions.send(u.assoc, &asapmsg.CookieEcho{Cookie: a.Cookie})
		case machine.Ready:
			u.w.log(u.host.name, "session with %v, failover: %v, cookie: %v", a.Element, a.Failover, a.Cookie)
		case machine.Broken:
			u.w.log(u.host.name, "session with %v is broken", a.Element)
		}
	}
	u.process.arm()
}

// handleSession handles an event of the association with the session's element.
func (u *User) handleSession(ev step.Event) {
	switch ev := ev.(type) {
	case step.Up:
		if ev.Dial == u.dials && ev.Dial != 0 {
			u.assoc = ev.Assoc
			u.stepSession(machine.Connected{})
		}
	case step.Down:
		if ev.Assoc == u.assoc {
			u.assoc = 0
			cause, ok := errors.AsType[*transport.DownError](ev.Err)
			u.stepSession(machine.Lost{Orderly: ok && cause.Cause == transport.CauseShutdown})
		}
	case step.DialFailed:
		if ev.Dial == u.dials {
			u.stepSession(machine.ConnectFailed{})
		}
	case machine.Received:
		if m, ok := ev.Message.(*asapmsg.Cookie); ok && ev.Assoc == u.assoc {
			u.takeCookie(m)
		}
	}
}

// takeCookie keeps a cookie if it is newer than the present cookie.
func (u *User) takeCookie(m *asapmsg.Cookie) {
	u.answered = u.w.now
	// The first cookie of an element has a number of its own.
	if n := parseCookie(m.Cookie); n > u.number {
		u.number = n
		u.stepSession(machine.CookieReceived{Cookie: m.Cookie})
	}
}
