package sim

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
	"github.com/rserpool-go/rserpool/registrar/internal/core"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Registrar is a host for a registrar.
type Registrar struct {
	w    *World
	host *host
	id   wire.ServerID

	// Of the running process.
	process *process
	core    *core.Core
	sides   [core.NumSides]*endpoint
	ready   bool
	leaving bool
	closing bool
}

func (w *World) newRegistrar(i int) *Registrar {
	r := &Registrar{w: w, host: w.newHost(fmt.Sprintf("pr%d", i+1))}
	r.NewID()
	return r
}

// NewID has the registrar begin with another identifier when it is started next.
func (r *Registrar) NewID() { r.id = wire.ServerID(1 + r.w.random.Uint32N(0xfffffffe)) }

// ID returns the registrar's identifier.
func (r *Registrar) ID() wire.ServerID { return r.id }

// Running reports whether there is a process.
func (r *Registrar) Running() bool { return r.host.process != nil }

// Serving reports whether there is a process that is not about to end.
func (r *Registrar) Serving() bool { return r.Running() && !r.leaving }

// Handlespace returns the handlespace of the running process.
func (r *Registrar) Handlespace() *handlespace.Handlespace { return r.core.Handlespace() }

// Sent returns what the process has sent to other registrars.
func (r *Registrar) Sent() Traffic { return r.sides[core.ENRP].sent }

// Start starts the process, if none is running.
func (r *Registrar) Start() {
	if r.Running() {
		return
	}
	w := r.w
	w.fault("%s starts as %v", r.host.name, r.id)
	r.ready, r.leaving, r.closing = false, false, false
	config := core.Config{Elements: w.config.ASAP, Peers: w.config.ENRP, Random: w.machineRandom()}
	config.Elements.ID, config.Peers.ID = r.id, r.id
	config.Peers.Peers = w.staticPeers(r)
	r.core = core.New(config, r.host.clock())
	rtt := 2 * w.config.Network.Delay
	r.sides = [core.NumSides]*endpoint{
		core.ASAP: r.host.listen(portASAP, owner{handle: r.stepper(core.ASAP), decode: decoder(r.host, rtt, asapmsg.Parse)}),
		core.ENRP: r.host.listen(portENRP, owner{handle: r.stepper(core.ENRP), decode: decoder(r.host, rtt, enrpmsg.Parse)}),
	}
	r.process = r.host.run(r.core.Deadline, func() { r.act(r.core.Tick(r.host.clock())) })
	r.step(core.ENRP, step.LocalAddrs{Addrs: []netip.AddrPort{r.sides[core.ENRP].addr}})
}

// staticPeers returns the peers that a registrar is configured with.
func (w *World) staticPeers(r *Registrar) [][]netip.AddrPort {
	var out [][]netip.AddrPort
	for i, p := range w.registrars {
		next := w.registrars[(i+len(w.registrars)-1)%len(w.registrars)]
		if w.config.StaticPeers || w.config.ChainedPeers && next == r {
			out = append(out, []netip.AddrPort{netip.AddrPortFrom(p.host.addr, portENRP)})
		}
	}
	return out
}

// Crash ends the process without a word. With silent the host goes down too.
func (r *Registrar) Crash(silent bool) {
	r.w.fault("%s crashes, host down: %v", r.host.name, silent)
	r.host.kill(silent)
}

// Pause has the process do nothing for a time. What it is sent meanwhile waits.
func (r *Registrar) Pause(d time.Duration) {
	if !r.Running() {
		return
	}
	w, p := r.w, r.process
	w.fault("%s pauses for %v", r.host.name, d)
	p.paused = w.now + d
	c := w.cut(r.host.name+" pauses", func(from, to *host) bool { return from == r.host || to == r.host })
	w.after(d, c.Heal)
}

const (
	leaveTimeout = 2 * time.Second
	closeTimeout = 2 * time.Second
)

// Leave ends the process as a signal does.
func (r *Registrar) Leave() {
	if !r.Serving() {
		return
	}
	p := r.process
	r.w.fault("%s leaves", r.host.name)
	r.leaving = true
	r.w.after(leaveTimeout, func() {
		if p.running {
			r.shutDown()
		}
	})
	r.step(core.ENRP, enrp.Leave{})
}

// shutDown ends the associations, and then the process.
func (r *Registrar) shutDown() {
	if r.closing {
		return
	}
	p := r.process
	r.closing = true
	r.w.log(r.host.name, "shuts down")
	for _, ep := range r.sides {
		for _, h := range ep.all {
			ep.end(h.id)
		}
	}
	r.w.after(closeTimeout, func() {
		if p.running {
			r.w.fault("%s has left", r.host.name)
			r.host.kill(false)
		}
	})
}

// stepper returns the handler for the events of a side.
func (r *Registrar) stepper(side core.Side) func(step.Event) {
	return func(ev step.Event) { r.step(side, ev) }
}

func (r *Registrar) step(side core.Side, ev step.Event) {
	r.act(r.core.Step(r.host.clock(), side, ev))
}

// act does what the registrar asks for.
func (r *Registrar) act(actions []core.Action) {
	for _, a := range actions {
		if !r.sides[a.Side].do(a.Action) {
			r.note(a)
		}
	}
	if r.leaving && (r.core.Peers().NumPeers() == 0 || r.Handlespace().Owned(r.id) == 0) {
		r.shutDown()
	}
	r.process.arm()
}

// note carries out the actions that are not about associations.
func (r *Registrar) note(action core.Action) {
	switch a := action.Action.(type) {
	case step.Multicast:
		if action.Side == core.ASAP {
			r.announce(a.Message)
		} else {
			r.multicast(a.Message)
		}
	case asapside.ElementRegistered:
		r.w.log(r.host.name, "registered %v %v", a.Pool, a.ID)
	case asapside.ElementMoved:
		r.w.log(r.host.name, "%v %v moved from association %d to %d", a.Pool, a.ID, a.From, a.To)
	case asapside.ElementAdopted:
		r.w.log(r.host.name, "adopted %v %v", a.Pool, a.ID)
	case asapside.ElementRemoved:
		r.w.log(r.host.name, "removed %v %v: %s", a.Pool, a.ID, a.Reason)
	case enrp.Ready:
		r.ready = true
		r.w.log(r.host.name, "ready, mentor %v", a.Mentor)
	case enrp.TakenOver:
		r.w.log(r.host.name, "takes over %v %v, claimed: %v", a.Pool, a.ID, a.Claimed)
	case enrp.PeerFound:
		r.w.log(r.host.name, "found peer %v", a.ID)
	case enrp.PeerLost:
		r.w.log(r.host.name, "lost peer %v, %d elements", a.ID, a.Elements)
	case enrp.Duplicate:
		r.w.log(r.host.name, "is not the only one with its identifier: %v", a.Addrs)
	case enrp.Synchronized:
		r.w.log(r.host.name, "synchronized with %v: %d elements, %d purged", a.ID, a.Elements, a.Purged)
	}
}

// announce sends an announce to elements and users.
func (r *Registrar) announce(m step.Message) {
	if r.w.config.StaticRegistrars {
		return
	}
	data, err := m.AppendBinary(nil)
	if err != nil {
		r.w.violate("%s: no announce: %v", r.host.name, err)
		return
	}
	parsed, err := asapmsg.Parse(data)
	if err != nil {
		r.w.violate("%s: no announce: %v", r.host.name, err)
		return
	}
	ev := machine.Heard{Source: r.sides[core.ASAP].addr, Message: parsed}
	r.w.multicast(r.host, r.w.clients(), func(to *host) { to.announced(ev) })
}

// multicast sends a Presence to the group of registrars.
func (r *Registrar) multicast(m step.Message) {
	if r.w.config.StaticPeers || r.w.config.ChainedPeers {
		return
	}
	data, err := m.AppendBinary(nil)
	parsed, parseErr := enrpmsg.Parse(data)
	presence, ok := parsed.(*enrpmsg.Presence)
	if err = errors.Join(err, parseErr); err != nil || !ok {
		r.w.violate("%s: no Presence: %v", r.host.name, err)
		return
	}
	r.sides[core.ENRP].sent.add(len(data))
	var members []*host
	for _, p := range r.w.registrars {
		members = append(members, p.host)
	}
	source := r.sides[core.ENRP].addr
	r.w.multicast(r.host, members, func(to *host) {
		for _, p := range r.w.registrars {
			if p.host == to {
				p.step(core.ENRP, enrp.Heard{Source: source, Message: presence})
			}
		}
	})
}
