package sim

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Element is the host of a pool element.
type Element struct {
	client
	pool wire.PoolHandle
	id   wire.PEID

	service *endpoint
	ref     machine.Ref
	life    int           // number of starts
	leaving bool          // the element deregisters
	gone    time.Duration // the end of the last process
}

// pool returns the pool of the i-th element or user.
func (w *World) pool(i int) wire.PoolHandle {
	return wire.PoolHandle(fmt.Sprintf("Pool%d", 1+i%w.config.Pools))
}

// newElement adds the i-th element.
func (w *World) newElement(i int) *Element {
	e := &Element{client: client{w: w, host: w.newHost(fmt.Sprintf("pe%d", i+1))}, pool: w.pool(i)}
	e.host.onAnnounce = e.step
	e.NewID()
	return e
}

// NewID draws the identifier that the element has from its next start on.
func (e *Element) NewID() {
	for {
		e.id = wire.PEID(1 + e.w.random.Uint32N(0xfffffffe))
		if o := e.w.findElement(e.pool, e.id); o == nil || o == e {
			return
		}
	}
}

// findElement returns the element with an identifier, and nil if there is none.
func (w *World) findElement(pool wire.PoolHandle, id wire.PEID) *Element {
	for _, e := range w.elements {
		if e.pool == pool && e.id == id {
			return e
		}
	}
	return nil
}

// findElementAt returns the element of a host, and nil if there is none.
func (w *World) findElementAt(addr netip.Addr) *Element {
	for _, e := range w.elements {
		if e.host.addr == addr {
			return e
		}
	}
	return nil
}

// Running reports whether the element has a process.
func (e *Element) Running() bool { return e.host.process != nil }

// Serving reports whether the element has a process that belongs into the pool.
func (e *Element) Serving() bool { return e.Running() && !e.leaving }

// Start starts a process, unless the element has a process.
func (e *Element) Start() {
	if e.Running() {
		return
	}
	e.w.fault("%s starts as %v %v", e.host.name, e.pool, e.id)
	e.leaving = false
	e.life++
	e.start(e.handleAction)
	e.service = e.host.listen(portService, owner{handle: e.handleService, decode: decodeControl})
	e.process = e.host.run(e.machine.Deadline, func() { e.step(step.Tick{}) })
	e.ref++
	e.step(machine.Register{Ref: e.ref, Pool: e.pool, Interval: e.w.config.Interval, Element: e.describe()})
}

// describe returns the element as it registers.
func (e *Element) describe() wire.PoolElement {
	return wire.PoolElement{
		ID:               e.id,
		RegistrationLife: 3 * e.w.config.Interval,
		UserTransport: wire.Transport{
			Protocol: wire.SCTP,
			Use:      wire.DataAndControl,
			Port:     portService,
			Addrs:    []netip.Addr{e.host.addr},
		},
		Policy: e.drawPolicy(),
	}
}

// drawPolicy draws the values of a policy. The pool determines its type.
func (e *Element) drawPolicy() wire.Policy {
	types := []wire.PolicyType{wire.RoundRobin, wire.WeightedRoundRobin, wire.LeastUsed}
	p := wire.Policy{Type: types[int(e.pool[len(e.pool)-1])%len(types)]}
	switch p.Type {
	case wire.WeightedRoundRobin:
		p.Weight = 1 + e.w.random.Uint32N(10)
	case wire.LeastUsed:
		p.Load = e.w.random.Uint32()
	}
	return p
}

// handleAction handles an action of the machine that is not about associations.
func (e *Element) handleAction(action step.Action) {
	switch a := action.(type) {
	case machine.Registered:
		e.w.log(e.host.name, "registered at %v", a.Home)
	case machine.Rejected:
		e.w.log(e.host.name, "rejected: %v", a.Causes)
	case machine.Deregistered:
		e.w.log(e.host.name, "deregistered")
		if e.leaving {
			e.process.after(0, e.stop)
		}
	}
}

// handleService handles an event of a session. A session gets a first cookie, and a new cookie
// as the answer to each request.
func (e *Element) handleService(ev step.Event) {
	switch ev := ev.(type) {
	case step.Up:
		e.sendCookie(ev.Assoc, 0)
	case machine.Received:
		if m, ok := ev.Message.(*asapmsg.CookieEcho); ok {
			e.sendCookie(ev.Assoc, parseCookie(m.Cookie)+1)
		}
	}
}

// sendCookie sends the cookie with a number.
func (e *Element) sendCookie(assoc step.AssocID, number uint64) {
	e.service.send(assoc, &asapmsg.Cookie{Cookie: encodeCookie(number)})
}

// Update changes the values of the element's policy.
func (e *Element) Update() {
	if e.Serving() {
		p := e.drawPolicy()
		e.w.fault("%s is %v now", e.host.name, p)
		e.step(machine.Update{Ref: e.ref, Policy: p})
	}
}

// Crash ends the process without a message to its peers. With silent the host goes down too.
func (e *Element) Crash(silent bool) {
	if !e.Running() {
		return
	}
	e.w.fault("%s crashes, host down: %v", e.host.name, silent)
	e.gone = e.w.now
	e.host.kill(silent)
}

// Leave deregisters the element, and then ends the process.
func (e *Element) Leave() {
	if !e.Serving() {
		return
	}
	e.w.fault("%s leaves", e.host.name)
	e.leaving = true
	e.process.after(2*time.Second, e.stop)
	e.step(machine.Deregister{Ref: e.ref})
}

// stop ends the process after its deregistration.
func (e *Element) stop() {
	e.w.fault("%s has left", e.host.name)
	e.gone = e.w.now
	e.host.kill(false)
}
