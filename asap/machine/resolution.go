package machine

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// startResolution queues a handle resolution (RFC 5352, 3.3).
func (c *Client) startResolution(ev Resolve) {
	r := &request{
		key:     requestKey{asapmsg.TypeHandleResolution, ev.Pool, 0},
		message: &asapmsg.HandleResolution{PoolHandle: ev.Pool, Items: ev.Items},
		token:   ev.Token,
	}
	c.queue.resolutions[ev.Token] = r
	c.queue.add(r)
}

// finishResolution tells the registrar's response.
func (c *Client) finishResolution(r *request, m *asapmsg.HandleResolutionResponse) {
	c.do(Resolved{Token: r.token, Policy: policyOf(m), Elements: m.PoolElements, Causes: m.Causes})
}

// refuseResolution tells that the registrar has sent an error instead of a response.
func (c *Client) refuseResolution(r *request, causes []wire.ErrorCause) {
	c.do(Resolved{Token: r.token, Causes: causes})
}

// failResolution gives up a handle resolution.
func (c *Client) failResolution(r *request, noRegistrar bool) {
	c.queue.finish(r)
	c.do(ResolveFailed{Token: r.token, NoRegistrar: noRegistrar})
}

// failRound gives up handle resolutions that have waited for too many rounds of the hunt.
func (c *Client) failRound() {
	if c.config.HuntRounds == 0 {
		return
	}
	c.queue.drop(func(r *request) bool {
		if r.rounds++; r.cancelled || !r.isResolution() || r.rounds < c.config.HuntRounds {
			return false
		}
		c.failResolution(r, true)
		return true
	})
}
