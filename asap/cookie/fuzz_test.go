package cookie_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap/cookie"
)

// No octets open except the sealed cookies themselves, and all others get the same error.
func FuzzOpen(f *testing.F) {
	type sealedCookie struct {
		vector
		codec *cookie.Codec[blob]
	}
	var seals []sealedCookie
	for _, v := range readVectors(f) {
		c := v.config(f)
		next := cookie.NewKey() // A cookie is tried with a second key as well.
		c.Key, c.Accept = next, []cookie.Key{c.Key}
		seals = append(seals, sealedCookie{v, newCodec[blob](f, c)})
		f.Add([]byte(v.Cookie))
		f.Add([]byte(v.Cookie[:len(v.Cookie)/2]))
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, octets []byte) {
		for _, s := range seals {
			state, err := s.codec.Open(octets)
			// The vectors of a context are sealed in the same millisecond, so both forms open.
			isSealed := false
			for _, v := range seals {
				isSealed = isSealed || v.Context == s.Context && bytes.Equal(v.Cookie, octets)
			}
			switch {
			case isSealed && (err != nil || !bytes.Equal(state.octets, s.State)):
				t.Fatalf("%s: %x, %v, want %x", s.Name, state.octets, err, s.State)
			case !isSealed && (err != cookie.ErrForged || state.octets != nil): //nolint:errorlint // bare
				t.Fatalf("%s: %x opens with %x, %v, want ErrForged itself", s.Name, octets, state.octets, err)
			}
		}
	})
}

// Each state comes back from its cookie, at any time and in any context, and no change of the cookie passes.
func FuzzSealOpen(f *testing.F) {
	f.Add([]byte("state"), "pool", uint16(1), int64(1767323045678), true, uint(77))
	f.Add([]byte{}, "p\x00", uint16(0), int64(-1), false, uint(0))
	f.Add(bytes.Repeat([]byte{0xff}, 300), "Zähler", uint16(0xffff), int64(1)<<62, false, uint(1<<20))
	key := cookie.NewKey()
	f.Fuzz(func(t *testing.T, state []byte, context string, version uint16, ms int64, signOnly bool, bit uint) {
		if context == "" {
			context = "pool"
		}
		state = state[:min(len(state), cookie.MaxState/2)] // In base64 no longer than MaxState.
		c := cookie.Config{
			Key: key, Context: context, Version: version, SignOnly: signOnly,
			Now: func() time.Time { return time.UnixMilli(ms) },
		}
		checkSealOpen(t, c, blob{state}, func(a, b blob) bool { return bytes.Equal(a.octets, b.octets) }, bit)
		checkSealOpen(t, c, state, bytes.Equal, bit) // In JSON.
	})
}

// checkSealOpen seals a state, opens its cookie, and then opens variations of cookie and configuration.
func checkSealOpen[T any](t *testing.T, c cookie.Config, state T, isEqual func(a, b T) bool, bit uint) {
	t.Helper()
	sealed, err := newCodec[T](t, c).Seal(state)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := newCodec[T](t, c).Open(sealed); err != nil || !isEqual(got, state) {
		t.Fatalf("Open: %v, %v, want %v", got, err, state)
	}

	refuse := func(change string, c cookie.Config, octets []byte) {
		if _, err := newCodec[T](t, c).Open(octets); err != cookie.ErrForged { //nolint:errorlint // bare
			t.Fatalf("%s: %v, want ErrForged itself", change, err)
		}
	}
	damaged := bytes.Clone(sealed)
	damaged[bit/8%uint(len(sealed))] ^= 1 << (bit % 8)
	refuse("damaged", c, damaged)
	refuse("cut", c, sealed[:bit%uint(len(sealed))])
	c.Context += "x"
	refuse("other context", c, sealed)
	c.Context, c.Key = c.Context[:len(c.Context)-1], cookie.NewKey()
	refuse("other key", c, sealed)
}

// FuzzParseKey asserts that a key is the same after it is written and read again, and that errors do not
// contain the text.
func FuzzParseKey(f *testing.F) {
	octets := bytes.Repeat([]byte{0xfb, 0xef}, 16)
	f.Add(hex.EncodeToString(octets))
	f.Add(" " + strings.ToUpper(hex.EncodeToString(octets)) + "\n")
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		f.Add(e.EncodeToString(octets))
	}
	f.Add(strings.Repeat("0", 64))
	f.Add("correct horse battery staple")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := cookie.ParseKey(text)
		if err != nil {
			if key.Hex() != "" || len(text) > 8 && strings.Contains(err.Error(), text) {
				t.Fatalf("%q: %q, %v", text, key.Hex(), err)
			}
			return
		}
		again, err := cookie.ParseKey(key.Hex())
		if err != nil || again.Hex() != key.Hex() || len(key.Hex()) != 64 {
			t.Fatalf("%q is %s, which is %s, %v", text, key.Hex(), again.Hex(), err)
		}
	})
}
