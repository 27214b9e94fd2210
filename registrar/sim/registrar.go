package sim

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/registrar/internal/core"
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
	process    *process
	core       *core.Core
	asap, enrp *endpoint
	ready      bool
	leaving    bool
	closing    bool
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
func (r *Registrar) Sent() Traffic { return r.enrp.sent }

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
	r.asap = r.host.listen(portASAP, owner{
		up: func(assoc, dial uint64, peer netip.AddrPort) {
			r.stepASAP(machine.AssociationUp{Assoc: machine.AssocID(assoc), Dial: machine.DialID(dial), Peer: []netip.AddrPort{peer}})
		},
		down:       func(assoc uint64, _ bool) { r.stepASAP(machine.AssociationDown{Assoc: machine.AssocID(assoc)}) },
		dialFailed: func(dial uint64) { r.stepASAP(machine.DialFailed{Dial: machine.DialID(dial)}) },
		received:   r.receivedASAP,
	})
	r.enrp = r.host.listen(portENRP, owner{
		up: func(assoc, dial uint64, peer netip.AddrPort) {
			r.stepENRP(enrp.AssociationUp{Assoc: enrp.AssocID(assoc), Dial: enrp.DialID(dial), Peer: []netip.AddrPort{peer}})
		},
		down:       func(assoc uint64, _ bool) { r.stepENRP(enrp.AssociationDown{Assoc: enrp.AssocID(assoc)}) },
		dialFailed: func(dial uint64) { r.stepENRP(enrp.DialFailed{Dial: enrp.DialID(dial)}) },
		received:   r.receivedENRP,
	})
	r.process = r.host.run(r.core.Deadline, func() { r.act(r.core.Tick(r.host.clock())) })
	r.stepENRP(enrp.LocalAddrs{Addrs: []netip.AddrPort{r.enrp.addr}})
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
	r.stepENRP(enrp.Leave{})
}

// shutDown ends the associations, and then the process.
func (r *Registrar) shutDown() {
	if r.closing {
		return
	}
	p := r.process
	r.closing = true
	r.w.log(r.host.name, "shuts down")
	for _, ep := range []*endpoint{r.asap, r.enrp} {
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

func (r *Registrar) stepASAP(ev machine.Event) { r.act(r.core.StepASAP(r.host.clock(), ev)) }

func (r *Registrar) stepENRP(ev enrp.Event) { r.act(r.core.StepENRP(r.host.clock(), ev)) }

func (r *Registrar) receivedASAP(assoc uint64, data []byte) {
	m, err := asapmsg.Parse(data)
	if err != nil {
		r.w.violate("%s cannot decode %x: %v", r.host.name, data, err)
		return
	}
	r.w.logMessage(r.host, assoc, m)
	r.stepASAP(machine.Received{Assoc: machine.AssocID(assoc), Message: m, RTT: 2 * r.w.config.Network.Delay})
}

func (r *Registrar) receivedENRP(assoc uint64, data []byte) {
	m, err := enrpmsg.Parse(data)
	if err != nil {
		r.w.violate("%s cannot decode %x: %v", r.host.name, data, err)
		return
	}
	r.w.logMessage(r.host, assoc, m)
	r.stepENRP(enrp.Received{Assoc: enrp.AssocID(assoc), Message: m, RTT: 2 * r.w.config.Network.Delay})
}

// act does what the registrar asks for.
func (r *Registrar) act(actions []core.Action) {
	for _, a := range actions {
		if a.ASAP != nil {
			r.actASAP(a.ASAP)
		} else {
			r.actENRP(a.ENRP)
		}
	}
	if r.leaving && (r.core.Peers().NumPeers() == 0 || r.Handlespace().Owned(r.id) == 0) {
		r.shutDown()
	}
	r.process.arm()
}

func (r *Registrar) actASAP(action machine.Action) {
	switch a := action.(type) {
	case machine.Send:
		if !r.asap.send(uint64(a.Assoc), a.Message) {
			r.asap.abort(uint64(a.Assoc))
		}
	case machine.Dial:
		r.asap.dial(uint64(a.Dial), a.Addrs[0])
	case machine.End:
		r.asap.end(uint64(a.Assoc))
	case machine.Abort:
		r.w.log(r.host.name, "aborts association %d: %s", a.Assoc, a.Reason)
		r.asap.abort(uint64(a.Assoc))
	case machine.Announce:
		r.announce(a.ID)
	case machine.ElementRegistered:
		r.w.log(r.host.name, "registered %v %v", a.Pool, a.ID)
	case machine.ElementMoved:
		r.w.log(r.host.name, "%v %v moved from association %d to %d", a.Pool, a.ID, a.From, a.To)
	case machine.ElementAdopted:
		r.w.log(r.host.name, "adopted %v %v", a.Pool, a.ID)
	case machine.ElementRemoved:
		r.w.log(r.host.name, "removed %v %v: %s", a.Pool, a.ID, a.Reason)
	}
}

// announce sends an announce to elements and users.
func (r *Registrar) announce(id wire.ServerID) {
	if r.w.config.StaticRegistrars {
		return
	}
	ev := machine.Announced{ID: id, Addrs: []netip.AddrPort{r.asap.addr}}
	r.w.multicast(r.host, r.w.clients(), func(to *host) { to.announced(ev) })
}

func (r *Registrar) actENRP(action enrp.Action) {
	switch a := action.(type) {
	case enrp.Send:
		if !r.enrp.send(uint64(a.Assoc), a.Message) {
			r.w.log(r.host.name, "queue of association %d with a peer is full", a.Assoc)
			r.enrp.abort(uint64(a.Assoc))
		}
	case enrp.Multicast:
		r.multicast(a.Message)
	case enrp.Dial:
		r.enrp.dial(uint64(a.Dial), a.Addrs[0])
	case enrp.Abort:
		r.w.log(r.host.name, "aborts peer association %d: %s", a.Assoc, a.Reason)
		r.enrp.abort(uint64(a.Assoc))
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

// multicast sends a Presence to the group of registrars.
func (r *Registrar) multicast(m enrp.Message) {
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
	r.enrp.sent.add(len(data))
	var members []*host
	for _, p := range r.w.registrars {
		members = append(members, p.host)
	}
	source := r.enrp.addr
	r.w.multicast(r.host, members, func(to *host) {
		for _, p := range r.w.registrars {
			if p.host == to {
				p.stepENRP(enrp.Heard{Source: source, Presence: presence})
			}
		}
	})
}
