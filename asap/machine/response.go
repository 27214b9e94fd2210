package machine

import (
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// takeRequest takes the request that a response from an association answers, nil if there is
// none.
func (c *Client) takeRequest(assoc step.AssocID, key requestKey) *request {
	return c.takeSent(assoc, func(r *request) bool { return r.key == key })
}

// takeSent takes the oldest request that matches and was sent over an association. An answer
// to a cancelled request is no answer to another.
func (c *Client) takeSent(assoc step.AssocID, match func(*request) bool) *request {
	if assoc != c.home.assoc {
		return nil
	}
	r := c.queue.takeSent(match)
	if r == nil {
		return nil
	}
	c.home.slow = false
	switch {
	case r.cancelled:
		return nil
	case r.probe:
		c.stranger.probe = nil // Any answer shows that the home lives.
		return nil
	}
	c.queue.finish(r)
	return r
}

// handleError ends a request that the registrar could not make sense of. An error names no
// request. A registrar answers in order, so the error is for the oldest request.
func (c *Client) handleError(now time.Time, assoc step.AssocID, causes []wire.ErrorCause) {
	if isSkipReport(causes) {
		return
	}
	r := c.takeSent(assoc, func(*request) bool { return true })
	if r == nil {
		return
	}
	switch r.key.typ {
	case asapmsg.TypeRegistration:
		// The error may be for another message, and the response still come.
		r.element.renewAt = now.Add(r.element.interval)
		c.handleRegistrationResponse(now, r.element, true, causes)
	case asapmsg.TypeDeregistration:
		c.finishDeregistration(r.element, causes)
	case asapmsg.TypeHandleResolution:
		c.refuseResolution(r, causes)
	}
}
