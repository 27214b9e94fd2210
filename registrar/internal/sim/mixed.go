package sim

import "time"

// RunMixed makes a world from a seed and breaks it at random, several times. Each time it mends the
// world, and lets it settle. It returns the world with its violations, and the longest time that
// the world took to settle.
func RunMixed(seed uint64, trace func(line string)) (w *World, settled time.Duration) {
	w = New(drawConfig(seed, trace))
	c := &chaos{w: w, loss: w.config.Network.Loss}
	w.config.Network.Loss = 0
	w.after(0, c.keepCounting)
	settled = w.settle()
	if len(w.violations) > 0 {
		return w, settled
	}
	for range 1 + w.random.IntN(3) {
		c.breakMuch()
		c.mend()
		settled = max(settled, w.settle())
		if len(w.violations) > 0 {
			break
		}
	}
	return w, settled
}

// drawConfig draws a world from a seed.
func drawConfig(seed uint64, trace func(line string)) Config {
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
		c.Interval = 5 * time.Second // Registrars make suggestions at registrations.
	}
	c.ENRP.MaxTableElements = []int{0, 1, 3}[pick(3)]
	c.Network.Delay = []time.Duration{100 * time.Microsecond, 2 * time.Millisecond, 30 * time.Millisecond}[pick(3)]
	c.Network.Jitter = c.Network.Delay * time.Duration(pick(3)) / 2
	c.Network.Loss = []float64{0, 0.01, 0.1}[pick(3)]
	c.Network.DatagramLoss = []float64{0, 0.01, 0.3}[pick(3)]
	if limit := []int{0, 0, 12}[pick(3)]; !c.ENRP.SuggestTakeovers {
		c.Network.QueueLimit = limit // A lost suggestion would be made again much later.
	}
	c.drawLimits(pick)
	return c
}

// drawLimits lets registrars work in small slices, and bounds the numbers of elements. A refused
// element registers again after an interval, so the numbers are tight only if intervals are short.
func (c *Config) drawLimits(pick func(n int) int) {
	if pick(3) == 0 {
		c.ASAP.Slice, c.ENRP.Slice = 1+pick(3), 1+pick(3)
		c.TickTime = []time.Duration{0, time.Millisecond, 20 * time.Millisecond}[pick(3)]
	}
	if pick(3) == 0 {
		// An element that starts again with another identifier counts twice for a while. A refused
		// peer would be audited again after ten cycles only.
		c.ENRP.MaxElementsPerPeer = 2 * c.Elements
		if c.Interval == 5*time.Second {
			c.ASAP.MaxElementsPerAssociation, c.ASAP.MaxElementsPerHost = 1, 1
		}
	}
}
