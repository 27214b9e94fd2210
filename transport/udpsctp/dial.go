package udpsctp

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/await"
	"github.com/rserpool-go/rserpool/transport/internal/onetomany"
)

// Retransmission of INIT and COOKIE ECHO. A failover waits for the first timeout, so it
// is shorter than RTO.Initial in RFC 9260, 16.
const (
	handshakeRTO    = 500 * time.Millisecond
	handshakeRTOMax = 2 * time.Second
)

// A dial opens an association to a peer, for all calls of Dial that wait for it. The
// endpoint's lock guards the fields.
type dial struct {
	e        *endpoint
	keys     []peerKey
	next     int // The index of the key for the next attempt.
	attempts []*attempt
	start    *timer // Starts the next attempt.
	waiters  int
	lastErr  error

	done  chan struct{} // Closed when the fields below are set.
	assoc *association
	err   error
}

// An attempt is the handshake with an address of the peer.
type attempt struct {
	key    peerKey
	path   *path
	local  initParams
	peer   initParams // Set when echoed.
	echoed bool       // State COOKIE-ECHOED; otherwise COOKIE-WAIT.
	packet []byte     // The INIT or COOKIE ECHO.
	rto    time.Duration
	began  time.Time
	rtt    time.Duration // 0 if the INIT was repeated: not measured.
	timer  *timer
}

// Dial implements transport.Endpoint.
func (e *endpoint) Dial(ctx context.Context, peer []netip.AddrPort) (transport.Association, error) {
	keys, err := e.peerKeys(peer)
	if err != nil {
		return nil, err
	}
	a, err := await.Value(ctx, func() (*association, <-chan struct{}, error) { return e.open(ctx, keys) })
	if err != nil {
		return nil, err
	}
	return a, nil
}

// open returns the association with a peer, and waits for a dial if there is none. While the
// association is ending, open returns a channel that is closed at its end: the next
// association with the peer comes after that.
func (e *endpoint) open(ctx context.Context, keys []peerKey) (*association, <-chan struct{}, error) {
	a, d, err := e.findOrDial(keys)
	switch {
	case err != nil:
		return nil, nil, err
	case d != nil:
		a, err = d.wait(ctx)
		return a, nil, err
	case a.closing.Load():
		return nil, a.done, nil
	}
	return a, nil, nil
}

// findOrDial returns the association with a peer, or else joins or starts a dial.
func (e *endpoint) findOrDial(keys []peerKey) (*association, *dial, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state != onetomany.Open {
		return nil, nil, transport.ErrClosed
	}
	for _, k := range keys {
		if a := e.assocs[k]; a != nil {
			return a, nil, nil
		}
	}
	d := e.joinDial(keys)
	d.waiters++
	return nil, d, nil
}

// wait waits for the outcome. When the last waiting call leaves, the dial is abandoned.
func (d *dial) wait(ctx context.Context) (*association, error) {
	e := d.e
	select {
	case <-d.done:
	case <-ctx.Done():
		e.mu.Lock()
		if d.waiters--; d.waiters == 0 {
			d.finish(nil, ctx.Err())
		}
		e.mu.Unlock()
		select {
		case <-d.done: // The outcome came at the same time.
		default:
			return nil, ctx.Err()
		}
	}
	return d.assoc, d.err
}

// peerKeys returns the addresses of a peer that can be dialled.
func (e *endpoint) peerKeys(peer []netip.AddrPort) ([]peerKey, error) {
	addrs, err := onetomany.PeerAddrs(e, e.port, peer, func(a netip.Addr) bool { return e.socketFor(a) != nil })
	if err != nil {
		return nil, err
	}
	keys := make([]peerKey, len(addrs))
	for i, a := range addrs {
		keys[i] = peerKey{udp: a, port: a.Port()}
	}
	return keys, nil
}

// socketFor chooses the socket for a destination, by IP version. A socket that is bound
// to loopback serves loopback destinations; if there is no better socket, it serves
// others too. The result is nil without a socket of the IP version.
func (e *endpoint) socketFor(dst netip.Addr) *socket {
	var found *socket
	for _, s := range e.sockets {
		if s.bound.Is4() != dst.Is4() {
			continue
		}
		if s.bound.IsUnspecified() || s.bound.IsLoopback() == dst.IsLoopback() {
			return s
		}
		if found == nil {
			found = s
		}
	}
	return found
}

// joinDial returns the pending dial to a peer, or starts a dial. The endpoint's lock must
// be held.
func (e *endpoint) joinDial(keys []peerKey) *dial {
	for _, k := range keys {
		if d := e.dials[k]; d != nil {
			return d
		}
	}
	d := &dial{e: e, keys: keys, done: make(chan struct{})}
	d.start = newTimer(func(time.Time) {
		e.mu.Lock()
		defer e.mu.Unlock()
		d.tryNext()
	})
	for _, k := range keys {
		e.dials[k] = d
	}
	d.tryNext()
	return d
}

// isOver reports whether the dial has an outcome.
func (d *dial) isOver() bool {
	select {
	case <-d.done:
		return true
	default:
		return false
	}
}

// findAttempt returns the pending attempt with an address, or nil.
func (d *dial) findAttempt(key peerKey) *attempt {
	for _, t := range d.attempts {
		if t.key == key {
			return t
		}
	}
	return nil
}

// tryNext starts the attempt with the next address, and gives that attempt a head start.
func (d *dial) tryNext() {
	if d.isOver() || d.next == len(d.keys) || slices.ContainsFunc(d.attempts, func(t *attempt) bool { return t.echoed }) {
		return
	}
	e, key := d.e, d.keys[d.next]
	d.next++
	now := time.Now()
	t := &attempt{
		key:   key,
		path:  newPath(e.socketFor(key.udp.Addr()), key.udp, netip.Addr{}),
		local: e.offer(randomTag(), randomTag()),
		began: now,
	}
	t.packet = e.initPacket(t)
	t.timer = newTimer(func(now time.Time) {
		e.mu.Lock()
		defer e.mu.Unlock()
		d.handleTimeout(t, now)
	})
	d.attempts = append(d.attempts, t)
	e.timers.set(d.start, now.Add(e.config.HeadStart))
	d.transmit(t, now, handshakeRTO)
}

// transmit sends the packet of an attempt, and sets the attempt's timer.
func (d *dial) transmit(t *attempt, now time.Time, rto time.Duration) {
	t.rto = rto
	at := now.Add(rto)
	if end := t.began.Add(d.e.config.HandshakeTimeout); end.Before(at) {
		at = end
	}
	d.e.timers.set(t.timer, at)
	if err := t.path.write(t.packet); err != nil {
		d.dropAttempt(t, &transport.DownError{Cause: transport.CauseUnreachable, Reason: err.Error()})
	}
}

// handleTimeout repeats the packet of an attempt, until HandshakeTimeout is over.
func (d *dial) handleTimeout(t *attempt, now time.Time) {
	if d.isOver() || !slices.Contains(d.attempts, t) {
		return
	}
	if now.Sub(t.began) >= d.e.config.HandshakeTimeout {
		d.dropAttempt(t, &transport.DownError{Cause: transport.CauseUnreachable, Reason: "no answer"})
		return
	}
	d.transmit(t, now, min(2*t.rto, handshakeRTOMax))
}

// dropAttempt removes a failed attempt, and tries the next address at once. The dial
// fails with the last attempt.
func (d *dial) dropAttempt(t *attempt, err error) {
	if d.isOver() {
		return
	}
	d.e.timers.stop(t.timer)
	d.attempts = slices.DeleteFunc(d.attempts, func(o *attempt) bool { return o == t })
	d.lastErr = err
	d.tryNext()
	if !d.isOver() && len(d.attempts) == 0 {
		d.finish(nil, d.lastErr)
	}
}

// finish ends the dial. The endpoint's lock must be held. If the dial fails after a
// COOKIE ECHO, the peer may have an association already, and gets an ABORT.
func (d *dial) finish(a *association, err error) {
	if d.isOver() {
		return
	}
	d.assoc, d.err = a, err
	close(d.done)
	d.e.timers.stop(d.start)
	for _, k := range d.keys {
		delete(d.e.dials, k)
	}
	for _, t := range d.attempts {
		d.e.timers.stop(t.timer)
		if a == nil && t.echoed {
			d.e.sendAbort(t.path, t.key.port, t.peer.tag, causeUserAbort, "given up")
		}
	}
}

// hasSent reports whether the attempt has sent the packet that an ICMP message quotes.
func (t *attempt) hasSent(tag uint32, quote []byte) bool {
	if t.echoed && tag == t.peer.tag {
		return true
	}
	return tag == 0 && isQuotedInit(quote, t.local.tag)
}

// sendAbort sends an ABORT with a single error cause.
func (e *endpoint) sendAbort(p *path, port uint16, tag uint32, code uint16, reason string) {
	_ = p.write(singleChunk(header{src: e.port, dst: port, tag: tag}, chunkAbort, 0, appendCause(nil, code, reason)))
}

// handleHandshake handles a packet from a peer with a pending dial. It reports false if
// the packet is out of the blue.
func (e *endpoint) handleHandshake(d *dial, key peerKey, p *path, h header, c chunk, rest []byte) bool {
	e.mu.Lock()
	t := d.findAttempt(key)
	if d.isOver() || t == nil {
		e.mu.Unlock()
		return false
	}
	var a *association
	switch {
	case c.typ == chunkAbort:
		if h.tag == t.local.tag && c.flags&flagT == 0 || t.echoed && h.tag == t.peer.tag && c.flags&flagT != 0 {
			d.dropAttempt(t, &transport.DownError{Cause: transport.CauseAbortPeer, Reason: abortReason(c.value)})
		}
	case c.typ == chunkShutdownAck:
		// The end of an earlier association (RFC 9260, 8.5.1 E).
		_ = p.write(singleChunk(header{src: e.port, dst: key.port, tag: h.tag}, chunkShutdownComplete, flagT, nil))
	case h.tag != t.local.tag: // Of an earlier association, which the INIT replaces.
	case c.typ == chunkInitAck && !t.echoed && len(rest) == 0:
		d.echoCookie(t, p, c)
	case c.typ == chunkCookieAck && t.echoed:
		a = d.establish(t)
	case c.typ == chunkError && t.echoed && isStaleCookie(c.value):
		d.beginAgain(t)
	case c.typ == chunkError && t.echoed:
		d.dropAttempt(t, &transport.DownError{Cause: transport.CauseProtocol, Reason: abortReason(c.value)})
	}
	e.mu.Unlock()
	if a != nil && len(rest) > 0 {
		a.handle(h, rest)
	}
	return true
}

// beginAgain has the next timeout of an attempt send the INIT again, for a new cookie (RFC 9260,
// 5.2.6). The host of either side may have slept, or its clock was set. The timeout keeps a peer that
// always refuses from a fast exchange.
func (d *dial) beginAgain(t *attempt) {
	t.echoed, t.peer = false, initParams{}
	t.packet = d.e.initPacket(t)
}

// initPacket returns the INIT of an attempt.
func (e *endpoint) initPacket(t *attempt) []byte {
	return singleChunk(header{src: e.port, dst: t.key.port}, chunkInit, 0, appendInit(nil, t.local))
}

// echoCookie answers an INIT ACK with its cookie. The first address that sends an INIT
// ACK is used; the attempts with other addresses end.
func (d *dial) echoCookie(t *attempt, p *path, c chunk) {
	peer, err := parseInit(c.value)
	if err == nil && peer.cookie == nil {
		err = errors.New("INIT ACK without a cookie")
	}
	if err != nil {
		if peer.tag != 0 {
			d.e.sendAbort(p, t.key.port, peer.tag, causeProtocolViolation, err.Error())
		}
		d.dropAttempt(t, &transport.DownError{Cause: transport.CauseProtocol, Reason: err.Error()})
		return
	}
	now := time.Now()
	if t.rto == handshakeRTO {
		t.rtt = now.Sub(t.began)
	}
	t.packet = singleChunk(header{src: d.e.port, dst: t.key.port, tag: peer.tag}, chunkCookieEcho, 0, peer.cookie)
	peer.cookie = nil
	t.peer, t.path, t.echoed = peer, p, true
	for _, o := range d.attempts {
		if o != t {
			d.e.timers.stop(o.timer)
		}
	}
	d.attempts = []*attempt{t}
	d.e.timers.stop(d.start)
	d.transmit(t, now, handshakeRTO)
}

// establish brings up the association of an attempt. The endpoint's lock must be held.
func (d *dial) establish(t *attempt) *association {
	e := d.e
	if e.isFull(t.key.udp.Addr()) || e.tags[t.local.tag] != nil {
		e.sendAbort(t.path, t.key.port, t.peer.tag, causeOutOfResource, "too many associations")
		d.dropAttempt(t, &transport.DownError{Cause: transport.CauseAbortLocal, Reason: "too many associations"})
		return nil
	}
	a := newAssociation(e, t.key, t.path, t.local, t.peer, t.rtt)
	if a == nil {
		d.dropAttempt(t, &transport.DownError{Cause: transport.CauseProtocol, Reason: "association not created"})
		return nil
	}
	e.add(a)
	d.finish(a, nil)
	return a
}
