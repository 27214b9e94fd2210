package machine

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
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

func (Resolve) IsEvent()           {}
func (Cancel) IsEvent()            {}
func (ReportUnreachable) IsEvent() {}

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

func (Resolved) IsAction()      {}
func (ResolveFailed) IsAction() {}
func (HomeChanged) IsAction()   {}
func (HomeLost) IsAction()      {}

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
	cancelled bool            // nobody waits for the answer, which comes all the same
	deadline  time.Time       // for the answer; zero: not sent
	trials    int
	rounds    int // of the hunt, while it could not be sent
}

const (
	// maxReports bounds the reports that wait for a registrar.
	maxReports = 16
	// maxSent bounds the requests that a registrar has not answered yet, so that
	// neither side needs to keep more than it can.
	maxSent = 1024
)

// requests are the requests to the home registrar.
type requests struct {
	waiting     []*request // to be sent, in order
	sent        []*request // not answered yet, in order of sending and thus of deadlines
	resolutions map[Token]*request
	cancelled   int // how many of those that wait are
	reports     []*asapmsg.EndpointUnreachable
}

// final reports whether the request is given up some time. Registrations and
// deregistrations are for the owner to end.
func (r *request) final() bool { return r.key.typ == asapmsg.TypeHandleResolution }

// pending reports whether there is something to be sent or answered.
func (q *requests) pending() bool { return len(q.waiting)+len(q.sent)+len(q.reports) > 0 }

// add queues a request.
func (q *requests) add(r *request) { q.waiting = append(q.waiting, r) }

// drop removes requests, in order.
func (q *requests) drop(match func(*request) bool) {
	q.sent = slices.DeleteFunc(q.sent, match)
	q.waiting = slices.DeleteFunc(q.waiting, match)
}

// unsend has requests that were sent be the next to be sent again.
func (q *requests) unsend(again []*request) {
	again = slices.DeleteFunc(slices.Clone(again), func(r *request) bool { return r.cancelled })
	for _, r := range again {
		r.deadline = time.Time{}
	}
	q.waiting = append(again, q.waiting...)
}

// cancel forgets a handle resolution. One that has been sent stays, lest its answer be
// taken for that to a later request for the same pool. One that waits goes with others
// when they are half of all.
func (q *requests) cancel(token Token) {
	r := q.resolutions[token]
	if r == nil {
		return
	}
	delete(q.resolutions, token)
	r.cancelled = true
	if !r.deadline.IsZero() {
		return
	}
	if q.cancelled++; 2*q.cancelled >= len(q.waiting) {
		q.waiting = slices.DeleteFunc(q.waiting, func(r *request) bool { return r.cancelled })
		q.cancelled = 0
	}
}

// next takes the next request to be sent, nil if there is none, or no more may be sent
// now.
func (q *requests) next() *request {
	for len(q.waiting) > 0 && len(q.sent) < maxSent {
		r := q.waiting[0]
		q.waiting[0] = nil
		q.waiting = q.waiting[1:]
		if !r.cancelled {
			q.sent = append(q.sent, r)
			return r
		}
		q.cancelled--
	}
	return nil
}

func (c *Client) resolve(ev Resolve) {
	r := &request{
		key:     requestKey{asapmsg.TypeHandleResolution, ev.Pool, 0},
		message: &asapmsg.HandleResolution{PoolHandle: ev.Pool, Items: ev.Items},
		token:   ev.Token,
	}
	c.requests.resolutions[ev.Token] = r
	c.requests.add(r)
}

func (c *Client) report(ev ReportUnreachable) {
	if len(c.requests.reports) >= maxReports {
		return
	}
	for _, m := range c.requests.reports {
		if m.PoolHandle == ev.Pool && m.PEID == ev.ID {
			return
		}
	}
	c.requests.reports = append(c.requests.reports, &asapmsg.EndpointUnreachable{PoolHandle: ev.Pool, PEID: ev.ID})
}

// unsendRequests has all that was not answered sent again to the next home.
func (c *Client) unsendRequests() {
	c.slow = false
	sent := c.requests.sent
	c.requests.sent = nil
	c.requests.unsend(sent)
}

// sendRequests sends what waits, in order.
func (c *Client) sendRequests(now time.Time) {
	if c.home.assoc == 0 {
		return
	}
	for _, m := range c.requests.reports {
		c.send(c.home.assoc, m) // Nothing answers it.
	}
	c.requests.reports = nil
	for r := c.requests.next(); r != nil; r = c.requests.next() {
		r.trials++
		r.deadline = now.Add(c.config.ResponseTimeout)
		if r.key.typ == asapmsg.TypeRegistration {
			c.send(c.home.assoc, c.registration(r.element))
		} else {
			c.send(c.home.assoc, r.message)
		}
	}
}

// answered takes the request that a response from an association is for, nil if
// there is none.
func (c *Client) answered(assoc step.AssocID, key requestKey) *request {
	return c.take(assoc, func(r *request) bool { return r.key == key })
}

func (c *Client) answeredOldest(assoc step.AssocID) *request {
	return c.take(assoc, func(*request) bool { return true })
}

func (c *Client) take(assoc step.AssocID, match func(*request) bool) *request {
	if assoc != c.home.assoc {
		return nil
	}
	i := slices.IndexFunc(c.requests.sent, match)
	if i < 0 {
		return nil
	}
	r := c.requests.sent[i]
	c.requests.sent = slices.Delete(c.requests.sent, i, i+1)
	c.slow = false
	if r.cancelled {
		return nil
	}
	c.done(r)
	return r
}

// done notes that a request is out of the way.
func (c *Client) done(r *request) {
	if r.final() {
		delete(c.requests.resolutions, r.token)
	} else {
		r.element.request = nil
	}
}

// expireRequests repeats requests that have not been answered in time, or gives
// them up.
func (c *Client) expireRequests(now time.Time) {
	sent := c.requests.sent
	n := 0
	for n < len(sent) && !now.Before(sent[n].deadline) {
		n++
	}
	if n == 0 {
		return
	}
	c.slow = true
	expired := slices.Clone(sent[:n])
	c.requests.sent = slices.Delete(sent, 0, n)
	c.requests.unsend(slices.DeleteFunc(expired, func(r *request) bool {
		if r.cancelled || !r.final() || r.trials < c.config.RequestTrials {
			return false
		}
		c.done(r)
		c.do(ResolveFailed{Token: r.token})
		return true
	}))
}

// roundFailed notes that a round of the hunt has found no registrar.
func (c *Client) roundFailed() {
	if c.config.HuntRounds == 0 {
		return
	}
	c.requests.drop(func(r *request) bool {
		if r.rounds++; r.cancelled || !r.final() || r.rounds < c.config.HuntRounds {
			return false
		}
		c.done(r)
		c.do(ResolveFailed{Token: r.token, NoRegistrar: true})
		return true
	})
}
