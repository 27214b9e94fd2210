// Package core joins the machines of a registrar over a single handlespace: asapside serves
// pool elements and pool users, and enrp meets other registrars. The package does no I/O and
// has no clock, so the simulator runs the same code as the server.
package core

// The files in reading order:
//
//	averages.go  Averages: the sizes of the registrar, averaged over time
//	core.go      Core: both machines, and the events that they cause in each other

import (
	"math/rand/v2"
	"time"

	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// Config configures a [Core].
type Config struct {
	// Elements configures the machine for pool elements and pool users, and Peers the
	// machine for other registrars. Both have the registrar's identifier.
	Elements asapside.Config
	Peers    enrp.Config
	// MaxElements bounds the handlespace. 0: no bound.
	MaxElements int
	// MaxOctets bounds the octets of all elements. 0: no bound.
	MaxOctets int
	// MaxIncrement is the number of elements in an answer that count as used. 0: 1.
	MaxIncrement int
	// Random draws choices and the jitter of timers.
	Random *rand.Rand
}

// Side is a side of a registrar, with an endpoint of its own.
type Side uint8

// The sides.
const (
	// ASAP is the side of pool elements and pool users.
	ASAP Side = iota
	// ENRP is the side of other registrars.
	ENRP
	// NumSides is the number of sides.
	NumSides
)

// Action is an action of the machine of a side. The owner carries out the actions of package
// step. Core returns all others for the log, after it has carried them out itself.
type Action struct {
	Side Side
	step.Action
}

// Core is a registrar without its endpoints. Its owner calls Step for every event and Tick
// at the deadline, with the present time, which must not go back. The owner carries out the
// returned actions of package step in their order, before the next call. Actions that Core
// has carried out are returned for the log.
type Core struct {
	id      wire.ServerID
	hs      *handlespace.Handlespace
	asap    *asapside.Registrar
	enrp    *enrp.Machine
	actions []Action
	sizes   sizes
}

// New returns a registrar that begins to look for its peers. The wait for a mentor begins now.
func New(config Config, now time.Time) *Core {
	c := &Core{id: config.Elements.ID, sizes: sizes{start: now, since: now}}
	c.hs = handlespace.New(handlespace.Config{
		Rand:         config.Random,
		MaxElements:  config.MaxElements,
		MaxOctets:    config.MaxOctets,
		MaxIncrement: config.MaxIncrement,
		OnChange: func(change handlespace.Change) {
			c.sizes.changed = c.sizes.changed || !change.Same
			c.enrp.Changed(change)
			c.asap.Changed(change)
		},
	})
	c.asap = asapside.New(config.Elements, c.hs, config.Random)
	c.enrp = enrp.New(config.Peers, c.hs, config.Random, now)
	return c
}

// Handlespace returns the handlespace. The caller must not change it.
func (c *Core) Handlespace() *handlespace.Handlespace { return c.hs }

// ENRP returns the machine for other registrars. The caller must not step it.
func (c *Core) ENRP() *enrp.Machine { return c.enrp }

// Counts returns the work that both machines have done since New.
func (c *Core) Counts() (asapside.Counts, enrp.Counts) {
	return c.asap.Counts(), c.enrp.Counts()
}

// Averages returns the averages until now.
func (c *Core) Averages(now time.Time) Averages { return c.sizes.averages(now) }

// Step handles an event of a side's endpoint.
func (c *Core) Step(now time.Time, side Side, ev step.Event) []Action {
	clear(c.actions)
	c.actions = c.actions[:0]
	if side == ASAP {
		c.stepASAP(now, ev)
	} else {
		c.stepENRP(now, ev)
	}
	c.measure(now)
	return c.actions
}

// Tick handles the timers of both sides.
func (c *Core) Tick(now time.Time) []Action {
	clear(c.actions)
	c.actions = c.actions[:0]
	c.stepASAP(now, step.Tick{})
	c.stepENRP(now, step.Tick{})
	c.measure(now)
	return c.actions
}

// Deadline returns the time at which the next Tick is due.
func (c *Core) Deadline() time.Time { return step.Earlier(c.enrp.Deadline(), c.asap.Deadline()) }

// stepASAP steps the machine for pool elements and pool users. The machine for other
// registrars sends the changes to peers.
func (c *Core) stepASAP(now time.Time, ev step.Event) {
	for _, a := range c.asap.Step(now, ev) {
		c.actions = append(c.actions, Action{ASAP, a})
		if a, ok := a.(asapside.ElementVerified); ok {
			c.stepENRP(now, enrp.Confirmed{Pool: a.Pool, ID: a.ID})
		}
	}
	for _, a := range c.enrp.Flush(now) {
		c.actions = append(c.actions, Action{ENRP, a})
	}
}

// stepENRP steps the machine for other registrars. Its results are events for the machine for
// pool elements and pool users.
func (c *Core) stepENRP(now time.Time, ev step.Event) {
	for _, a := range c.enrp.Step(now, ev) {
		c.actions = append(c.actions, Action{ENRP, a})
		switch a := a.(type) {
		case enrp.PeerFound, enrp.PeerLost:
			c.sizes.changed = true
		case enrp.Ready:
			c.stepASAP(now, asapside.Open{})
		case enrp.Adopt:
			c.stepASAP(now, asapside.Adopt{Pool: a.Pool, ID: a.ID, Ours: a.Ours})
		case enrp.Verify:
			c.stepASAP(now, asapside.Verify{Pool: a.Pool, ID: a.ID, Contested: a.Contested})
		}
	}
}

// measure notes the sizes if they may have changed.
func (c *Core) measure(now time.Time) {
	if c.sizes.changed {
		c.sizes.set(now, size{c.enrp.NumPeers(), c.hs.NumPools(), c.hs.Len(), c.hs.Owned(c.id)})
	}
}
