// Package core joins the machines that make a registrar: one for pool elements and
// pool users, one for other registrars, and the handlespace that both work on. It has
// no input or output, so that the simulator runs just what the server runs.
package core

import (
	"math/rand/v2"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/handlespace"
)

// Config configures a [Core].
type Config struct {
	// Elements is how the registrar deals with pool elements and pool users, and
	// Peers how with other registrars. Both must have the registrar's identifier.
	Elements machine.RegistrarConfig
	Peers    enrp.Config
	// MaxElements bounds the handlespace, 0: not at all.
	MaxElements int
	// MaxIncrement is how many elements of an answer count as used, 0: one.
	MaxIncrement int
	// Random draws choices and the jitter of timers.
	Random *rand.Rand
}

// Action is what one of the machines asks the owner to do; the other field is nil.
type Action struct {
	ASAP machine.Action
	ENRP enrp.Action
}

// Core is a registrar without its endpoints. Its owner calls it for every event with
// the present time, which must not go back, and carries out the actions that it
// returns in their order; they are good until the next call.
type Core struct {
	hs      *handlespace.Handlespace
	asap    *machine.Registrar
	enrp    *enrp.Machine
	actions []Action
	sizes   sizes
}

// New returns a registrar that seeks its peers from now on.
func New(config Config, now time.Time) *Core {
	c := &Core{sizes: sizes{id: config.Elements.ID, start: now, since: now}}
	c.hs = handlespace.New(handlespace.Config{
		Rand:         config.Random,
		MaxElements:  config.MaxElements,
		MaxIncrement: config.MaxIncrement,
		OnChange: func(change handlespace.Change) {
			c.sizes.changed = c.sizes.changed || !change.Same
			c.enrp.Changed(change)
			c.asap.Changed(change)
		},
	})
	c.asap = machine.NewRegistrar(config.Elements, c.hs, config.Random)
	c.enrp = enrp.New(config.Peers, c.hs, config.Random, now)
	return c
}

// Handlespace returns the handlespace, which is only to be read.
func (c *Core) Handlespace() *handlespace.Handlespace { return c.hs }

// Peers returns the machine of the other registrars, which is only to be asked.
func (c *Core) Peers() *enrp.Machine { return c.enrp }

// Counts returns what both sides have done so far.
func (c *Core) Counts() (machine.RegistrarCounts, enrp.Counts) {
	return c.asap.Counts(), c.enrp.Counts()
}

// StepASAP takes an event on the side of pool elements and pool users.
func (c *Core) StepASAP(now time.Time, ev machine.Event) []Action {
	clear(c.actions)
	c.actions = c.actions[:0]
	c.stepASAP(now, ev)
	c.measure(now)
	return c.actions
}

// StepENRP takes an event on the side of other registrars.
func (c *Core) StepENRP(now time.Time, ev enrp.Event) []Action {
	clear(c.actions)
	c.actions = c.actions[:0]
	c.stepENRP(now, ev)
	c.measure(now)
	return c.actions
}

// Tick tells both sides that time has passed.
func (c *Core) Tick(now time.Time) []Action {
	clear(c.actions)
	c.actions = c.actions[:0]
	c.stepASAP(now, machine.Tick{})
	c.stepENRP(now, enrp.Tick{})
	c.measure(now)
	return c.actions
}

// Deadline returns when the next Tick is due.
func (c *Core) Deadline() time.Time {
	d := c.enrp.Deadline() // It always has one.
	if a := c.asap.Deadline(); !a.IsZero() && a.Before(d) {
		d = a
	}
	return d
}

// stepASAP feeds the one side. What it has changed, peers are told.
func (c *Core) stepASAP(now time.Time, ev machine.Event) {
	for _, a := range c.asap.Step(now, ev) {
		c.actions = append(c.actions, Action{ASAP: a})
		if a, ok := a.(machine.ElementVerified); ok {
			c.stepENRP(now, enrp.Confirmed{Pool: a.Pool, ID: a.ID})
		}
	}
	for _, a := range c.enrp.Flush(now) {
		c.actions = append(c.actions, Action{ENRP: a})
	}
}

// stepENRP feeds the other side. What it has found, elements are told.
func (c *Core) stepENRP(now time.Time, ev enrp.Event) {
	for _, a := range c.enrp.Step(now, ev) {
		c.actions = append(c.actions, Action{ENRP: a})
		switch a := a.(type) {
		case enrp.PeerFound, enrp.PeerLost:
			c.sizes.changed = true
		case enrp.Ready:
			c.stepASAP(now, machine.Open{})
		case enrp.TakenOver:
			c.stepASAP(now, machine.Adopt{Pool: a.Pool, ID: a.ID, Claimed: a.Claimed})
		case enrp.Verify:
			c.stepASAP(now, machine.Verify{Pool: a.Pool, ID: a.ID})
		}
	}
}
