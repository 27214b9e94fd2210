package sim

import (
	"encoding/binary"
	"net/netip"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// client is the ASAP side of an element or a user.
type client struct {
	w        *World
	host     *host
	machine  *machine.Client
	asap     *endpoint
	process  *process
	carryOut func(step.Action) // carries out the actions of the machine that are not about associations
}

// start makes the machine of a new process.
func (c *client) start(carryOut func(step.Action)) {
	config := c.w.config.Client
	if c.w.config.StaticRegistrars {
		for _, r := range c.w.registrars {
			config.Registrars = append(config.Registrars, []netip.AddrPort{netip.AddrPortFrom(r.host.addr, portASAP)})
		}
	}
	c.carryOut = carryOut
	c.machine = machine.NewClient(config, c.w.newRandom())
	c.asap = c.host.listen(portClient, owner{handle: c.step, decode: newDecoder(c.host, 0, asapmsg.Parse)})
}

// step feeds the machine and carries out its actions.
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
		case machine.UnknownRegistrar:
			c.w.log(c.host.name, "unknown registrar %v, followed: %v", a.Peer, a.Followed)
		default:
			c.carryOut(action)
		}
	}
	c.process.arm()
}

// decodeControl decodes a message of the control channel between a user and an element.
func decodeControl(assoc step.AssocID, data []byte) step.Event {
	m, err := asapmsg.Parse(data)
	if err != nil {
		return nil
	}
	return machine.Received{Assoc: assoc, Message: m}
}

// encodeCookie returns the cookie with a number.
func encodeCookie(number uint64) []byte { return binary.BigEndian.AppendUint64(nil, number) }

// parseCookie returns the number of a cookie, and 0 for any other octets.
func parseCookie(cookie []byte) uint64 {
	if len(cookie) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(cookie)
}
