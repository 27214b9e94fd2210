//go:build linux && !386

package kernelsctp

import (
	"bytes"
	"errors"

	"github.com/ishidawataru/sctp"
	"golang.org/x/sys/unix"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/onetomany"
)

// read reads the endpoint's socket until it is closed.
func (e *endpoint) read(s *socket) {
	b := newBuffer()
	once := func(uintptr) bool { return e.readOnce(s, b) }
	// The error means that the endpoint is closed, or that a deadline is still set in the
	// poller.
	for s.raw.Read(once) == nil {
	}
}

// readOnce reads and handles a packet, and reports false if the socket has none.
func (e *endpoint) readOnce(s *socket, b *buffer) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	p, err := s.receive(b)
	switch {
	case errors.Is(err, unix.EAGAIN):
		return false
	case err != nil:
		return true // The error of an association, whose event reports it too.
	case p.event:
		if ev, ok := parseEvent(p); ok {
			e.handleEvent(ev)
		}
	default:
		e.handleData(p)
	}
	return true
}

// readOwn reads the own socket of an association, while there is room in the
// association's queue.
func (e *endpoint) readOwn(s *socket, id assocID) {
	defer func() { _ = s.file.Close() }() // Aborts the association if it is still up.
	for {
		e.mu.Lock()
		a := e.assocs[id] // A restart replaces the association.
		e.mu.Unlock()
		if a == nil {
			return
		}
		if !a.received.AwaitRoom() {
			continue
		}
		err := s.raw.Read(func(uintptr) bool {
			b := e.buffers.Get().(*buffer) // Released while the socket has nothing to read.
			defer e.buffers.Put(b)
			return e.readOnce(s, b)
		})
		if err != nil {
			e.mu.Lock()
			if a := e.assocs[id]; a != nil {
				a.abort("lost", &transport.DownError{Cause: transport.CauseAbortLocal, Reason: err.Error()})
			}
			e.mu.Unlock()
			return
		}
	}
}

// catchUp reads all packets of an association's own socket for which the queue has room.
// After a restart of the peer, the socket has room for the new association. A message
// that waited for room in the old association must not go to the new association.
func (e *endpoint) catchUp(a *association, s *socket) {
	b := e.buffers.Get().(*buffer)
	defer e.buffers.Put(b)
	for a.Err() == nil && !a.received.IsFull() && e.readOnce(s, b) {
	}
}

// handleData passes a message, or a part of a message, to its association. The endpoint's
// lock must be held.
func (e *endpoint) handleData(p packet) {
	a := e.assocs[p.id]
	if a == nil {
		return // The association has ended here already.
	}
	data := p.data
	if !p.whole || len(a.partial) > 0 {
		a.partial = append(a.partial, data...)
		data = a.partial
	}
	if len(data) > MaxMessageSize {
		a.abort("message too large", &transport.DownError{Cause: transport.CauseProtocol, Reason: "message too large"})
		return
	}
	if !p.whole {
		a.count()
		return
	}
	if len(a.partial) > 0 {
		a.partial = nil
	} else {
		data = bytes.Clone(data)
	}
	if full := a.received.Put(transport.Message{PPID: p.ppid, Stream: p.stream, Data: data}); full {
		e.peelOff(a)
	}
	a.count()
}

// peelOff gives an association a socket of its own. If that fails, the association is
// aborted. The endpoint's lock must be held.
func (e *endpoint) peelOff(a *association) {
	if a.sock.Load() != e.sock || e.assocs[a.kernel] != a {
		return
	}
	own, err := e.sock.peelOff(a.kernel)
	switch {
	case errors.Is(err, unix.EINVAL):
		return // The association has ended; its last data and its event are still to be read.
	case err != nil:
		// Without a free descriptor, the kernel has moved the association to the new
		// socket and closed the socket. No event will come.
		const reason = "no socket of its own"
		a.abort(reason, &transport.DownError{Cause: transport.CauseAbortLocal, Reason: reason + ": " + err.Error()})
		return
	}
	a.sock.Store(own)
	e.Running.Go(func() { e.readOwn(own, a.kernel) })
}

// handleEvent handles a notification. The endpoint's lock must be held.
func (e *endpoint) handleEvent(ev event) {
	a := e.assocs[ev.id]
	switch ev.kind {
	case sctp.SCTP_ASSOC_CHANGE:
		e.handleChange(ev, a)
	case sctp.SCTP_PEER_ADDR_CHANGE:
		switch {
		case a == nil:
		case ev.path == addrUnreachable, ev.path == addrFailing:
			a.pathDown = true
		case ev.path == addrAvailable:
			a.pathDown = false
		}
	case sctp.SCTP_SHUTDOWN_EVENT:
		if a != nil {
			a.ending = true
		}
	case sctp.SCTP_PARTIAL_DELIVERY_EVENT:
		if a != nil {
			a.partial = nil
		}
	}
}

// handleChange handles the start or the end of an association.
func (e *endpoint) handleChange(ev event, a *association) {
	switch ev.state {
	case sctp.SCTP_COMM_UP:
		if a == nil {
			e.handleUp(ev, nil)
		}
	case sctp.SCTP_RESTART:
		if a != nil {
			a.end(&transport.DownError{Cause: transport.CauseRestart}, true)
		}
		e.handleUp(ev, a)
	case sctp.SCTP_COMM_LOST, sctp.SCTP_CANT_STR_ASSOC:
		down := downErrorOf(ev, a)
		if a != nil {
			a.end(down, false)
		}
		if d := e.dials[ev.id]; d != nil {
			d.finish(nil, down)
		}
		delete(e.abandoned, ev.id)
	case sctp.SCTP_SHUTDOWN_COMP:
		if a != nil {
			a.end(&transport.DownError{Cause: transport.CauseShutdown}, false)
		}
		delete(e.abandoned, ev.id)
	}
}

// downErrorOf returns the reason for which an association ended or did not come up.
func downErrorOf(ev event, a *association) *transport.DownError {
	code, reason := abortReason(ev.info)
	switch {
	case code == 0 && ev.code == 0 && ev.state == sctp.SCTP_CANT_STR_ASSOC:
		return &transport.DownError{Cause: transport.CauseRefused}
	case code == 0 && ev.code == 0 && a != nil && a.pathDown:
		return &transport.DownError{Cause: transport.CauseUnreachable}
	case code == causeProtocolViolation || ev.code == causeProtocolViolation:
		return &transport.DownError{Cause: transport.CauseProtocol, Reason: reason}
	}
	return &transport.DownError{Cause: transport.CauseAbortPeer, Reason: reason}
}

// handleUp makes an association that has come up. After a restart, it replaces the old
// association, and takes over its socket.
func (e *endpoint) handleUp(ev event, old *association) {
	refuse := func(reason string) {
		s := e.sock
		if old != nil {
			s = old.sock.Load()
		}
		_ = s.end(ev.id, flagAbort, reason)
	}
	d := e.dials[ev.id]
	switch {
	case e.abandoned[ev.id]:
		refuse("given up")
		return
	case e.state != onetomany.Open:
		refuse("shutting down")
		return
	case len(e.assocs) >= e.config.MaxAssociations, e.sources[onetomany.SourceOf(ev.peer.Addr())] >= e.config.MaxAssociationsPerSource:
		refuse("too many associations")
		if d != nil {
			d.finish(nil, &transport.DownError{Cause: transport.CauseAbortLocal, Reason: "too many associations"})
		}
		return
	case d == nil && e.noAccept:
		refuse("not a server")
		return
	case d == nil && !e.HasRoom():
		refuse("too many associations wait to be accepted")
		return
	}
	a := e.newAssociation(ev, old)
	e.assocs[ev.id] = a
	e.sources[onetomany.SourceOf(ev.peer.Addr())]++
	for _, p := range a.remote {
		e.peers[p] = a
	}
	if d != nil {
		d.finish(a, nil)
	} else {
		e.Enqueue(a) // Does not wait, since the lock is held from HasRoom on.
	}
}
