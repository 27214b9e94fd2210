package sim

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"
)

// World is a set of nodes, what connects them, and the time.
type World struct {
	config Config
	random *rand.Rand
	now    time.Duration
	queue  events
	serial uint64

	hosts      []*host
	byAddr     map[netip.Addr]*host
	registrars []*Registrar
	elements   []*Element
	users      []*User

	halves  []*half // those that are down go now and then
	cuts    []*Cut
	faultAt time.Duration // when something was last broken or mended

	violations []string
}

// New returns a world in which every node is about to start.
func New(config Config) *World {
	config = config.withDefaults()
	w := &World{
		config: config,
		random: rand.New(rand.NewPCG(config.Seed, 0)),
		byAddr: make(map[netip.Addr]*host),
	}
	for i := range config.Registrars {
		w.registrars = append(w.registrars, w.newRegistrar(i))
	}
	for i := range config.Elements {
		w.elements = append(w.elements, w.newElement(i))
	}
	for i := range config.Users {
		w.users = append(w.users, w.newUser(i))
	}
	for _, r := range w.registrars {
		w.after(w.between(0, config.Spread), r.Start)
	}
	for _, e := range w.elements {
		w.after(w.between(0, config.Spread), e.Start)
	}
	for _, u := range w.users {
		w.after(w.between(0, config.Spread), u.Start)
	}
	return w
}

// Now returns how much time has passed.
func (w *World) Now() time.Duration { return w.now }

// Registrars returns the registrars.
func (w *World) Registrars() []*Registrar { return w.registrars }

// Elements returns the pool elements.
func (w *World) Elements() []*Element { return w.elements }

// Users returns the pool users.
func (w *World) Users() []*User { return w.users }

// Violations returns what was found to be wrong.
func (w *World) Violations() []string { return w.violations }

// Run lets time pass.
func (w *World) Run(d time.Duration) {
	end := w.now + d
	for len(w.queue) > 0 && w.queue[0].at <= end {
		ev := heap.Pop(&w.queue).(event)
		w.now = ev.at
		ev.run()
	}
	w.now = end
}

// event is something that happens at a time.
type event struct {
	at     time.Duration
	serial uint64 // decides between events at the same time
	run    func()
}

type events []event

func (q events) Len() int { return len(q) }
func (q events) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].serial < q[j].serial
}
func (q events) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *events) Push(x any)   { *q = append(*q, x.(event)) }
func (q *events) Pop() any {
	old := *q
	n := len(old) - 1
	ev := old[n]
	old[n] = event{}
	*q = old[:n]
	return ev
}

// at has something happen at a time.
func (w *World) at(at time.Duration, run func()) {
	w.serial++
	heap.Push(&w.queue, event{max(at, w.now), w.serial, run})
}

// after has something happen later.
func (w *World) after(d time.Duration, run func()) { w.at(w.now+d, run) }

// between draws a duration.
func (w *World) between(least, most time.Duration) time.Duration {
	if most <= least {
		return least
	}
	return least + time.Duration(w.random.Int64N(int64(most-least)))
}

func (w *World) chance(p float64) bool { return w.random.Float64() < p }

// violate notes that something is wrong.
func (w *World) violate(format string, args ...any) {
	text := fmt.Sprintf("%v: ", w.now.Round(time.Millisecond)) + fmt.Sprintf(format, args...)
	w.log("world", "VIOLATION %s", text)
	if len(w.violations) < 20 {
		w.violations = append(w.violations, text)
	}
}

// log adds a line to the transcript.
func (w *World) log(who, format string, args ...any) {
	if w.config.Trace != nil {
		w.config.Trace(fmt.Sprintf("%10.4f %-5s %s", w.now.Seconds(), who, fmt.Sprintf(format, args...)))
	}
}
