package attack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// An Attack is a way to harm a registrar or a pool element.
type Attack struct {
	Name string // on the command line
	Does string // a sentence for users, without a full stop
	Unit string // plural of the things that the rate counts
	Aim  Aim
	Dose Dose // unless its user wants another dose
	// After is the time for which the target is watched after the attack.
	After  time.Duration
	Limits Limits

	run method
}

// A method carries an attack out until the context ends.
type method func(ctx context.Context, w *work) error

// An Aim is the program that an attack is directed at.
type Aim string

// The aims.
const (
	AtRegistrar Aim = "registrar"
	AtElement   Aim = "element" // an element with the echo service
)

// Limits bound the harm that "make attack" permits. In every case the programs live, no element is lost, and no question
// of the good client is left without an answer.
type Limits struct {
	// Memory is the permitted growth of the target in MB. 0: 300 MB.
	Memory int
	// P99 bounds the 99th percentile of the good client's latency. 0: no bound.
	P99 time.Duration
	// Log is the permitted growth of all logs in octets. 0: 1 MB.
	Log int64
	// Never holds outcomes that must not occur.
	Never []string
}

const (
	defaultMemory = 300
	defaultLog    = 1e6
	defaultAfter  = 2 * time.Second
)

// Find returns the attack of a name.
func Find(name string) (Attack, bool) {
	i := slices.IndexFunc(Table(), func(a Attack) bool { return a.Name == name })
	if i < 0 {
		return Attack{}, false
	}
	return Table()[i], true
}

// A Report tells how an attack went.
type Report struct {
	Attack   string           `json:"attack"`
	Unit     string           `json:"unit"`
	Sent     int64            `json:"sent"`
	Seconds  float64          `json:"seconds"` // from the first thing sent to the last
	Outcomes map[string]int64 `json:"outcomes,omitempty"`
}

// Rate returns the things sent per second.
func (r Report) Rate() float64 {
	if r.Seconds == 0 {
		return 0
	}
	return float64(r.Sent) / r.Seconds
}

var errNothingSent = errors.New("nothing was sent")

// Run carries the attack out until its dose is used up or the context ends. Fields of the dose that are 0 are those of
// the attack. An attack that the target fends off is no error.
func (a *Attack) Run(ctx context.Context, target Target, dose Dose) (Report, error) {
	w := &work{Target: target, Dose: dose.or(a.Dose), to: target.ASAP, outcomes: map[string]int64{}}
	if a.Aim == AtElement {
		w.to = target.Service
	}
	limited, cancel := context.WithTimeout(ctx, w.Patience+w.Duration)
	defer cancel()
	w.begin = func() { time.AfterFunc(w.Duration, cancel) }
	err := a.run(limited, w)
	if err == nil && w.sent == 0 {
		err = errNothingSent
	}
	if err != nil {
		return Report{}, fmt.Errorf("attack %s: %w", a.Name, err)
	}
	return Report{Attack: a.Name, Unit: a.Unit, Sent: w.sent, Seconds: w.last.Sub(w.first).Seconds(), Outcomes: w.outcomes}, nil
}
