package machine

import (
	"math/rand/v2"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Client is the ASAP endpoint of pool elements and pool users (RFC 5352, 3). It
// takes [step.Up], [step.Down], [step.DialFailed], [Received], [step.Malformed],
// [Heard], [RegistrarsFound], [Register], [Update], [Moved], [Deregister], [Abandon], [Resolve],
// [Cancel], [ReportUnreachable] and [step.Tick].
//
// It keeps an association with its home registrar. Without a home it hunts for a registrar
// while it has something to say (RFC 5352, 3.6). Elements follow the home: they are
// registered again with each new home, unless the registrar has taken them over. A registrar that
// is neither configured nor announced takes them over only if the home does not answer.
type Client struct {
	config   ClientConfig
	random   *rand.Rand
	hunt     hunt
	lookedUp bool // the names of registrars, since the hunt began
	home     home
	stranger stranger
	warned   time.Time // when the refusal of an unknown registrar was last told, zero: never
	inbound  []inbound // the oldest first
	queue    queue
	elements elements
	actions  []step.Action // of the current step
}

// NewClient returns a client without associations. It draws from random.
func NewClient(config ClientConfig, random *rand.Rand) *Client {
	config = config.withDefaults()
	return &Client{
		config:   config,
		random:   random,
		hunt:     newHunt(config, random),
		queue:    newQueue(),
		elements: newElements(),
	}
}

// Deadline returns the time of the next Tick, zero if none is due.
func (c *Client) Deadline() time.Time {
	d := step.Earlier(c.hunt.deadline(c.Hunting()), c.queue.deadline())
	if c.home.assoc != 0 {
		d = step.Earlier(d, c.elements.deadline())
	}
	return step.Earlier(d, c.stranger.deadline())
}

// Home returns the home registrar's identifier as far as it is known, and whether there is
// a home.
func (c *Client) Home() (wire.ServerID, bool) {
	return c.home.identifier(), c.home.assoc != 0
}

// Hunting reports whether the client hunts for a registrar: it has elements or requests, and
// its home is absent or slow. A slow home may still answer.
func (c *Client) Hunting() bool {
	return (len(c.elements.serving) > 0 || c.queue.isPending()) && (c.home.assoc == 0 || c.home.slow)
}

// ElementID returns the identifier of an element, 0 if there is no such element. A random
// identifier may change until a registrar has the element.
func (c *Client) ElementID(ref Ref) wire.PEID {
	if e := c.elements.find(ref); e != nil {
		return e.pe.ID
	}
	return 0
}

// do adds an action to the current step.
func (c *Client) do(a step.Action) { c.actions = append(c.actions, a) }

// send sends a message over an association.
func (c *Client) send(assoc step.AssocID, m step.Message) {
	c.do(step.Send{Assoc: assoc, Message: m})
}

// complain sends a report about a message to the home registrar. Any other peer may be
// anybody, and could have us keep as much as it sends.
func (c *Client) complain(assoc step.AssocID, report *asapmsg.Error) {
	if report != nil && assoc == c.home.assoc {
		c.send(assoc, report)
	}
}
