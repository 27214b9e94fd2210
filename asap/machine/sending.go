package machine

import (
	"slices"
	"time"
)

// sendRequests sends the waiting reports and requests, in order.
func (c *Client) sendRequests(now time.Time) {
	if c.home.assoc == 0 {
		return
	}
	for _, m := range c.queue.reports {
		c.send(c.home.assoc, m) // Nothing answers a report.
	}
	c.queue.reports = nil
	for r := c.queue.takeNext(); r != nil; r = c.queue.takeNext() {
		r.trials++
		r.deadline = now.Add(c.config.ResponseTimeout)
		if e := r.element; r.message == nil {
			e.changed = false
			c.send(c.home.assoc, e.registration(&c.home))
		} else {
			c.send(c.home.assoc, r.message)
		}
	}
}

// expireRequests repeats requests that have not been answered in time, or gives handle
// resolutions up and the probe of the home.
func (c *Client) expireRequests(now time.Time) {
	overdue := c.queue.takeOverdue(now)
	if len(overdue) == 0 {
		return
	}
	c.home.slow = true
	c.queue.unsend(slices.DeleteFunc(overdue, func(r *request) bool {
		switch {
		case r.cancelled || r.trials < c.config.RequestTrials:
			return false
		case r.probe:
			c.stranger.probe, c.stranger.isHomeSilent = nil, true
			return true
		case r.isResolution():
			c.failResolution(r, false)
			return true
		}
		return false
	}))
}
