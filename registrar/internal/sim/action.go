package sim

import (
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/step"
)

// do carries out an action on associations, as a hub does. It returns false for other actions.
func (ep *endpoint) do(action step.Action) bool {
	switch a := action.(type) {
	case step.Send:
		ep.send(a.Assoc, a.Message)
	case step.Dial:
		ep.dial(a.Dial, a.Addrs[0])
	case step.End:
		ep.end(a.Assoc)
	case step.Abort:
		ep.w.log(ep.host.name, "aborts association %d at port %d: %s", a.Assoc, ep.addr.Port(), a.Reason)
		ep.abort(a.Assoc)
	default:
		return false
	}
	return true
}

// send sends a message. An association whose queue is full is aborted.
func (ep *endpoint) send(assoc step.AssocID, m step.Message) {
	h := ep.assocs[assoc]
	if h == nil || h.state != up {
		return
	}
	if len(h.queue) >= ep.limit {
		ep.w.log(ep.host.name, "queue of association %d at port %d is full", assoc, ep.addr.Port())
		ep.abort(assoc)
		return
	}
	data, err := m.AppendBinary(nil)
	if err != nil {
		ep.w.violate("%s: a message cannot be encoded: %v", ep.host.name, err)
		return
	}
	ep.sent.add(len(data))
	h.push(packet{data: data})
}

// abort ends an association at once.
func (ep *endpoint) abort(assoc step.AssocID) {
	h := ep.assocs[assoc]
	if h == nil || h.state == pending {
		return
	}
	w := ep.w
	h.kill()
	w.after(0, func() { h.report(transport.CauseUnreachable) })
	w.after(w.drawTransit(), func() {
		if w.isOpen(ep.host, h.peer.ep.host) {
			h.peer.fail("aborted")
		}
	})
}

// shutdownTimeout is the time that the graceful end of an association may take.
const shutdownTimeout = 5 * time.Second

// end ends an association gracefully.
func (ep *endpoint) end(assoc step.AssocID) {
	h := ep.assocs[assoc]
	if h == nil || h.state != up {
		return
	}
	h.state = closing
	h.push(packet{fin: true})
	ep.w.after(shutdownTimeout, func() { ep.abort(assoc) })
}
