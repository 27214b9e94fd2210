package hub

import (
	"errors"
	"log/slog"
	"slices"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/step"
)

// accept takes associations that peers open.
func (h *Hub[M]) accept() {
	for {
		assoc, err := h.config.Endpoint.Accept(h.life)
		if err != nil {
			return // Only closing ends it.
		}
		h.run(assoc, 0)
	}
}

// run starts to read an association, unless a goroutine reads it already.
func (h *Hub[M]) run(assoc transport.Association, dial step.DialID) {
	up := step.Up{Assoc: assoc.ID(), Dial: dial, Peer: assoc.RemoteAddrs()}
	h.mu.Lock()
	p, running := h.peers[up.Assoc]
	if err := assoc.Err(); err != nil && !running && dial != 0 {
		// A dial may have found an association whose Down has been posted.
		h.mu.Unlock()
		h.post(step.DialFailed{Dial: dial, Err: err})
		return
	}
	if !running && !h.closed {
		p = newPeer(assoc, h.config.PPID)
		p.use.isWatched = h.config.IdleTimeout > 0
		p.use.note()
		h.peers[up.Assoc] = p
		h.wg.Go(func() { h.read(p, up) })
	}
	h.mu.Unlock()
	if running {
		h.postAgain(p, up)
	}
}

// postAgain tells the owner that a dial has found an association that was up already. If
// the association has ended since, the dial has failed: Down comes last.
func (h *Hub[M]) postAgain(p *peer, up step.Up) {
	p.order.Lock()
	defer p.order.Unlock()
	if p.down {
		h.post(step.DialFailed{Dial: up.Dial, Err: p.assoc.Err()})
		return
	}
	h.post(up)
}

// read hands everything that an association brings to the owner, from its beginning to its
// end.
func (h *Hub[M]) read(p *peer, up step.Up) {
	h.log.Debug("association up", "assoc", up.Assoc, "peer", up.Peer)
	h.post(up)
	for {
		if h.config.ReadLimit > 0 {
			p.awaitRoom(h.life, amount{h.config.ReadLimit - 1, h.config.ReadOctets})
		}
		raw, err := p.assoc.Receive(h.life)
		if err != nil {
			h.finish(p, step.Down{Assoc: up.Assoc, Err: err})
			return
		}
		p.use.note()
		h.post(h.decode(p, up.Assoc, raw))
	}
}

// finish tells the owner that an association has ended.
func (h *Hub[M]) finish(p *peer, down step.Down) {
	level := slog.LevelDebug
	if err, ok := errors.AsType[*transport.DownError](down.Err); ok && err.Cause == transport.CauseOverload {
		level = slog.LevelWarn // The peer may not know the reason.
	}
	h.log.Log(h.life, level, "association down", "assoc", down.Assoc, "peer", p.assoc.RemoteAddrs(), "error", down.Err)
	h.mu.Lock()
	delete(h.peers, down.Assoc)
	h.mu.Unlock()
	p.order.Lock()
	defer p.order.Unlock()
	p.down = true
	h.post(down)
}

// decode returns the event for a message.
func (h *Hub[M]) decode(p *peer, assoc step.AssocID, raw transport.Message) step.Event {
	err := ErrPPID
	var m M
	if raw.PPID == h.config.PPID {
		m, err = h.config.Parse(raw.Data)
	}
	if err != nil {
		h.log.Debug("malformed message", "assoc", assoc, "error", err)
		return step.Malformed{Assoc: assoc, Data: raw.Data, Err: err}
	}
	if h.isTracing() {
		h.log.Debug("received", "assoc", assoc, describe(m))
	}
	ev := step.Received[M]{Assoc: assoc, Message: m}
	if h.config.NeedsRTT != nil && h.config.NeedsRTT(m) {
		ev.RTT = p.assoc.RTT()
	}
	return ev
}

// describe returns the attributes of a message for a record about it. The name of the
// message's type has the key message, because msg is the key of the record's own text.
func describe(m any) slog.Attr {
	const key = "message"
	v := slog.AnyValue(m).Resolve()
	if v.Kind() != slog.KindGroup {
		return slog.Attr{Key: key, Value: v}
	}
	attrs := slices.Clone(v.Group())
	for i := range attrs {
		if attrs[i].Key == slog.MessageKey {
			attrs[i].Key = key
		}
	}
	return slog.Attr{Value: slog.GroupValue(attrs...)} // Without a key, the group is flat.
}
