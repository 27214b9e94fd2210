package machine

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Token identifies a handle resolution. It is the owner's to choose.
type Token uint64

// Resolve asks which elements a pool has. Resolved, or ResolveFailed, answers.
type Resolve struct {
	Token Token
	Pool  wire.PoolHandle
	// Items is how many elements are wanted; 0 lets the registrar decide.
	Items uint32
}

// Cancel withdraws a handle resolution: neither Resolved nor ResolveFailed follows.
type Cancel struct{ Token Token }

// ReportUnreachable tells the registrar that an element could not be reached
// (RFC 5352, 3.5). Nothing answers.
type ReportUnreachable struct {
	Pool wire.PoolHandle
	ID   wire.PEID
}

func (Resolve) event()           {}
func (Cancel) event()            {}
func (ReportUnreachable) event() {}

// Resolved answers a Resolve by the registrar's response.
type Resolved struct {
	Token    Token
	Policy   wire.Policy
	Elements []wire.PoolElement
	// Causes tell why the registrar has refused; none: it has not.
	Causes []wire.ErrorCause
}

// ResolveFailed answers a Resolve that got no response.
type ResolveFailed struct {
	Token Token
	// NoRegistrar: none could be reached; else one did not answer in time.
	NoRegistrar bool
}

// HomeChanged tells that there is a home registrar.
type HomeChanged struct {
	ID   wire.ServerID // 0: not known yet
	Peer []netip.AddrPort
}

// HomeLost tells that the association with the home registrar has ended.
type HomeLost struct{}

func (Resolved) action()      {}
func (ResolveFailed) action() {}
func (HomeChanged) action()   {}
func (HomeLost) action()      {}

// requestKey is by which a response finds its request. Registrars answer in order,
// but a repeated request makes that order useless.
type requestKey struct {
	typ  asapmsg.Type
	pool wire.PoolHandle
	id   wire.PEID
}

// request is a message to the home registrar that waits to be sent or answered.
type request struct {
	key       requestKey
	message   asapmsg.Message // nil for a registration, which is made when it is sent
	token     Token           // of a handle resolution
	element   *element        // of a registration or deregistration
	sent      bool
	cancelled bool      // nobody waits for the answer, which comes all the same
	deadline  time.Time // for the answer
	trials    int
	rounds    int // of the hunt, while it could not be sent
}

// maxReports bounds the reports that wait for a registrar.
const maxReports = 16

// unsend has the request sent again.
func (r *request) unsend() { r.sent, r.deadline = false, time.Time{} }

// final reports whether the request is given up some time. Registrations and
// deregistrations are for the owner to end.
func (r *request) final() bool { return r.key.typ == asapmsg.TypeHandleResolution }

func (c *Client) resolve(ev Resolve) {
	c.requests = append(c.requests, &request{
		key:     requestKey{asapmsg.TypeHandleResolution, ev.Pool, 0},
		message: &asapmsg.HandleResolution{PoolHandle: ev.Pool, Items: ev.Items},
		token:   ev.Token,
	})
}

// cancel forgets a handle resolution. One that has been sent stays, lest its answer be
// taken for that to a later request for the same pool.
func (c *Client) cancel(ev Cancel) {
	c.drop(func(r *request) bool {
		if !r.final() || r.token != ev.Token {
			return false
		}
		r.cancelled = true
		return !r.sent
	})
}

func (c *Client) report(ev ReportUnreachable) {
	key := requestKey{asapmsg.TypeEndpointUnreachable, ev.Pool, ev.ID}
	waiting := 0
	for _, r := range c.requests {
		if r.key == key {
			return
		}
		if r.key.typ == key.typ {
			waiting++
		}
	}
	if waiting < maxReports {
		c.requests = append(c.requests, &request{
			key:     key,
			message: &asapmsg.EndpointUnreachable{PoolHandle: ev.Pool, PEID: ev.ID},
		})
	}
}

// unsendRequests has all that was not answered sent again to the next home.
func (c *Client) unsendRequests() {
	c.slow = false
	c.drop(func(r *request) bool {
		r.unsend()
		return r.cancelled
	})
}

func (c *Client) drop(match func(*request) bool) {
	c.requests = slices.DeleteFunc(c.requests, match)
}

// sendRequests sends what waits, in order.
func (c *Client) sendRequests(now time.Time) {
	if c.home.assoc == 0 {
		return
	}
	for _, r := range c.requests {
		if r.sent {
			continue
		}
		r.sent = true
		r.trials++
		r.deadline = now.Add(c.config.ResponseTimeout)
		if r.key.typ == asapmsg.TypeRegistration {
			c.send(c.home.assoc, c.registration(r.element))
		} else {
			c.send(c.home.assoc, r.message)
		}
	}
	// Nothing answers a report.
	c.drop(func(r *request) bool { return r.sent && r.key.typ == asapmsg.TypeEndpointUnreachable })
}

// answered takes the request that a response from an association is for, nil if
// there is none.
func (c *Client) answered(assoc AssocID, key requestKey) *request {
	return c.take(assoc, func(r *request) bool { return r.key == key })
}

func (c *Client) answeredOldest(assoc AssocID) *request {
	return c.take(assoc, func(*request) bool { return true })
}

func (c *Client) take(assoc AssocID, match func(*request) bool) *request {
	if assoc != c.home.assoc {
		return nil
	}
	i := slices.IndexFunc(c.requests, func(r *request) bool { return r.sent && match(r) })
	if i < 0 {
		return nil
	}
	r := c.requests[i]
	c.requests = slices.Delete(c.requests, i, i+1)
	c.slow = false
	if r.cancelled {
		return nil
	}
	return r
}

// expireRequests repeats requests that have not been answered in time, or gives
// them up.
func (c *Client) expireRequests(now time.Time) {
	c.drop(func(r *request) bool {
		if !r.sent || now.Before(r.deadline) {
			return false
		}
		c.slow = true
		if r.cancelled {
			return true
		}
		if r.final() && r.trials >= c.config.RequestTrials {
			c.do(ResolveFailed{Token: r.token})
			return true
		}
		r.unsend()
		return false
	})
}

// roundFailed notes that a round of the hunt has found no registrar.
func (c *Client) roundFailed() {
	if c.config.HuntRounds == 0 {
		return
	}
	for _, r := range c.requests {
		if r.rounds++; r.final() && r.rounds >= c.config.HuntRounds {
			c.do(ResolveFailed{Token: r.token, NoRegistrar: true})
		}
	}
	c.drop(func(r *request) bool { return r.final() && r.rounds >= c.config.HuntRounds })
}
