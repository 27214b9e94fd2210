// Package core joins the machines that make a registrar: one for pool elements and
// pool users, one for other registrars, and the handlespace that both work on. It has
// no input or output, so that the simulator runs just what the server runs.
package core

import (
	"math/rand/v2"
	"time"

	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
	"github.com/rserpool-go/rserpool/transport/step"
)

// Config configures a [Core].
type Config struct {
	// Elements is how the registrar deals with pool elements and pool users, and
	// Peers how with other registrars. Both must have the registrar's identifier.
	Elements asapside.Config
	Peers    enrp.Config
	// MaxElements bounds the handlespace, 0: not at all.
	MaxElements int
	// MaxIncrement is how many elements of an answer count as used, 0: one.
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

// Action is what the machine of a side asks the owner to do.
type Action struct {
	Side Side
	step.Action
}

// Core is a registrar without its endpoints. Its owner calls it for every event with
// the present time, which must not go back, and carries out the actions that it
// returns in their order; they are good until the next call.
type Core struct {
	hs      *handlespace.Handlespace
	asap    *asapside.Registrar
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
	c.asap = asapside.New(config.Elements, c.hs, config.Random)
	c.enrp = enrp.New(config.Peers, c.hs, config.Random, now)
	return c
}

// Handlespace returns the handlespace, which is only to be read.
func (c *Core) Handlespace() *handlespace.Handlespace { return c.hs }

// Peers returns the machine of the other registrars, which is only to be asked.
func (c *Core) Peers() *enrp.Machine { return c.enrp }

// Counts returns what both sides have done so far.
func (c *Core) Counts() (asapside.Counts, enrp.Counts) {
	return c.asap.Counts(), c.enrp.Counts()
}

// Step takes an event of a side's endpoint.
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

// Tick tells both sides that time has passed.
func (c *Core) Tick(now time.Time) []Action {
	clear(c.actions)
	c.actions = c.actions[:0]
	c.stepASAP(now, step.Tick{})
	c.stepENRP(now, step.Tick{})
	c.measure(now)
	return c.actions
}

// Deadline returns when the next Tick is due.
func (c *Core) Deadline() time.Time { return step.Earlier(c.enrp.Deadline(), c.asap.Deadline()) }

// stepASAP feeds the side of pool elements and pool users. Peers are told of its changes.
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

// stepENRP feeds the side of other registrars. Elements are told of its results.
func (c *Core) stepENRP(now time.Time, ev step.Event) {
	for _, a := range c.enrp.Step(now, ev) {
		c.actions = append(c.actions, Action{ENRP, a})
		switch a := a.(type) {
		case enrp.PeerFound, enrp.PeerLost:
			c.sizes.changed = true
		case enrp.Ready:
			c.stepASAP(now, asapside.Open{})
		case enrp.TakenOver:
			c.stepASAP(now, asapside.Adopt{Pool: a.Pool, ID: a.ID, Claimed: a.Claimed})
		case enrp.Verify:
			c.stepASAP(now, asapside.Verify{Pool: a.Pool, ID: a.ID})
		}
	}
}
