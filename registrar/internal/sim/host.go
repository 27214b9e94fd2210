package sim

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

// host is a machine with a clock, a network interface, and one process.
type host struct {
	w         *World
	name      string
	addr      netip.Addr
	up        bool // else it is silent; the process may be down on a host that is up
	offset    time.Duration
	drift     float64 // by which its clock is too fast
	endpoints map[uint16]*endpoint

	process   *process         // nil: none is running
	announced func(step.Event) // nil: announces are of no interest
}

func (w *World) newHost(name string) *host {
	n := len(w.hosts)
	h := &host{
		w:         w,
		name:      name,
		addr:      netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}),
		up:        true,
		offset:    w.between(0, 1000*time.Hour),
		drift:     w.config.ClockSkew * (2*w.random.Float64() - 1),
		endpoints: make(map[uint16]*endpoint),
	}
	w.hosts = append(w.hosts, h)
	w.byAddr[h.addr] = h
	return h
}

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// clock returns what time it is here.
func (h *host) clock() time.Time {
	return epoch.Add(h.offset + h.w.now + time.Duration(float64(h.w.now)*h.drift))
}

// when returns at what time the clock here will show another.
func (h *host) when(t time.Time) time.Duration {
	local := t.Sub(epoch) - h.offset
	return time.Duration(float64(local)/(1+h.drift)) + time.Microsecond
}

// process is a running program.
type process struct {
	host     *host
	running  bool
	paused   time.Duration // until then it does nothing, as on a host that is too busy
	wakeAt   time.Duration // when it is to be woken, below 0: not
	spins    int           // how often it has been woken at the present time
	deadline func() time.Time
	tick     func()
}

// run starts a process on a host.
func (h *host) run(deadline func() time.Time, tick func()) *process {
	h.up = true
	h.process = &process{host: h, running: true, wakeAt: -1, deadline: deadline, tick: tick}
	return h.process
}

// kill ends the process, without a word to anybody. With silent the host goes down
// too.
func (h *host) kill(silent bool) {
	h.up = !silent
	if h.process == nil {
		return
	}
	h.process.running = false
	h.process = nil
	for _, port := range ports {
		if ep := h.endpoints[port]; ep != nil {
			ep.close()
		}
	}
}

// maxSpins is how often a process may be woken without time passing.
const maxSpins = 1000

// arm has the process woken at its deadline.
func (p *process) arm() {
	d := p.deadline()
	if d.IsZero() || !p.running {
		return
	}
	w := p.host.w
	at := max(p.host.when(d), w.now)
	if p.wakeAt >= w.now && p.wakeAt <= at {
		return // It looks again then.
	}
	if at > w.now {
		p.spins = 0
	} else if p.spins++; p.spins > maxSpins {
		w.violate("%s: the deadline stays in the past", p.host.name)
		return
	}
	p.wakeAt = at
	w.at(at, func() {
		if !p.running || p.wakeAt != w.now {
			return
		}
		p.wakeAt = -1
		if p.paused > w.now {
			w.at(p.paused, p.arm)
			return
		}
		if d := p.deadline(); !d.IsZero() && !p.host.clock().Before(d) {
			p.tick()
		}
		p.arm()
	})
}

// machineRandom returns a source of randomness for a machine.
func (w *World) machineRandom() *rand.Rand {
	return rand.New(rand.NewPCG(w.random.Uint64(), w.random.Uint64()))
}
