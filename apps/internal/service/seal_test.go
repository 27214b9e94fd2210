package service

import (
	"bytes"
	"errors"
	"testing"

	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/asap/cookie"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// newSeal returns a seal for PingPong.
func newSeal(t *testing.T, keys ...cookie.Key) *Seal {
	t.Helper()
	seal, err := NewSeal(keys, "pingpong", pingpong.PoolHandle)
	if err != nil {
		t.Fatal(err)
	}
	return seal
}

// TestSeal asserts which seals open a state.
func TestSeal(t *testing.T) {
	t.Parallel()
	before, after := cookie.NewKey(), cookie.NewKey()
	state := []byte("<PP-TD1>\x00\x00\x00\x00\x00\x00\x01\x00")
	sealed, err := newSeal(t, before).seal(state)
	if err != nil || bytes.Contains(sealed, []byte("PP-TD1")) {
		t.Fatalf("sealed %q, %v", sealed, err)
	}
	otherPool, err := NewSeal([]cookie.Key{before}, "pingpong", "Other")
	if err != nil {
		t.Fatal(err)
	}
	otherService, err := NewSeal([]cookie.Key{before}, "fractal", pingpong.PoolHandle)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		seal  *Seal
		opens bool
	}{
		"same key":            {newSeal(t, before), true},
		"key is the next":     {newSeal(t, after, before), true},
		"other key":           {newSeal(t, after), false},
		"other pool":          {otherPool, false},
		"service of the pool": {otherService, false},
	} {
		got, err := test.seal.open(sealed)
		if (err == nil) != test.opens || test.opens && !bytes.Equal(got, state) || !test.opens && !errors.Is(err, cookie.ErrForged) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := NewSeal(nil, "pingpong", pingpong.PoolHandle); err == nil {
		t.Error("a seal without a key")
	}
}

// TestSealedSession asserts that a session goes on with the sealed state of another element, and
// that a state without the seal ends it.
func TestSealedSession(t *testing.T) {
	t.Parallel()
	key := cookie.NewKey()
	sealed := []byte(nil)
	first := PingPong(1, 0)
	first.Seal = newSeal(t, key)
	testService(t, first, func(t *testing.T, b *bench) {
		a := b.dial()
		b.sendPing(a, 7)
		if m, err := a.Receive(t.Context()); err != nil || m.PPID != pingpong.PPID {
			t.Fatalf("%v, %+v", err, m)
		}
		sealed = b.receiveCookie(a)
	})
	for name, test := range map[string]struct {
		cookie []byte
		next   uint64 // 0: the session is aborted
	}{
		"sealed":     {sealed, 2},
		"not sealed": {[]byte("<PP-TD1>\x00\x00\x00\x00\x00\x00\x00\x02"), 0},
		"flipped":    {append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1), 0},
		"cut":        {sealed[:len(sealed)-1], 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			second := PingPong(1, 0)
			second.Seal = newSeal(t, cookie.NewKey(), key)
			testService(t, second, func(t *testing.T, b *bench) {
				a := b.dial()
				b.sendControl(a, &asapmsg.CookieEcho{Cookie: test.cookie})
				b.sendPing(a, 8)
				if test.next == 0 {
					b.expectDown(a, transport.CauseAbortPeer)
					return
				}
				m, err := a.Receive(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if pong, err := pingpong.Parse(m.Data); err != nil || pong.(*pingpong.Pong).ReplyNo != test.next {
					t.Errorf("%+v, %v, want number %d", pong, err, test.next)
				}
				b.receiveCookie(a)
			})
		})
	}
}

// receiveCookie receives the state of a session.
func (b *bench) receiveCookie(a transport.Association) []byte {
	b.t.Helper()
	m, err := a.Receive(b.t.Context())
	if err != nil || m.PPID != wire.PPIDASAP {
		b.t.Fatalf("%v, %+v, want a cookie", err, m)
	}
	message, err := asapmsg.Parse(m.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	return message.(*asapmsg.Cookie).Cookie
}
