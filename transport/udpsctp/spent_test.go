package udpsctp

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
)

func TestSpentCookies(t *testing.T) {
	t.Parallel()
	var s spentCookies
	up := time.Now()
	cookie := func(tag uint32, at time.Duration) stateCookie {
		return stateCookie{localTag: tag, issued: up.Add(at)}
	}
	s.add(1, up, up.Add(time.Second))
	s.add(2, up, up.Add(cookieLife+1)) // Its cookies are stale.
	if len(s.queue) != 0 && s.has(cookie(2, 0), up.Add(time.Second)) {
		t.Error("a tag is remembered although its cookies are stale")
	}
	s = spentCookies{}
	for i := range spentMax {
		s.add(uint32(i), up.Add(time.Duration(i)), up.Add(time.Second))
	}
	if !s.has(cookie(0, 0), up.Add(time.Second)) || s.has(cookie(spentMax, 0), up.Add(time.Second)) {
		t.Error("another cookie is refused than that of an association that has ended")
	}
	const more = 100
	for i := range more {
		s.add(uint32(spentMax+i), up.Add(spentMax+time.Duration(i)), up.Add(time.Second))
	}
	if len(s.tags) != spentMax || len(s.queue) != spentMax {
		t.Errorf("%d tags are remembered, want %d", len(s.queue), spentMax)
	}
	for i := range spentMax + more {
		if !s.has(cookie(uint32(i), time.Duration(i)), up.Add(time.Second)) {
			t.Fatalf("the cookie of association %d is accepted", i)
		}
	}
	if s.has(cookie(spentMax+more, more), up.Add(time.Second)) {
		t.Error("a cookie that is younger than the forgotten ones is refused")
	}
	s.add(0, up.Add(2*cookieLife), up.Add(2*cookieLife))
	if len(s.queue) != 1 || s.has(cookie(1, cookieLife), up.Add(2*cookieLife)) {
		t.Errorf("%d tags are remembered, want 1", len(s.queue))
	}
	if s.has(cookie(1, -time.Hour), up.Add(2*cookieLife)) {
		t.Error("no cookie is accepted after the clock has been set back")
	}
}

// echoOf returns the COOKIE ECHO that was sent last.
func (r *recorder) echoOf(t testing.TB) []byte {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range slices.Backward(r.sent) {
		if chunkType(p[headerLen]) == chunkCookieEcho {
			return p
		}
	}
	t.Fatal("no COOKIE ECHO was sent")
	return nil
}

// TestCookieReplay echoes the cookie of an association after its end, of an association that
// was replaced by a restart, and of the restarted association after its end.
func TestCookieReplay(t *testing.T) {
	t.Parallel()
	r := &recorder{}
	n := NewNetwork(Config{HeartbeatInterval: time.Hour})
	n.impair = r.impair
	client, server := bindFree(t, n, loopback), bindNetwork(t, n, loopback)
	_, b := connect(t, client, server)
	key := b.key
	replay := func(echo []byte) { server.handle(server.sockets[0], key.udp, netip.Addr{}, echo) }
	first := r.echoOf(t)

	config := loopback
	config.Port = client.port
	crash(t, client)
	client = bindNetwork(t, n, config)
	c, d := connect(t, client, server)
	assoctest.WantDown(t, b, transport.CauseRestart)
	second := r.echoOf(t)
	replay(first)
	replay(second) // A retransmission.
	exchange(t, c, d)
	wantRegistered(t, server, 1)

	d.Abort("")
	assoctest.WantDown(t, c, transport.CauseAbortPeer)
	replay(first)
	replay(second)
	wantRegistered(t, server, 0)

	// New associations are possible.
	c, d = connect(t, client, server)
	exchange(t, c, d)
}
