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

// Element is a host for a pool element.
type Element struct {
	client
	pool wire.PoolHandle
	id   wire.PEID

	service *endpoint
	ref     machine.Ref
	life    int           // how often it has been started
	leaving bool          // it is deregistering
	gone    time.Duration // when it was last seen dead
}

func (w *World) pool(i int) wire.PoolHandle {
	return wire.PoolHandle(fmt.Sprintf("Pool%d", 1+i%w.config.Pools))
}

func (w *World) newElement(i int) *Element {
	e := &Element{client: client{w: w, host: w.newHost(fmt.Sprintf("pe%d", i+1))}, pool: w.pool(i)}
	e.host.announced = e.step
	e.NewID()
	return e
}

// NewID has the element begin with another identifier when it is started next.
func (e *Element) NewID() {
	for {
		e.id = wire.PEID(1 + e.w.random.Uint32N(0xfffffffe))
		if o := e.w.elementOf(e.pool, e.id); o == nil || o == e {
			return
		}
	}
}

// elementOf returns the element that is called so, nil if there is none.
func (w *World) elementOf(pool wire.PoolHandle, id wire.PEID) *Element {
	for _, e := range w.elements {
		if e.pool == pool && e.id == id {
			return e
		}
	}
	return nil
}

// elementAt returns the element of a host, nil if there is none.
func (w *World) elementAt(addr netip.Addr) *Element {
	for _, e := range w.elements {
		if e.host.addr == addr {
			return e
		}
	}
	return nil
}

// Running reports whether there is a process.
func (e *Element) Running() bool { return e.host.process != nil }

// Serving reports whether it wants to be in its pool.
func (e *Element) Serving() bool { return e.Running() && !e.leaving }

// Start starts the process, if none is running.
func (e *Element) Start() {
	if e.Running() {
		return
	}
	e.w.fault("%s starts as %v %v", e.host.name, e.pool, e.id)
	e.leaving = false
	e.life++
	e.start(e.acted)
	e.service = e.host.listen(portService, owner{handle: e.handleService, decode: decodeControl})
	e.process = e.host.run(e.machine.Deadline, func() { e.step(step.Tick{}) })
	e.ref++
	e.step(machine.Register{
		Ref:      e.ref,
		Pool:     e.pool,
		Interval: e.w.config.Interval,
		Element: wire.PoolElement{
			ID:               e.id,
			RegistrationLife: 3 * e.w.config.Interval,
			UserTransport: wire.Transport{
				Protocol: wire.SCTP,
				Use:      wire.DataAndControl,
				Port:     portService,
				Addrs:    []netip.Addr{e.host.addr},
			},
			Policy: e.policy(),
		},
	})
}

// policy draws a policy of the pool's type.
func (e *Element) policy() wire.Policy {
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

// Update changes the values of the element's policy.
func (e *Element) Update() {
	if e.Serving() {
		p := e.policy()
		e.w.fault("%s is %v now", e.host.name, p)
		e.step(machine.Update{Ref: e.ref, Policy: p})
	}
}

// handleService gives a session its first cookie, and answers each of its requests by a new
// cookie.
func (e *Element) handleService(ev step.Event) {
	switch ev := ev.(type) {
	case step.Up:
		e.sendCookie(ev.Assoc, 0)
	case machine.Received:
		if m, ok := ev.Message.(*asapmsg.CookieEcho); ok {
			e.sendCookie(ev.Assoc, cookieNumber(m.Cookie)+1)
		}
	}
}

func (e *Element) sendCookie(assoc step.AssocID, number uint64) {
	e.service.send(assoc, &asapmsg.Cookie{Cookie: cookieOf(number)})
}

// decodeControl decodes the messages of the control channel between users and elements.
func decodeControl(assoc step.AssocID, data []byte) step.Event {
	m, err := asapmsg.Parse(data)
	if err != nil {
		return nil
	}
	return machine.Received{Assoc: assoc, Message: m}
}

// Crash ends the process without a word. With silent the host goes down too.
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
	p := e.process
	e.w.after(2*time.Second, func() {
		if p.running {
			e.stop()
		}
	})
	e.step(machine.Deregister{Ref: e.ref})
}

func (e *Element) stop() {
	e.w.fault("%s has left", e.host.name)
	e.gone = e.w.now
	e.host.kill(false)
}

func (e *Element) acted(action step.Action) {
	switch a := action.(type) {
	case machine.Registered:
		e.w.log(e.host.name, "registered at %v", a.Home)
	case machine.Rejected:
		e.w.log(e.host.name, "rejected: %v", a.Causes)
	case machine.Deregistered:
		e.w.log(e.host.name, "deregistered")
		if e.leaving {
			p := e.process
			e.w.after(0, func() {
				if p.running {
					e.stop()
				}
			})
		}
	}
}
