package attack

import (
	"cmp"
	"context"
	"time"
)

// A Dose bounds an attack. For each field, zero means the value of the attack.
type Dose struct {
	Duration     time.Duration // from the first thing sent
	Rate         int           // things sent per second by all associations; 0: no limit
	Count        int           // things sent by each association
	Associations int
	Sources      int // source addresses
	Size         int // octets of the part that is large

	// Patience bounds the time until the first thing is sent. Zero means 10 s for every attack.
	Patience time.Duration
}

const defaultPatience = 10 * time.Second

func (d Dose) or(standard Dose) Dose {
	return Dose{
		Duration:     cmp.Or(d.Duration, standard.Duration),
		Rate:         cmp.Or(d.Rate, standard.Rate),
		Count:        cmp.Or(d.Count, standard.Count),
		Associations: cmp.Or(d.Associations, standard.Associations, 1),
		Sources:      cmp.Or(d.Sources, standard.Sources, 1),
		Size:         cmp.Or(d.Size, standard.Size),
		Patience:     cmp.Or(d.Patience, defaultPatience),
	}
}

// A pacer holds a loop to a rate.
type pacer struct {
	rate  float64 // per second; 0: no limit
	start time.Time
	n     int
}

// pacer returns the pacer of each of some loops, which reach the rate of the attack together.
func (w *work) pacer(loops int) *pacer {
	return &pacer{rate: float64(w.Rate) / float64(loops), start: time.Now()}
}

// next waits until the next thing is due. It returns false when the context has ended.
func (p *pacer) next(ctx context.Context) bool {
	if p.rate > 0 {
		due := p.start.Add(time.Duration(float64(p.n) / p.rate * float64(time.Second)))
		// A timer is late by about a millisecond, so short waits are left out, and caught up with later.
		if wait := time.Until(due); wait > time.Millisecond && !Pause(ctx, wait) {
			return false
		}
		p.n++
	}
	return ctx.Err() == nil
}

// Pause waits. It returns false when the context has ended.
func Pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
