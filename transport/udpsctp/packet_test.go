package udpsctp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
)

// TestChecksum damages a packet in every place.
func TestChecksum(t *testing.T) {
	t.Parallel()
	packet := singleChunk(header{src: 3863, dst: 3863}, chunkInit, 0, appendInit(nil, initParams{tag: 1, window: 1500, out: 1, in: 1}))
	for i := range packet {
		damaged := slices.Clone(packet)
		damaged[i] ^= 0x10
		if _, _, err := parsePacket(damaged); !errors.Is(err, errChecksum) {
			t.Errorf("octet %d changed: %v, want %v", i, err, errChecksum)
		}
	}
	for i := range packet {
		if _, _, err := parsePacket(packet[:i]); err == nil {
			t.Errorf("cut to %d octets: no error", i)
		}
	}
	if h, body, err := parsePacket(packet); err != nil || h.src != 3863 || len(body) != len(packet)-headerLen {
		t.Errorf("parsePacket: %+v, %d octets, %v", h, len(body), err)
	}
}

func TestNextChunk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in, value, rest string
		err                   error
	}{
		{"alone", "00030004", "", "", nil},
		{"padded", "00030005aa000000" + "0e000004", "aa", "0e000004", nil},
		{"last one not padded", "00030005aa", "aa", "", nil},
		{"length zero", "00030000", "", "", errBadLength},
		{"length three", "00030003", "", "", errBadLength},
		{"length too large", "00030009aaaaaaaa", "", "", errBadLength},
		{"header cut", "000300", "", "", errTruncated},
	} {
		in, _ := hex.DecodeString(c.in)
		got, rest, err := nextChunk(in)
		if !errors.Is(err, c.err) || hex.EncodeToString(got.value) != c.value || hex.EncodeToString(rest) != c.rest {
			t.Errorf("%s: %x, %x, %v", c.name, got.value, rest, err)
		}
	}
}

func TestParseInit(t *testing.T) {
	t.Parallel()
	good := initParams{tag: 7, window: 65536, out: 10, in: 11, tsn: 12}
	with := func(params string) []byte {
		b, _ := hex.DecodeString(params)
		return append(appendInit(nil, good), b...)
	}
	for _, c := range []struct {
		name   string
		in     []byte
		cookie string
		err    error
	}{
		{"plain", with(""), "", nil},
		{"cookie", with("00070006aabb0000"), "aabb", nil},
		{"known ones and cookie", with("000500087f000001" + "c0000004" + "80080007c0820f00" + "00070005aa"), "aa", nil},
		{"unknown, stop", with("00630004" + "00070005aa"), "", nil},
		{"unknown, skip", with("80630004" + "00070005aa"), "aa", nil},
		{"host name", with("000b000861000000"), "", errHostName},
		{"length zero", with("00070000"), "", errBadLength},
		{"length too large", with("00070009aaaaaaaa"), "", errBadLength},
		{"header cut", with("0007"), "", errTruncated},
		{"cut", with("")[:15], "", errTruncated},
		{"no tag", appendInit(nil, initParams{window: 65536, out: 1, in: 1}), "", errBadInit},
		{"small window", appendInit(nil, initParams{tag: 1, window: 1499, out: 1, in: 1}), "", errBadInit},
		{"no streams out", appendInit(nil, initParams{tag: 1, window: 1500, in: 1}), "", errBadInit},
		{"no streams in", appendInit(nil, initParams{tag: 1, window: 1500, out: 1}), "", errBadInit},
	} {
		got, err := parseInit(c.in)
		if !errors.Is(err, c.err) || hex.EncodeToString(got.cookie) != c.cookie {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}

func TestCookie(t *testing.T) {
	t.Parallel()
	key := newCookieKey()
	now := time.Now()
	peer := peerKey{udp: netip.MustParseAddrPort("192.0.2.1:1000"), port: 1000}
	want := stateCookie{
		issued: time.Unix(0, now.UnixNano()), localTag: 1, localTSN: 2,
		peer: initParams{tag: 3, window: 4, out: 5, in: 6, tsn: 7}, tieLocal: 8, tiePeer: 9,
	}
	raw := key.seal(want, peer)
	got, err := key.open(raw, peer, now.Add(time.Second))
	if err != nil || got.issued != want.issued || got.localTag != 1 || got.localTSN != 2 || got.peer.tag != 3 ||
		got.peer.window != 4 || got.peer.out != 5 || got.peer.in != 6 || got.peer.tsn != 7 || got.tieLocal != 8 || got.tiePeer != 9 {
		t.Errorf("open: %+v, %v, want %+v", got, err, want)
	}
	for i := range raw {
		forged := slices.Clone(raw)
		forged[i] ^= 1
		if _, err := key.open(forged, peer, now); !errors.Is(err, errForeignCookie) {
			t.Errorf("octet %d changed: %v", i, err)
		}
	}
	if _, err := key.open(raw[:len(raw)-1], peer, now); !errors.Is(err, errForeignCookie) {
		t.Errorf("cut: %v", err)
	}
	if _, err := key.open(raw, peer, now.Add(cookieLife+1)); !errors.Is(err, errStaleCookie) {
		t.Errorf("old: %v", err)
	}
	for _, other := range []peerKey{
		{udp: netip.MustParseAddrPort("192.0.2.2:1000"), port: 1000},
		{udp: netip.MustParseAddrPort("192.0.2.1:1001"), port: 1000},
		{udp: peer.udp, port: 1001},
	} {
		if _, err := key.open(raw, other, now); !errors.Is(err, errForeignCookie) {
			t.Errorf("from %v: %v", other, err)
		}
	}
	otherKey := newCookieKey()
	if _, err := otherKey.open(raw, peer, now); !errors.Is(err, errForeignCookie) {
		t.Errorf("other endpoint: %v", err)
	}
}

// TestCookieAgain repeats the COOKIE ECHO of an association, and echoes a stale
// cookie.
func TestCookieAgain(t *testing.T) {
	t.Parallel()
	r := &recorder{}
	n := NewNetwork(Config{AcceptBacklog: 1})
	n.impair = r.impair
	ea, eb := bindNetwork(t, n, loopback), bindNetwork(t, n, loopback)
	a, b := connect(t, ea, eb)
	exchange(t, a, b)
	r.mu.Lock()
	var echo []byte
	for _, p := range r.sent {
		if chunkType(p[headerLen]) == chunkCookieEcho {
			echo = p
		}
	}
	r.sent = nil
	r.mu.Unlock()
	eb.handle(eb.sockets[0], b.key.udp, netip.Addr{}, echo)
	exchange(t, a, b)
	if len(eb.associations()) != 1 || !eb.HasRoom() {
		t.Error("a COOKIE ECHO that came twice has made another association")
	}

	old := stateCookie{issued: time.Now().Add(-2 * cookieLife), localTag: 5, peer: initParams{tag: 6}}
	packet := singleChunk(header{src: ea.port, dst: eb.port, tag: 5}, chunkCookieEcho, 0, eb.cookies.seal(old, b.key))
	eb.handle(eb.sockets[0], b.key.udp, netip.Addr{}, packet)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.ContainsFunc(r.sent, func(b []byte) bool {
		return chunkType(b[headerLen]) == chunkError && abortReason(b[headerLen+4:]) == "stale cookie"
	}) {
		t.Error("a stale cookie was not answered by an ERROR")
	}
}

// TestStaleCookie has the first cookie of a dial age on its way. The dial asks for another.
func TestStaleCookie(t *testing.T) {
	t.Parallel()
	n := NewNetwork(Config{})
	var ea, eb *endpoint
	echoes := 0
	var mu sync.Mutex // guards echoes
	n.impair = func(b []byte, send func([]byte)) {
		if chunkType(b[headerLen]) == chunkCookieEcho {
			mu.Lock()
			defer mu.Unlock()
			if echoes++; echoes == 1 {
				key := peerKey{udp: ea.LocalAddrs()[0], port: ea.port}
				cookie, err := eb.cookies.open(b[headerLen+4:], key, time.Now())
				if err != nil {
					t.Error(err)
				}
				cookie.issued = time.Now().Add(-2 * cookieLife)
				b = singleChunk(header{src: ea.port, dst: eb.port, tag: cookie.localTag}, chunkCookieEcho, 0, eb.cookies.seal(cookie, key))
			}
		}
		send(b)
	}
	ea, eb = bindNetwork(t, n, loopback), bindNetwork(t, n, loopback)
	a, b := connect(t, ea, eb)
	exchange(t, a, b)
	mu.Lock()
	defer mu.Unlock()
	if echoes != 2 {
		t.Errorf("%d cookies echoed", echoes)
	}
}

func TestAbortReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code       uint16
		text, want string
	}{
		{causeUserAbort, "text", "text"},
		{causeUserAbort, "a\x00b\xffc\nd", "abcd"},
		{causeUserAbort, strings.Repeat("x", 1000), strings.Repeat("x", maxReason)},
		{causeProtocolViolation, "", "protocol violation"},
		{causeProtocolViolation, "why", "protocol violation: why"},
		{causeInvalidStream, "1234", "invalid stream identifier"},
		{999, "", "error cause 999"},
	} {
		if got := abortReason(appendCause(nil, c.code, c.text)); got != c.want {
			t.Errorf("cause %d with %q: %q, want %q", c.code, c.text, got, c.want)
		}
	}
	for _, b := range [][]byte{nil, {0}, {0, 12, 0, 3}, {0, 12, 0, 9, 'x'}} {
		if got := abortReason(b); got != "" {
			t.Errorf("%x: %q", b, got)
		}
	}
}

// FuzzChunks walks through chunks: every step makes progress, stays inside, and
// what was read is the same when it is written again.
func FuzzChunks(f *testing.F) {
	for _, p := range record(f) {
		f.Add(p[headerLen:])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for rest := b; len(rest) > 0; {
			c, after, err := nextChunk(rest)
			if err != nil {
				return
			}
			if len(after) >= len(rest) || len(c.value) > len(rest)-chunkHeaderLen {
				t.Fatalf("no progress from %x", rest)
			}
			again, tail, err := nextChunk(appendChunk(nil, c.typ, c.flags, c.value))
			if err != nil || len(tail) != 0 || again.typ != c.typ || again.flags != c.flags || !bytes.Equal(again.value, c.value) {
				t.Fatalf("%x is %+v at first and then %+v, %v", rest, c, again, err)
			}
			_ = abortReason(c.value)
			if p, err := parseInit(c.value); err == nil {
				if q, err := parseInit(appendInit(nil, p)); err != nil || q.tag != p.tag || !bytes.Equal(q.cookie, p.cookie) {
					t.Fatalf("%+v is written as %+v, %v", p, q, err)
				}
			}
			rest = after
		}
	})
}

// FuzzHandle gives chunks to an endpoint as those of a peer, with a good header
// and checksum. Another association goes on.
func FuzzHandle(f *testing.F) {
	for _, p := range record(f) {
		f.Add(p[headerLen:])
	}
	config := Config{HeartbeatInterval: time.Hour}
	victim, good, bad := bindLoopback(f, config), bindLoopback(f, config), bindLoopback(f, config)
	a, b := connect(f, good, victim)
	var attacked *association
	f.Fuzz(func(t *testing.T, body []byte) {
		if attacked == nil || attacked.Err() != nil {
			for _, x := range bad.associations() {
				x.Abort("") // It may not have been told.
			}
			_, attacked = connect(t, bad, victim)
		}
		for _, tag := range []uint32{attacked.localTag, attacked.peerTag, 0} {
			packet := seal(append(appendHeader(nil, header{src: bad.port, dst: victim.port, tag: tag}), body...))
			victim.handle(victim.sockets[0], attacked.key.udp, netip.Addr{}, packet)
		}
		if a.Err() != nil || b.Err() != nil {
			t.Fatalf("another association has ended: %v, %v", a.Err(), b.Err())
		}
		if down, ok := errors.AsType[*transport.DownError](attacked.Err()); attacked.Err() != nil && (!ok || down.Cause == transport.CauseAbortLocal) {
			t.Fatalf("down because %v", attacked.Err())
		}
	})
}
