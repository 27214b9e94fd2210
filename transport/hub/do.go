package hub

import (
	"context"
	"errors"
	"net/netip"

	"github.com/rserpool-go/rserpool/transport/step"
)

// Do carries out an action of package step. It returns false for all other actions, which
// are the owner's own.
func (h *Hub[M]) Do(action step.Action) bool {
	switch a := action.(type) {
	case step.Send:
		h.sendOrAbort(a)
	case step.Multicast:
		h.multicast(a.Message)
	case step.Dial:
		h.Dial(a.Dial, a.Addrs)
	case step.End:
		h.End(a.Assoc)
	case step.Abort:
		h.Abort(a.Assoc, a.Reason)
	default:
		return false
	}
	return true
}

// sendOrAbort sends a message. A peer that does not take its messages loses its
// association.
func (h *Hub[M]) sendOrAbort(a step.Send) {
	if h.isTracing() {
		h.log.Debug("sent", "assoc", a.Assoc, describe(a.Message))
	}
	limit := h.config.QueueLimit
	if a.Unasked {
		limit = min(limit, h.config.UnaskedLimit)
	}
	if errors.Is(h.send(a.Assoc, a.Message, limit), ErrQueueFull) {
		h.Abort(a.Assoc, "send queue full")
	}
}

// Send sends a message, or queues it while there is no room for it in the association.
func (h *Hub[M]) Send(assoc step.AssocID, m step.Message) error {
	return h.send(assoc, m, h.config.QueueLimit)
}

// send is Send with a limit for the messages that wait.
func (h *Hub[M]) send(assoc step.AssocID, m step.Message, limit int) error {
	p := h.peer(assoc)
	if p == nil {
		return ErrNotUp
	}
	start, err := p.put(m, amount{limit, h.config.QueueOctets})
	if start {
		h.spawn(func() { p.flush(h.life) })
	}
	return err
}

// multicast sends a message to the group. The first of several failures in a row is logged
// as a warning.
func (h *Hub[M]) multicast(m step.Message) {
	if !h.config.Multicast.IsValid() {
		return
	}
	data, err := m.AppendBinary(nil)
	if err == nil {
		err = h.config.Endpoint.SendMulticast(h.config.Multicast, data)
	}
	h.mu.Lock()
	first := err != nil && !h.mute
	h.mute = err != nil
	h.mu.Unlock()
	switch {
	case first:
		h.log.Warn("multicast not sent", "group", h.config.Multicast, "error", err)
	case err == nil && h.isTracing():
		h.log.Debug("multicast sent", "group", h.config.Multicast, "msg", m)
	}
}

// Dial opens an association with a peer of the given addresses. Up or DialFailed
// answers.
func (h *Hub[M]) Dial(dial step.DialID, addrs []netip.AddrPort) {
	h.spawn(func() {
		ctx, cancel := context.WithTimeout(h.life, h.config.DialTimeout)
		defer cancel()
		assoc, err := h.config.Endpoint.Dial(ctx, addrs)
		if err != nil {
			h.log.Debug("association not opened", "peer", addrs, "error", err)
			h.post(step.DialFailed{Dial: dial, Err: err})
			return
		}
		h.run(assoc, dial)
	})
}

// End shuts an association down gracefully when all queued messages have been sent.
func (h *Hub[M]) End(assoc step.AssocID) {
	p := h.peer(assoc)
	if p == nil {
		return
	}
	h.spawn(func() {
		ctx, cancel := context.WithTimeout(h.life, h.config.ShutdownTimeout)
		defer cancel()
		p.drain(ctx)
		_ = p.assoc.Shutdown(ctx) // Down tells how it ended.
	})
}

// Abort ends an association at once.
func (h *Hub[M]) Abort(assoc step.AssocID, reason string) {
	if p := h.peer(assoc); p != nil {
		p.assoc.Abort(reason)
	}
}
