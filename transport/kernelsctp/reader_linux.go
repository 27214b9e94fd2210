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
	once := func(uintptr) bool { return !e.readOnce(s, b) }
	// The error says that the endpoint is closed, or that of a deadline that the
	// poller still had.
	for s.raw.Read(once) == nil {
	}
}

// readOnce reads and handles one packet, and reports false if there is none.
func (e *endpoint) readOnce(s *socket, b *buffer) (blocked bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	p, err := s.receive(b)
	switch {
	case errors.Is(err, unix.EAGAIN):
		return true
	case err != nil:
		return false // Of one association, whose event tells the same.
	case p.event:
		if ev, ok := parseEvent(p); ok {
			e.handleEvent(ev)
		}
	default:
		e.handleData(p)
	}
	return false
}

// readOwn reads the socket that an association has of its own, as fast as its
// messages are received.
func (e *endpoint) readOwn(s *socket, id assocID) {
	defer func() { _ = s.file.Close() }() // An association that is still up is aborted.
	for {
		e.mu.Lock()
		a := e.assocs[id] // After a restart it is another one.
		e.mu.Unlock()
		if a == nil {
			return
		}
		if !a.received.AwaitRoom() {
			continue
		}
		err := s.raw.Read(func(uintptr) bool {
			b := e.buffers.Get().(*buffer) // Not kept while there is nothing to read.
			defer e.buffers.Put(b)
			return !e.readOnce(s, b)
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

// catchUp reads what has come to an association's own socket, as far as there is room for
// it. If the peer has restarted, there is room to send again, in the new association: what
// waited for it in the old one must not go there.
func (e *endpoint) catchUp(a *association, s *socket) {
	b := e.buffers.Get().(*buffer)
	defer e.buffers.Put(b)
	for a.Err() == nil && !a.received.IsFull() && !e.readOnce(s, b) {
	}
}

// handleData hands a message, or a part of one, to its association. The lock is held.
func (e *endpoint) handleData(p packet) {
	a := e.assocs[p.id]
	if a == nil {
		return // Ended here already.
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
}

// peelOff gives an association a socket of its own, or ends it if that is impossible.
// The lock is held.
func (e *endpoint) peelOff(a *association) {
	if a.sock.Load() != e.sock || e.assocs[a.kernel] != a {
		return
	}
	own, err := e.sock.peelOff(a.kernel)
	switch {
	case errors.Is(err, unix.EINVAL):
		return // It has ended. What it has still brought, and the event, are to be read.
	case err != nil:
		// Where there is no descriptor left, the kernel has moved the association to
		// the new socket all the same, and closed that: no event will come.
		const reason = "no socket of its own"
		a.abort(reason, &transport.DownError{Cause: transport.CauseAbortLocal, Reason: reason + ": " + err.Error()})
		return
	}
	a.sock.Store(own)
	e.Running.Go(func() { e.readOwn(own, a.kernel) })
}

// handleEvent handles a notification. The lock is held.
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

// handleChange handles the beginning and the end of an association.
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

// downErrorOf tells why an association ended or did not come up.
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

// handleUp makes the association that an event tells of. After a restart it takes the
// place of an old one, with the old one's socket.
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
	case len(e.assocs) >= e.config.MaxAssociations:
		refuse("too many associations")
		if d != nil {
			d.finish(nil, &transport.DownError{Cause: transport.CauseAbortLocal, Reason: "too many associations"})
		}
		return
	case d == nil && !e.HasRoom():
		refuse("too many associations wait to be accepted")
		return
	}
	a := e.newAssociation(ev, old)
	e.assocs[ev.id] = a
	for _, p := range a.remote {
		e.peers[p] = a
	}
	if d != nil {
		d.finish(a, nil)
	} else {
		e.Enqueue(a) // Does not wait: the lock is held since HasRoom.
	}
}
