package machine

import (
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Step takes an event at a time and returns the actions that follow, in order.
func (c *Client) Step(now time.Time, ev step.Event) []step.Action {
	c.actions = nil
	switch ev := ev.(type) {
	case step.Up:
		c.handleAssociationUp(now, ev)
	case step.Down:
		c.handleAssociationDown(now, ev.Assoc)
	case step.DialFailed:
		c.hunt.failDial(now, ev.Dial)
	case Received:
		c.handleMessage(now, ev)
	case step.Malformed:
		c.complain(ev.Assoc, asapmsg.ReportMalformed(ev.Data, ev.Err))
	case Heard:
		c.hunt.addAnnounced(now, ev)
	case RegistrarsFound:
		c.hunt.configure(ev.Registrars)
	case Register:
		c.addElement(ev)
	case Update:
		c.handleUpdate(ev)
	case Moved:
		c.handleMove(ev)
	case Deregister:
		c.startDeregistration(ev)
	case Abandon:
		c.abandonDeregistration(ev)
	case Resolve:
		c.startResolution(ev)
	case Cancel:
		c.queue.cancel(ev.Token)
	case ReportUnreachable:
		c.queue.addReport(now, ev.Pool, ev.ID)
	}
	c.expireRequests(now)
	c.settleClaim(now)
	c.renewElements(now)
	c.sendRequests(now)
	c.continueHunt(now)
	return c.actions
}

// handleMessage handles a message of a registrar. Messages that are not for a pool element or
// pool user are ignored.
func (c *Client) handleMessage(now time.Time, ev Received) {
	report, discard := asapmsg.ReportUnrecognized(ev.Message)
	c.complain(ev.Assoc, report)
	if discard {
		return
	}
	switch m := ev.Message.(type) {
	case *asapmsg.EndpointKeepAlive:
		c.handleKeepAlive(now, ev.Assoc, m)
	case *asapmsg.RegistrationResponse:
		if r := c.takeRequest(ev.Assoc, requestKey{asapmsg.TypeRegistration, m.PoolHandle, m.PEID}); r != nil {
			c.handleRegistrationResponse(now, r.element, m.Reject, m.Causes)
		}
	case *asapmsg.DeregistrationResponse:
		if r := c.takeRequest(ev.Assoc, requestKey{asapmsg.TypeDeregistration, m.PoolHandle, m.PEID}); r != nil {
			c.finishDeregistration(r.element, m.Causes)
		}
	case *asapmsg.HandleResolutionResponse:
		if r := c.takeRequest(ev.Assoc, requestKey{asapmsg.TypeHandleResolution, m.PoolHandle, 0}); r != nil {
			c.finishResolution(r, m)
		}
	case *asapmsg.Error:
		c.handleError(now, ev.Assoc, m.Causes)
	}
}
