package sim

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
	"github.com/rserpool-go/rserpool/registrar/internal/core"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Registrar is the host of a registrar.
type Registrar struct {
	w    *World
	host *host
	id   wire.ServerID

	// Of the running process.
	process *process
	core    *core.Core
	sides   [core.NumSides]*endpoint
	ready   bool
	leaving bool // a peer is taking over the elements
	closing bool // the associations are being shut down
}

// newRegistrar adds the i-th registrar.
func (w *World) newRegistrar(i int) *Registrar {
	r := &Registrar{w: w, host: w.newHost(fmt.Sprintf("pr%d", i+1))}
	r.host.onPresence = r.handler(core.ENRP)
	r.NewID()
	return r
}

// NewID draws the identifier that the registrar has from its next start on.
func (r *Registrar) NewID() { r.id = wire.ServerID(1 + r.w.random.Uint32N(0xfffffffe)) }

// ID returns the registrar's identifier.
func (r *Registrar) ID() wire.ServerID { return r.id }

// Running reports whether the registrar has a process.
func (r *Registrar) Running() bool { return r.host.process != nil }

// Serving reports whether the registrar has a process that is not about to end.
func (r *Registrar) Serving() bool { return r.Running() && !r.leaving }

// Handlespace returns the handlespace of the running process.
func (r *Registrar) Handlespace() *handlespace.Handlespace { return r.core.Handlespace() }

// Traffic returns the messages that the process has sent to other registrars.
func (r *Registrar) Traffic() Traffic { return r.sides[core.ENRP].sent }

// Start starts a process, unless the registrar has a process.
func (r *Registrar) Start() {
	if r.Running() {
		return
	}
	w := r.w
	w.fault("%s starts as %v", r.host.name, r.id)
	r.ready, r.leaving, r.closing = false, false, false
	config := core.Config{Elements: w.config.ASAP, Peers: w.config.ENRP, Random: w.newRandom()}
	config.Elements.ID, config.Peers.ID = r.id, r.id
	config.Peers.Peers = w.staticPeers(r)
	r.core = core.New(config, r.host.clock())
	rtt := 2 * w.config.Network.Delay
	r.sides = [core.NumSides]*endpoint{
		core.ASAP: r.host.listen(portASAP, owner{handle: r.handler(core.ASAP), decode: newDecoder(r.host, rtt, asapmsg.Parse)}),
		core.ENRP: r.host.listen(portENRP, owner{handle: r.handler(core.ENRP), decode: newDecoder(r.host, rtt, enrpmsg.Parse)}),
	}
	r.process = r.host.run(r.core.Deadline, func() { r.carryOut(r.core.Tick(r.host.clock())) })
	r.process.tickTime = w.config.TickTime
	r.step(core.ENRP, step.LocalAddrs{Addrs: []netip.AddrPort{r.sides[core.ENRP].addr}})
}

// staticPeers returns the peers that a registrar is configured with.
func (w *World) staticPeers(r *Registrar) [][]netip.AddrPort {
	var out [][]netip.AddrPort
	for i, p := range w.registrars {
		previous := w.registrars[(i+len(w.registrars)-1)%len(w.registrars)]
		if w.config.StaticPeers || w.config.ChainedPeers && previous == r {
			out = append(out, []netip.AddrPort{netip.AddrPortFrom(p.host.addr, portENRP)})
		}
	}
	return out
}

// handler returns the handler for the events of a side.
func (r *Registrar) handler(side core.Side) func(step.Event) {
	return func(ev step.Event) { r.step(side, ev) }
}

// step feeds the core with an event of a side.
func (r *Registrar) step(side core.Side, ev step.Event) {
	r.carryOut(r.core.Step(r.host.clock(), side, ev))
}

// carryOut carries out the actions of the core.
func (r *Registrar) carryOut(actions []core.Action) {
	for _, a := range actions {
		if r.sides[a.Side].do(a.Action) {
			continue
		}
		multicast, ok := a.Action.(step.Multicast)
		switch {
		case !ok:
			r.logNews(a.Action)
		case a.Side == core.ASAP:
			r.w.announce(r.sides[core.ASAP], multicast.Message)
		default:
			r.w.sendPresence(r.sides[core.ENRP], multicast.Message)
		}
	}
	if r.leaving && (r.core.ENRP().NumPeers() == 0 || r.Handlespace().Owned(r.id) == 0) {
		r.shutDown()
	}
	r.process.arm()
}

// logNews adds the news of the core about elements and peers to the transcript.
func (r *Registrar) logNews(action step.Action) {
	log := func(format string, args ...any) { r.w.log(r.host.name, format, args...) }
	switch a := action.(type) {
	case asapside.ElementRegistered:
		log("registered %v %v", a.Pool, a.ID)
	case asapside.ElementMoved:
		log("%v %v moved from association %d to %d", a.Pool, a.ID, a.From, a.To)
	case asapside.ElementAdopted:
		log("adopted %v %v", a.Pool, a.ID)
	case asapside.ElementRemoved:
		log("removed %v %v: %s", a.Pool, a.ID, a.Reason)
	case enrp.Ready:
		r.ready = true
		log("ready, mentor %v", a.Mentor)
	case enrp.Adopt:
		log("asks %v %v to take this registrar for its home, ours: %v", a.Pool, a.ID, a.Ours)
	case enrp.PeerFound:
		log("found peer %v", a.ID)
	case enrp.PeerLost:
		log("lost peer %v, %d elements", a.ID, a.Elements)
	case enrp.Duplicate:
		log("another registrar has the same identifier: %v", a.Addrs)
	case enrp.TakeoverRefused:
		log("does not believe that %v has taken over %v", a.ID, a.Target)
	case enrp.AuditFailed:
		log("the checksum of %v does not fit its table", a.ID)
	case asapside.LimitReached:
		log("refuses elements over association %d of %v: too many %s", a.Assoc, a.Host, a.Limit)
	case enrp.ElementsRefused:
		log("refuses elements of %v: %v", a.ID, a.Reason)
	case enrp.Synchronized:
		log("synchronized with %v: %d elements, %d purged", a.ID, a.Elements, a.Purged)
	}
}

// Crash ends the process without a message to its peers. With silent the host goes down too.
func (r *Registrar) Crash(silent bool) {
	r.w.fault("%s crashes, host down: %v", r.host.name, silent)
	r.host.kill(silent)
}

// Pause stops the process for a time. Messages to it wait.
func (r *Registrar) Pause(d time.Duration) {
	if !r.Running() {
		return
	}
	w := r.w
	w.fault("%s pauses for %v", r.host.name, d)
	r.process.paused = w.now + d
	c := w.cut(r.host.name+" pauses", func(from, to *host) bool { return from == r.host || to == r.host })
	w.after(d, c.Heal)
}

const (
	leaveTimeout = 2 * time.Second // for the elements to move
	closeTimeout = 2 * time.Second // for the associations to end
)

// Leave ends the process as a signal does: it hands its elements to a peer first.
func (r *Registrar) Leave() {
	if !r.Serving() {
		return
	}
	r.w.fault("%s leaves", r.host.name)
	r.leaving = true
	r.process.after(leaveTimeout, r.shutDown)
	r.step(core.ENRP, enrp.Leave{})
}

// shutDown ends the associations, and then the process.
func (r *Registrar) shutDown() {
	if r.closing {
		return
	}
	r.closing = true
	r.w.log(r.host.name, "shuts down")
	for _, ep := range r.sides {
		for _, h := range ep.all {
			ep.end(h.id)
		}
	}
	r.process.after(closeTimeout, func() {
		r.w.fault("%s has left", r.host.name)
		r.host.kill(false)
	})
}
