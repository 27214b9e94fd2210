package sim

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// client is the ASAP side of an element or a user.
type client struct {
	w       *World
	host    *host
	machine *machine.Client
	asap    *endpoint
	process *process
	act     func(step.Action) // what is not about associations
}

// clients returns the hosts that hear announces.
func (w *World) clients() []*host {
	var out []*host
	for _, h := range w.hosts {
		if h.announced != nil {
			out = append(out, h)
		}
	}
	return out
}

// start starts the machine.
func (c *client) start(act func(step.Action)) {
	config := c.w.config.Client
	if c.w.config.StaticRegistrars {
		for _, r := range c.w.registrars {
			config.Registrars = append(config.Registrars, []netip.AddrPort{netip.AddrPortFrom(r.host.addr, portASAP)})
		}
	}
	c.act = act
	c.machine = machine.NewClient(config, c.w.machineRandom())
	c.asap = c.host.listen(portClient, owner{handle: c.step, decode: decoder(c.host, 0, asapmsg.Parse)})
}

func (c *client) step(ev step.Event) {
	for _, action := range c.machine.Step(c.host.clock(), ev) {
		if c.asap.do(action) {
			continue
		}
		switch a := action.(type) {
		case machine.HomeChanged:
			c.w.log(c.host.name, "home is %v", a.Peer)
		case machine.HomeLost:
			c.w.log(c.host.name, "home lost")
		default:
			c.act(action)
		}
	}
	c.process.arm()
}
