package sim

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

// host is a computer with a clock, a network interface, and a process.
type host struct {
	w         *World
	name      string
	addr      netip.Addr
	up        bool          // false: the host is silent. A host that is up may have no process.
	offset    time.Duration // of the clock
	drift     float64       // relative error of the clock, above 0 for a fast clock
	endpoints map[uint16]*endpoint

	process    *process         // nil: no process is running
	onAnnounce func(step.Event) // handles an announce; nil: the host is not in the group
	onPresence func(step.Event) // handles a Presence; nil: the host is not in the group
}

// newHost adds a host, with a random clock.
func (w *World) newHost(name string) *host {
	n := len(w.hosts)
	h := &host{
		w:         w,
		name:      name,
		addr:      netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}),
		up:        true,
		offset:    w.draw(0, 1000*time.Hour),
		drift:     w.config.ClockSkew * (2*w.random.Float64() - 1),
		endpoints: make(map[uint16]*endpoint),
	}
	w.hosts = append(w.hosts, h)
	w.byAddr[h.addr] = h
	return h
}

// epoch is the time that a clock without offset shows at the beginning.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// clock returns the time that the host's clock shows.
func (h *host) clock() time.Time {
	return epoch.Add(h.offset + h.w.now + time.Duration(float64(h.w.now)*h.drift))
}

// worldTime returns the time of the world at which the host's clock shows t.
func (h *host) worldTime(t time.Time) time.Duration {
	local := t.Sub(epoch) - h.offset
	return time.Duration(float64(local)/(1+h.drift)) + time.Microsecond
}

// run starts a process with the deadline and the tick of its machine.
func (h *host) run(deadline func() time.Time, tick func()) *process {
	h.up = true
	h.process = &process{host: h, running: true, wakeAt: -1, deadline: deadline, tick: tick}
	return h.process
}

// kill ends the process without a message to its peers. With silent the host goes down too.
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
