package sim

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// User is a host for a pool user, which has one session with its pool, and resolves
// it again and again besides.
type User struct {
	client
	pool wire.PoolHandle

	session  *machine.Session
	sessions *endpoint

	token  machine.Token
	lookUp machine.Token // of the session, 0: none
	asked  machine.Token // besides the session, 0: none

	assoc     step.AssocID // of the session, 0: none
	dials     step.DialID
	connected *Element
	number    uint64        // of the newest cookie
	answered  time.Duration // when it came
	resolved  time.Duration // when the last resolution was answered
}

func (w *World) newUser(i int) *User {
	u := &User{client: client{w: w, host: w.newHost(fmt.Sprintf("pu%d", i+1))}, pool: w.pool(i)}
	u.host.announced = u.step
	return u
}

// Running reports whether there is a process.
func (u *User) Running() bool { return u.host.process != nil }

// Start starts the process, if none is running.
func (u *User) Start() {
	if u.Running() {
		return
	}
	u.w.fault("%s starts", u.host.name)
	u.start(u.acted)
	u.assoc, u.connected, u.number, u.lookUp, u.asked = 0, nil, 0, 0, 0
	u.session = machine.NewSession(machine.SessionConfig{}, u.w.machineRandom())
	u.sessions = u.host.listen(portSession, owner{handle: u.handleSession, decode: decodeControl})
	u.process = u.host.run(u.deadline, u.tick)
	u.use(u.process)
	u.stepSession(machine.Start{})
}

// Crash ends the process without a word. With silent the host goes down too.
func (u *User) Crash(silent bool) {
	u.w.fault("%s crashes, host down: %v", u.host.name, silent)
	u.host.kill(silent)
}

func (u *User) deadline() time.Time {
	d, s := u.machine.Deadline(), u.session.Deadline()
	if d.IsZero() || !s.IsZero() && s.Before(d) {
		return s
	}
	return d
}

func (u *User) tick() {
	u.step(step.Tick{})
	u.stepSession(step.Tick{})
}

// useInterval is the time between a user's requests.
const useInterval = time.Second

// use sends a request to the session's element, and resolves the pool.
func (u *User) use(p *process) {
	if !p.running {
		return
	}
	if u.assoc != 0 && u.connected != nil {
		u.sessions.send(u.assoc, &asapmsg.CookieEcho{Cookie: cookieOf(u.number)})
	}
	if u.asked == 0 {
		u.token++
		u.asked = u.token
		u.step(machine.Resolve{Token: u.token, Pool: u.pool})
	}
	u.w.after(u.w.between(useInterval/2, useInterval*3/2), func() { u.use(p) })
}

// acted does what the client asks for.
func (u *User) acted(action step.Action) {
	var ev step.Event
	switch a := action.(type) {
	case machine.Resolved:
		u.offered(a.Elements)
		if u.another(a.Token) {
			return
		}
		ev = machine.Candidates{Elements: a.Elements}
		if len(a.Elements) == 0 {
			ev = machine.NoCandidates{}
		}
	case machine.ResolveFailed:
		if u.another(a.Token) {
			return
		}
		ev = machine.NoCandidates{}
	default:
		return
	}
	u.lookUp = 0
	p := u.process
	u.w.after(0, func() {
		if p.running {
			u.stepSession(ev)
		}
	})
}

// another reports whether a resolution that is over was not for the session.
func (u *User) another(token machine.Token) bool {
	if token == u.asked {
		u.asked = 0
	}
	return token != u.lookUp
}

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
			u.connected = u.w.elementAt(to.Addr()) // It may have another identifier by now.
			u.sessions.dial(u.dials, to)
		case machine.Disconnect:
			u.sessions.abort(u.assoc)
			u.assoc = 0
		case machine.Report:
			u.step(machine.ReportUnreachable{Pool: u.pool, ID: a.ID})
		case machine.EchoCookie:
			if got := cookieNumber(a.Cookie); got != u.number {
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

// handleSession takes the events of the association with the session's element.
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

func (u *User) takeCookie(m *asapmsg.Cookie) {
	u.answered = u.w.now
	// An element greets with a number of its own before it has seen ours.
	if n := cookieNumber(m.Cookie); n > u.number {
		u.number = n
		u.stepSession(machine.CookieReceived{Cookie: m.Cookie})
	}
}

func cookieOf(number uint64) []byte { return binary.BigEndian.AppendUint64(nil, number) }

func cookieNumber(cookie []byte) uint64 {
	if len(cookie) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(cookie)
}
