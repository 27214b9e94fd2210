package udpsctp

import (
	"bytes"
	"errors"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/onetomany"
)

// handle processes a datagram, and drops malformed packets. The buffer b belongs to the
// caller again when handle returns.
func (e *endpoint) handle(s *socket, src netip.AddrPort, dst netip.Addr, b []byte) {
	if dst.IsMulticast() {
		return
	}
	if isHandshake(b) {
		e.shield.count()
	}
	h, body, err := parsePacket(b)
	if err != nil || h.src == 0 || h.dst != e.port || src.Addr().IsMulticast() || src.Addr().IsUnspecified() {
		return
	}
	first, rest, err := nextChunk(body)
	if err != nil {
		return
	}
	key := peerKey{udp: src, port: h.src}
	reply := func() *path { return newPath(s, src, dst) }
	switch first.typ {
	case chunkInit:
		// RFC 9260, 8.5.1 A: an INIT is alone in its packet, and has a zero tag.
		if h.tag == 0 && len(rest) == 0 && e.inits.take(src.Addr(), time.Now()) {
			e.handleInit(key, reply(), first)
		}
		return
	case chunkCookieEcho:
		if isCookieFor(first.value, h.tag) && e.cookieEchoes.take(src.Addr(), time.Now()) {
			e.handleCookieEcho(key, reply(), h, first, rest)
		}
		return
	}

	e.mu.RLock()
	a := e.assocs[key]
	if a != nil {
		e.mu.RUnlock()
		a.handle(h, body)
		return
	}
	d := e.dials[key]
	other := e.tags[h.tag]
	e.mu.RUnlock()
	switch {
	case other != nil:
		e.handleRebound(other, key, reply(), h, body)
	case d != nil && e.handleHandshake(d, key, reply(), h, first, rest):
	default:
		if answer, ok := answerOutOfTheBlue(body); ok && e.outOfTheBlue.take(src.Addr(), time.Now()) {
			_ = reply().write(singleChunk(header{src: h.dst, dst: h.src, tag: h.tag}, answer, flagT, nil))
		}
	}
}

// handleRebound handles a packet with the tag of an association, but from another source.
// If only the UDP port differs, an address translator has changed the port (RFC 6951,
// 5.4): "the UDP source port MUST be stored as the encapsulation port". Packets from
// other addresses are dropped, since an association has a single path.
func (e *endpoint) handleRebound(a *association, key peerKey, p *path, h header, body []byte) {
	e.mu.Lock()
	if a.key.udp.Addr() != key.udp.Addr() || a.key.port != key.port || e.tags[a.localTag] != a || e.assocs[key] != nil {
		e.mu.Unlock()
		return
	}
	delete(e.assocs, a.key)
	a.key = key
	e.assocs[key] = a
	a.path.Store(p)
	e.mu.Unlock()
	a.handle(h, body)
}

// answerOutOfTheBlue returns the answer to a packet of no association, if there is an
// answer. So a peer that still has the association soon learns of its end (RFC 9260, 8.4).
func answerOutOfTheBlue(body []byte) (answer chunkType, ok bool) {
	answer = chunkAbort
	for len(body) > 0 {
		c, rest, err := nextChunk(body)
		if err != nil {
			return 0, false
		}
		switch c.typ {
		case chunkAbort, chunkInit, chunkInitAck, chunkShutdownComplete, chunkCookieAck, chunkError:
			// An INIT ACK answers an abandoned Dial; its sender keeps no state.
			return 0, false
		case chunkShutdownAck:
			answer = chunkShutdownComplete
		}
		body = rest
	}
	return answer, true
}

// handleInit answers an INIT with an INIT ACK, and keeps no state (RFC 9260, 5.1.3 and
// 5.2).
func (e *endpoint) handleInit(key peerKey, p *path, c chunk) {
	peer, err := parseInit(c.value)
	answer := header{src: e.port, dst: key.port, tag: peer.tag}
	if err != nil {
		if peer.tag != 0 {
			_ = p.write(singleChunk(answer, chunkAbort, 0, appendCause(nil, causeProtocolViolation, err.Error())))
		}
		return
	}
	cookie := stateCookie{issued: time.Now(), localTag: randomTag(), localTSN: randomTag(), peer: peer}
	e.mu.RLock()
	var refusal error
	a := e.assocs[key]
	switch {
	case e.state == onetomany.Closed:
		e.mu.RUnlock()
		return
	case e.state == onetomany.ShuttingDown:
		refusal = errShuttingDown
	case a != nil:
		cookie.tieLocal, cookie.tiePeer = a.localTag, a.peerTag
	case e.isFull(key.udp.Addr()):
		refusal = errFull
	}
	if d := e.dials[key]; d != nil {
		// Both sides have sent an INIT. RFC 9260, 5.2.1: the INIT ACK has the tag of the
		// own INIT.
		if t := d.findAttempt(key); t != nil {
			cookie.localTag, cookie.localTSN = t.local.tag, t.local.tsn
		}
	}
	e.mu.RUnlock()
	if refusal != nil {
		_ = p.write(singleChunk(answer, chunkAbort, 0, appendCause(nil, causeOutOfResource, refusal.Error())))
		return
	}
	local := e.offer(cookie.localTag, cookie.localTSN)
	local.cookie = e.cookies.seal(cookie, key)
	_ = p.write(singleChunk(answer, chunkInitAck, 0, appendInit(nil, local)))
}

// offer returns the endpoint's parameters for an INIT or INIT ACK.
func (e *endpoint) offer(tag, tsn uint32) initParams {
	return initParams{
		tag:    tag,
		window: uint32(e.config.ReceiveBuffer),
		out:    e.config.Streams,
		in:     e.config.Streams,
		tsn:    tsn,
	}
}

// handleCookieEcho brings up an association if the cookie is valid. The rest of the
// packet may already contain data for the association.
func (e *endpoint) handleCookieEcho(key peerKey, p *path, h header, c chunk, rest []byte) {
	now := time.Now()
	cookie, err := e.cookies.open(c.value, key, now)
	var a *association
	if err == nil {
		a, err = e.admit(key, p, cookie, now)
	}
	answer := header{src: e.port, dst: key.port, tag: cookie.peer.tag}
	switch {
	case errors.Is(err, errForeignCookie):
		// The cookie is from an earlier endpoint at this port. The peer repeats its INIT.
	case errors.Is(err, errStaleCookie):
		_ = p.write(singleChunk(answer, chunkError, 0, appendCause(nil, causeStaleCookie, "\x00\x00\x00\x00")))
	case err != nil:
		_ = p.write(singleChunk(answer, chunkAbort, 0, appendCause(nil, causeOutOfResource, err.Error())))
	case a != nil:
		_ = p.write(singleChunk(answer, chunkCookieAck, 0, nil))
		if len(rest) > 0 {
			a.handle(h, rest)
		}
	}
}

// The reasons for a peer whose valid cookie opens no association.
var (
	errShuttingDown = errors.New("shutting down")
	errFull         = errors.New("too many associations")
	errNotServer    = errors.New("not a server")
	errBacklog      = errors.New("too many associations wait to be accepted")
	errNotCreated   = errors.New("no association")
)

// admit finds or makes the association of a cookie, by the cases of RFC 9260, 5.2.4.
// Without an association and an error, the peer gets no answer.
func (e *endpoint) admit(key peerKey, p *path, cookie stateCookie, now time.Time) (a *association, err error) {
	e.mu.Lock()
	var replaced *association
	defer func() {
		e.mu.Unlock()
		if replaced != nil {
			replaced.end(replaced.lossCause(&transport.DownError{Cause: transport.CauseRestart}))
		}
	}()
	old := e.assocs[key]
	switch {
	case old == nil:
	case cookie.localTag == old.localTag && cookie.peer.tag == old.peerTag:
		return old, nil // Case D: the COOKIE ACK was lost.
	case cookie.localTag == old.localTag: // Case B.
	case cookie.tieLocal == old.localTag && cookie.tiePeer == old.peerTag && cookie.peer.tag != old.peerTag: // Case A.
	default:
		return nil, nil // Case C, or a cookie older than the association.
	}
	if e.spent.has(cookie, now) {
		return nil, errStaleCookie
	}
	d := e.dials[key]
	if d != nil {
		t := d.findAttempt(key)
		if t != nil && t.echoed && cookie.localTag != t.local.tag && cookie.peer.tag == t.peer.tag {
			return nil, nil // Case C.
		}
	}
	if e.state == onetomany.Closed {
		return nil, nil
	}
	if e.state != onetomany.Open {
		return nil, errShuttingDown
	}
	if old == nil && e.isFull(key.udp.Addr()) {
		return nil, errFull
	}
	if d == nil && e.noAccept {
		return nil, errNotServer
	}
	if d == nil && !e.HasRoom() {
		return nil, errBacklog
	}
	if other := e.tags[cookie.localTag]; other != nil && other != old {
		return nil, nil // Two random tags are equal: 1 in 2^32. The peer tries again.
	}
	a = newAssociation(e, key, p, e.offer(cookie.localTag, cookie.localTSN), cookie.peer, now.Sub(cookie.issued))
	if a == nil {
		return nil, errNotCreated
	}
	if old != nil {
		replaced = old
		e.forget(old)
	}
	e.add(a)
	if d != nil {
		d.finish(a, nil)
	} else {
		e.Enqueue(a) // Does not wait, since the lock is held from HasRoom on.
	}
	return a, nil
}

// handleRefused handles an ICMP port unreachable message. RFC 6951, 5.5: if "the
// verification tag cannot be verified, it MUST be discarded silently". Only the peer and
// this endpoint know the tag.
func (e *endpoint) handleRefused(dst netip.AddrPort, quote []byte) {
	if len(quote) < 8 {
		return
	}
	h := parseHeader(quote)
	if h.src != e.port {
		return
	}
	key := peerKey{udp: dst, port: h.dst}
	down := &transport.DownError{Cause: transport.CauseRefused}
	e.mu.Lock()
	a := e.assocs[key]
	if d := e.dials[key]; d != nil {
		if t := d.findAttempt(key); t != nil && t.hasSent(h.tag, quote) {
			d.dropAttempt(t, down)
		}
	}
	e.mu.Unlock()
	if a != nil && h.tag == a.peerTag {
		a.end(a.lossCause(down))
	}
}

// isQuotedInit reports whether a quoted packet is an INIT with the given tag.
func isQuotedInit(quote []byte, tag uint32) bool {
	const at = headerLen + chunkHeaderLen
	if len(quote) < at+4 || chunkType(quote[headerLen]) != chunkInit {
		return false
	}
	want := appendInit(nil, initParams{tag: tag})[:4]
	return bytes.Equal(quote[at:at+4], want)
}
