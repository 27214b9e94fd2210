package sim

import (
	"fmt"
	"slices"
	"time"
)

// Mixed makes a world from a seed and breaks it in all ways, at random: several times,
// each time until it is whole again and settled. It returns the world, whose
// violations tell what went wrong, and how long it took to settle at most.
func Mixed(seed uint64, trace func(line string)) (w *World, settled time.Duration) {
	w = New(mixedConfig(seed, trace))
	c := &chaos{w: w, loss: w.config.Network.Loss}
	w.config.Network.Loss = 0
	w.after(0, c.recount)
	settled = c.settle()
	if len(w.violations) > 0 {
		return w, settled
	}
	for range 1 + w.random.IntN(3) {
		c.rage()
		c.mend()
		settled = max(settled, c.settle())
		if len(w.violations) > 0 {
			break
		}
	}
	return w, settled
}

// mixedConfig draws a world.
func mixedConfig(seed uint64, trace func(line string)) Config {
	c := Config{Seed: seed, Trace: trace}
	random := New(Config{Seed: seed}).random
	pick := func(n int) int { return random.IntN(n) }
	c.Registrars = []int{1, 2, 2, 3, 3, 3, 4, 5}[pick(8)]
	c.Elements = 1 + pick(10)
	c.Users = pick(3)
	c.Pools = 1 + pick(3)
	switch pick(6) {
	case 0:
		c.StaticPeers = true
	case 1:
		c.ChainedPeers = true
	}
	c.StaticRegistrars = pick(4) == 0
	c.Spread = []time.Duration{0, time.Second, 10 * time.Second}[pick(3)]
	c.ClockSkew = []float64{0, 0.001, 0.03}[pick(3)]
	c.Interval = []time.Duration{5 * time.Second, 30 * time.Second, 10 * time.Minute}[pick(3)]
	if pick(2) == 0 {
		c.fast()
		c.Client.HuntIntervalMax = 2 * time.Second
		c.Client.ResponseTimeout = time.Second
	}
	c.ENRP.HigherWins = pick(4) == 0
	if c.ENRP.SuggestTakeovers = pick(6) == 0; c.ENRP.SuggestTakeovers {
		c.Interval = 5 * time.Second // They are made at registrations.
	}
	c.ENRP.MaxTableElements = []int{0, 1, 3}[pick(3)]
	c.Network.Delay = []time.Duration{100 * time.Microsecond, 2 * time.Millisecond, 30 * time.Millisecond}[pick(3)]
	c.Network.Jitter = c.Network.Delay * time.Duration(pick(3)) / 2
	c.Network.Loss = []float64{0, 0.01, 0.1}[pick(3)]
	c.Network.DatagramLoss = []float64{0, 0.01, 0.3}[pick(3)]
	if limit := []int{0, 0, 12}[pick(3)]; !c.ENRP.SuggestTakeovers {
		c.Network.QueueLimit = limit // Suggestions that are lost are made again much later.
	}
	return c
}

// chaos breaks a world.
type chaos struct {
	w    *World
	loss float64 // of packets, while things break
}

// recount checks now and then what must always be right.
func (c *chaos) recount() {
	c.w.recount()
	c.w.after(500*time.Millisecond, c.recount)
}

// rage breaks one thing after the other, and some of them again.
func (c *chaos) rage() {
	w := c.w
	w.config.Network.Loss = c.loss
	scale := w.bound() / 20
	for range 1 + w.random.IntN(12) {
		c.breakSomething()
		switch w.random.IntN(4) {
		case 0:
		case 1:
			w.Run(w.between(0, scale/10))
		case 2:
			w.Run(w.between(0, scale))
		case 3:
			w.Run(w.between(0, 5*scale))
		}
	}
}

func (c *chaos) breakSomething() {
	w := c.w
	r := w.registrars[w.random.IntN(len(w.registrars))]
	e := w.elements[w.random.IntN(len(w.elements))]
	switch w.random.IntN(20) {
	case 0, 1:
		r.Crash(w.chance(0.5))
	case 2, 3:
		c.restart(r)
	case 4:
		r.Leave()
	case 5:
		e.Crash(w.chance(0.5))
	case 6:
		e.Crash(false)
		c.startElement(e)
	case 7:
		e.Leave()
	case 8, 9:
		c.partition()
	case 10:
		c.isolate(r)
	case 18:
		c.divide()
	case 19:
		c.disaster(r)
	case 11, 12:
		if len(w.cuts) > 0 {
			w.cuts[w.random.IntN(len(w.cuts))].Heal()
		}
	case 14, 15:
		e.Update()
	case 16:
		r.Pause(w.between(0, w.bound()/5))
	case 17:
		for _, e := range w.elements {
			if w.chance(0.5) {
				w.after(w.between(0, w.bound()/60), e.Update)
			}
		}
	case 13:
		c.startElement(e)
		if len(w.users) > 0 {
			u := w.users[w.random.IntN(len(w.users))]
			u.Crash(w.chance(0.5))
			w.after(w.between(0, w.bound()/10), u.Start)
		}
	}
}

// restart starts a registrar, of which the old process may be running still.
func (c *chaos) restart(r *Registrar) {
	if r.Running() {
		r.Crash(false)
	}
	if c.w.chance(0.5) {
		r.NewID()
	}
	r.Start()
}

func (c *chaos) startElement(e *Element) {
	if e.Running() {
		return
	}
	if c.w.chance(0.3) {
		e.NewID()
	}
	e.Start()
}

// partition divides all nodes at random.
func (c *chaos) partition() {
	w := c.w
	var inside []string
	for _, h := range w.hosts {
		if w.chance(0.5) {
			inside = append(inside, h.name)
		}
	}
	oneWay := w.chance(0.3)
	w.Partition(fmt.Sprintf("%v, one way: %v", inside, oneWay), func(node string) bool { return slices.Contains(inside, node) }, oneWay)
}

// divide parts the registrars, but not the elements and users from them.
func (c *chaos) divide() {
	w := c.w
	side := make(map[string]int)
	for _, r := range w.registrars {
		side[r.host.name] = 1 + w.random.IntN(2)
	}
	w.cut(fmt.Sprintf("registrars: %v", side), func(from, to *host) bool {
		return side[from.name] != 0 && side[to.name] != 0 && side[from.name] != side[to.name]
	})
}

// disaster ends a registrar with some of the elements.
func (c *chaos) disaster(r *Registrar) {
	w := c.w
	silent := w.chance(0.5)
	r.Crash(silent)
	for _, e := range w.elements {
		if w.chance(0.3) {
			e.Crash(silent)
		}
	}
}

// isolate cuts a registrar off: from all, from other registrars, from one node, or from
// one registrar.
func (c *chaos) isolate(r *Registrar) {
	w := c.w
	var outside []string
	switch w.random.IntN(4) {
	case 0:
		for _, h := range w.hosts {
			if h != r.host {
				outside = append(outside, h.name)
			}
		}
	case 1:
		for _, p := range w.registrars {
			if p != r {
				outside = append(outside, p.host.name)
			}
		}
	case 2:
		outside = append(outside, w.hosts[w.random.IntN(len(w.hosts))].name)
	case 3:
		outside = append(outside, w.registrars[w.random.IntN(len(w.registrars))].host.name)
	}
	there, back := w.chance(0.8), w.chance(0.8)
	w.cut(fmt.Sprintf("%s from %v, there: %v, back: %v", r.host.name, outside, there, back), func(from, to *host) bool {
		return there && from == r.host && slices.Contains(outside, to.name) ||
			back && to == r.host && slices.Contains(outside, from.name)
	})
}

// mend makes the world whole: with one registrar at least, and most of the others.
func (c *chaos) mend() {
	w := c.w
	w.HealAll()
	w.config.Network.Loss = 0
	running := false
	for _, r := range w.registrars {
		// Without the others' neighbours nobody could tell them of each other.
		if !r.Running() && (w.config.ChainedPeers || w.chance(0.7)) {
			c.restart(r)
		}
		running = running || r.Serving()
	}
	if !running {
		c.restart(w.registrars[0])
	}
	for _, e := range w.elements {
		if w.chance(0.7) {
			c.startElement(e)
		}
	}
	for _, u := range w.users {
		u.Start()
	}
}

// renewal is after how long an element has registered that was taken over; before
// that the registrars may have an old version of it.
const renewal = 6 * time.Second

// settle lets time pass until all is as it should be, which must be soon, and stays
// so. It returns how long that took.
func (c *chaos) settle() time.Duration {
	w := c.w
	w.Run(w.config.Spread)
	if w.config.ENRP.SuggestTakeovers {
		w.Run(w.config.Interval * 5 / 2) // Elements are suggested when they register.
	}
	begin := w.now
	step := w.bound() / 60
	took, homes := w.now, ""
	for w.now-took < max(w.bound()/4, renewal) {
		err := w.Check()
		if now := c.homes(); err != nil || now != homes {
			took, homes = w.now, now
			if w.now-begin > w.bound() {
				w.violate("not settled after %v: %v", w.now-begin, err)
				return w.now - begin
			}
		}
		w.Run(step)
	}
	took -= begin
	w.log("world", "settled after %v", took)
	// From now on nothing may happen any more.
	for range 50 {
		w.Run(step)
		if err := w.Check(); err != nil {
			w.violate("not settled any more: %v", err)
			break
		}
		if now := c.homes(); now != homes {
			w.violate("elements have moved: %s, and were %s", now, homes)
			break
		}
	}
	return took
}

// serving returns a registrar that serves, nil if there is none.
func (w *World) serving() *Registrar {
	for _, r := range w.registrars {
		if r.Serving() {
			return r
		}
	}
	return nil
}

// homes names the homes of all elements.
func (c *chaos) homes() string {
	var homes string
	for _, e := range c.w.elements {
		if e.Serving() {
			id, _ := e.machine.Home()
			if r := c.w.serving(); id == 0 && r != nil {
				// One that is configured without it tells with its first keep-alive.
				if known := r.Handlespace().Find(e.pool, e.id); known != nil {
					id = known.HomeID()
				}
			}
			homes += fmt.Sprintf(" %v", id)
		}
	}
	return homes
}
