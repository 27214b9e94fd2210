package sim

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// client is the ASAP side of an element or a user.
type client struct {
	w       *World
	host    *host
	machine *machine.Client
	asap    *endpoint
	process *process
	act     func(machine.Action) // what is not about associations
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
func (c *client) start(act func(machine.Action)) {
	config := c.w.config.Client
	if c.w.config.StaticRegistrars {
		for _, r := range c.w.registrars {
			config.Registrars = append(config.Registrars, []netip.AddrPort{netip.AddrPortFrom(r.host.addr, portASAP)})
		}
	}
	c.act = act
	c.machine = machine.NewClient(config, c.w.machineRandom())
	c.asap = c.host.listen(portClient, owner{
		up: func(assoc, dial uint64, peer netip.AddrPort) {
			c.step(machine.AssociationUp{Assoc: machine.AssocID(assoc), Dial: machine.DialID(dial), Peer: []netip.AddrPort{peer}})
		},
		down:       func(assoc uint64, _ bool) { c.step(machine.AssociationDown{Assoc: machine.AssocID(assoc)}) },
		dialFailed: func(dial uint64) { c.step(machine.DialFailed{Dial: machine.DialID(dial)}) },
		received:   c.received,
	})
}

func (c *client) received(assoc uint64, data []byte) {
	m, err := asapmsg.Parse(data)
	if err != nil {
		c.w.violate("%s cannot decode %x: %v", c.host.name, data, err)
		return
	}
	c.w.logMessage(c.host, assoc, m)
	c.step(machine.Received{Assoc: machine.AssocID(assoc), Message: m})
}

func (c *client) step(ev machine.Event) {
	for _, action := range c.machine.Step(c.host.clock(), ev) {
		switch a := action.(type) {
		case machine.Send:
			if !c.asap.send(uint64(a.Assoc), a.Message) {
				c.asap.abort(uint64(a.Assoc))
			}
		case machine.Dial:
			c.asap.dial(uint64(a.Dial), a.Addrs[0])
		case machine.End:
			c.asap.end(uint64(a.Assoc))
		case machine.Abort:
			c.asap.abort(uint64(a.Assoc))
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
