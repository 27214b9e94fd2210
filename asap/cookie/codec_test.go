package cookie_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap/cookie"
)

// start is the time of the tests.
var start = time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.UTC)

// newCodec returns a codec, at the time start unless c has a clock.
func newCodec[T any](tb testing.TB, c cookie.Config) *cookie.Codec[T] {
	tb.Helper()
	if c.Now == nil {
		c.Now = func() time.Time { return start }
	}
	codec, err := cookie.New[T](c)
	if err != nil {
		tb.Fatal(err)
	}
	return codec
}

// mustSeal returns a cookie with the state.
func mustSeal[T any](tb testing.TB, c *cookie.Codec[T], state T) []byte {
	tb.Helper()
	sealed, err := c.Seal(state)
	if err != nil {
		tb.Fatal(err)
	}
	return sealed
}

// wantOpen fails unless the cookie opens and holds the state.
func wantOpen(tb testing.TB, c *cookie.Codec[counter], sealed []byte, want counter) {
	tb.Helper()
	if got, err := c.Open(sealed); err != nil || got != want {
		tb.Errorf("Open: %+v, %v, want %+v", got, err, want)
	}
}

// wantError fails unless Open fails with the error, and returns no state.
func wantError(tb testing.TB, c *cookie.Codec[counter], sealed []byte, want error) {
	tb.Helper()
	if got, err := c.Open(sealed); !errors.Is(err, want) || got != (counter{}) {
		tb.Errorf("Open: %+v, %v, want %v and no state", got, err, want)
	}
}

// forms names the two kinds of cookies by their value of SignOnly.
var forms = map[string]bool{"encrypted": false, "signed": true}

func TestLengths(t *testing.T) {
	for form, signOnly := range forms {
		t.Run(form, func(t *testing.T) {
			overhead := map[bool]int{false: 55, true: 43}[signOnly]
			codec := newCodec[blob](t, cookie.Config{Key: cookie.NewKey(), Context: "pool", SignOnly: signOnly})
			for _, n := range []int{0, 1, 64, 1024, cookie.MaxState} {
				sealed := mustSeal(t, codec, blob{make([]byte, n)})
				if len(sealed) != n+overhead || len(sealed) > 65_524 {
					t.Errorf("state of %d octets: cookie of %d, want %d more", n, len(sealed), overhead)
				}
				if state, err := codec.Open(sealed); err != nil || len(state.octets) != n {
					t.Errorf("state of %d octets: opens with %d octets, %v", n, len(state.octets), err)
				}
			}
			if sealed, err := codec.Seal(blob{make([]byte, cookie.MaxState+1)}); !errors.Is(err, cookie.ErrTooLong) || sealed != nil {
				t.Errorf("state of MaxState+1 octets: cookie of %d octets, %v, want ErrTooLong", len(sealed), err)
			}
		})
	}
}

func TestSecrecy(t *testing.T) {
	key := cookie.NewKey()
	state := counter{Name: "readable", N: 7}
	encrypting := newCodec[counter](t, cookie.Config{Key: key, Context: "pool"})
	signing := newCodec[counter](t, cookie.Config{Key: key, Context: "pool", SignOnly: true})
	encrypted, signed := mustSeal(t, encrypting, state), mustSeal(t, signing, state)

	if want := []byte(`{"name":"readable","n":7}`); !bytes.Contains(signed, want) {
		t.Errorf("signed cookie %q does not contain %s", signed, want)
	}
	if bytes.Contains(encrypted, []byte("readable")) {
		t.Errorf("encrypted cookie %q contains its state", encrypted)
	}
	for _, codec := range []*cookie.Codec[counter]{encrypting, signing} {
		wantOpen(t, codec, encrypted, state)
		wantOpen(t, codec, signed, state)
	}
	if again := mustSeal(t, encrypting, state); bytes.Equal(again[1:17], encrypted[1:17]) || bytes.Equal(again[17:29], encrypted[17:29]) {
		t.Error("two cookies have the same salt or nonce")
	}
}

// Elements in neighbouring phases of a change of keys run side by side, and open each other's cookies.
func TestRotation(t *testing.T) {
	before, after := cookie.NewKey(), cookie.NewKey()
	phases := []cookie.Config{
		{Key: before},
		{Key: before, Accept: []cookie.Key{after}},
		{Key: after, Accept: []cookie.Key{before}},
		{Key: after},
	}
	opens := [][]bool{ // By the phase that seals, then the phase that opens.
		{true, true, true, false},
		{true, true, true, false},
		{false, true, true, true},
		{false, true, true, true},
	}
	codecs := make([]*cookie.Codec[counter], len(phases))
	for i, c := range phases {
		c.Context = "pool"
		codecs[i] = newCodec[counter](t, c)
	}
	for i, sealer := range codecs {
		state := counter{Name: "phase", N: i}
		sealed := mustSeal(t, sealer, state)
		for j, opener := range codecs {
			t.Run(fmt.Sprintf("%d to %d", i, j), func(t *testing.T) {
				if opens[i][j] {
					wantOpen(t, opener, sealed, state)
				} else {
					wantError(t, opener, sealed, cookie.ErrForged)
				}
			})
		}
	}

	many := newCodec[counter](t, cookie.Config{
		Key: cookie.NewKey(), Accept: []cookie.Key{cookie.NewKey(), before, after}, Context: "pool",
	})
	wantOpen(t, many, mustSeal(t, codecs[0], counter{N: 1}), counter{N: 1})
	wantOpen(t, many, mustSeal(t, codecs[3], counter{N: 2}), counter{N: 2})
}

func TestAge(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name   string
		maxAge time.Duration
		age    time.Duration
		want   error
	}{
		{"same time", time.Second, 0, nil},
		{"at the limit", time.Second, time.Second, nil},
		{"beyond the limit", time.Second, time.Second + ms, cookie.ErrExpired},
		{"at the default limit", 0, cookie.DefaultMaxAge, nil},
		{"beyond the default limit", 0, cookie.DefaultMaxAge + ms, cookie.ErrExpired},
		{"without a limit", math.MaxInt64, 200 * 365 * 24 * time.Hour, nil},
		{"from the near future", time.Second, -cookie.MaxSkew, nil},
		{"from the far future", time.Second, -cookie.MaxSkew - ms, cookie.ErrExpired},
		{"skew beyond the limit of age", ms, -cookie.MaxSkew, nil},
	}
	for _, tt := range tests {
		for form, signOnly := range forms {
			t.Run(tt.name+", "+form, func(t *testing.T) {
				now := start
				codec := newCodec[counter](t, cookie.Config{
					Key: cookie.NewKey(), Context: "pool", SignOnly: signOnly, MaxAge: tt.maxAge,
					Now: func() time.Time { return now },
				})
				sealed := mustSeal(t, codec, counter{N: 7})
				now = now.Add(tt.age)
				if tt.want == nil {
					wantOpen(t, codec, sealed, counter{N: 7})
				} else {
					wantError(t, codec, sealed, tt.want)
				}
			})
		}
	}
}

// Clocks may be set to anything, also on the element that opens.
func TestExtremeTimes(t *testing.T) {
	times := []time.Time{
		{}, time.UnixMilli(math.MinInt64), time.UnixMilli(math.MaxInt64), time.UnixMilli(-1), time.UnixMilli(0), start,
	}
	for i, sealed := range times {
		for j, opened := range times {
			now := sealed
			codec := newCodec[counter](t, cookie.Config{
				Key: cookie.NewKey(), Context: "pool", Now: func() time.Time { return now },
			})
			c := mustSeal(t, codec, counter{N: 7})
			now = opened
			if opened.Sub(sealed).Abs() < time.Second {
				wantOpen(t, codec, c, counter{N: 7})
				continue
			}
			if _, err := codec.Open(c); !errors.Is(err, cookie.ErrExpired) {
				t.Errorf("times %d and %d: %v, want ErrExpired", i, j, err)
			}
		}
	}
}

func TestVersions(t *testing.T) {
	key := cookie.NewKey()
	unknown := errors.New("unknown version")
	element := func(version uint16, convert func(uint16, []byte) ([]byte, error)) *cookie.Codec[counter] {
		return newCodec[counter](t, cookie.Config{Key: key, Context: "pool", Version: version, Convert: convert})
	}
	first, second := element(1, nil), element(2, nil)
	converting := element(2, func(version uint16, state []byte) ([]byte, error) {
		if version != 1 {
			return nil, unknown
		}
		return bytes.Replace(state, []byte(`"first"`), []byte(`"second"`), 1), nil
	})
	third := element(3, nil)
	state := counter{Name: "first", N: 7}

	wantOpen(t, first, mustSeal(t, first, state), state)
	wantError(t, second, mustSeal(t, first, state), cookie.ErrVersion)
	wantError(t, first, mustSeal(t, second, state), cookie.ErrVersion)
	wantOpen(t, converting, mustSeal(t, first, state), counter{Name: "second", N: 7})
	wantOpen(t, converting, mustSeal(t, second, state), state)
	wantError(t, converting, mustSeal(t, third, state), cookie.ErrVersion)
	wantError(t, converting, mustSeal(t, third, state), unknown)
}

// Age and version of a cookie mean nothing before it verifies, and an expired cookie is not converted.
func TestOrderOfErrors(t *testing.T) {
	now := start
	clock := func() time.Time { return now }
	key := cookie.NewKey()
	sealer := newCodec[counter](t, cookie.Config{Key: key, Context: "pool", Now: clock})
	opener := newCodec[counter](t, cookie.Config{
		Key: key, Context: "pool", Now: clock, Version: 1,
		Convert: func(uint16, []byte) ([]byte, error) {
			t.Error("Convert called")
			return nil, nil
		},
	})
	sealed := mustSeal(t, sealer, counter{N: 7})
	now = now.Add(cookie.DefaultMaxAge + time.Second)
	wantError(t, opener, sealed, cookie.ErrExpired)
	sealed[len(sealed)-1] ^= 1
	wantError(t, opener, sealed, cookie.ErrForged)
}

func TestContexts(t *testing.T) {
	key := cookie.NewKey()
	contexts := []string{"a", "b", "a ", "a\x00", "\x00a", "ab", strings.Repeat("a", 1000)}
	for form, signOnly := range forms {
		for _, from := range contexts {
			sealer := newCodec[counter](t, cookie.Config{Key: key, Context: from, SignOnly: signOnly})
			sealed := mustSeal(t, sealer, counter{N: 7})
			for _, to := range contexts {
				t.Run(fmt.Sprintf("%s, %.4q to %.4q", form, from, to), func(t *testing.T) {
					opener := newCodec[counter](t, cookie.Config{Key: key, Context: to})
					if from == to {
						wantOpen(t, opener, sealed, counter{N: 7})
					} else {
						wantError(t, opener, sealed, cookie.ErrForged)
					}
				})
			}
		}
	}
}

func TestConfigRefused(t *testing.T) {
	key := cookie.NewKey()
	tests := map[string]cookie.Config{
		"Key":       {Context: "pool"},
		"Context":   {Key: key},
		"Accept[1]": {Key: key, Context: "pool", Accept: []cookie.Key{key, {}}},
		"MaxAge":    {Key: key, Context: "pool", MaxAge: -1},
	}
	for field, c := range tests {
		if codec, err := cookie.New[counter](c); err == nil || !strings.Contains(err.Error(), field) || codec != nil {
			t.Errorf("%s: %v, %v, want an error that names the field", field, codec, err)
		}
	}
}

func TestDefaultClock(t *testing.T) {
	codec, err := cookie.New[counter](cookie.Config{Key: cookie.NewKey(), Context: "pool"})
	if err != nil {
		t.Fatal(err)
	}
	wantOpen(t, codec, mustSeal(t, codec, counter{N: 7}), counter{N: 7})
}

// Open does not use the memory of the cookie for its own purposes.
func TestCookieIsKept(t *testing.T) {
	for form, signOnly := range forms {
		t.Run(form, func(t *testing.T) {
			codec := newCodec[blob](t, cookie.Config{Key: cookie.NewKey(), Context: "pool", SignOnly: signOnly})
			sealed := mustSeal(t, codec, blob{[]byte("state")})
			before := slices.Clone(sealed)
			for range 2 {
				if _, err := codec.Open(sealed); err != nil || !bytes.Equal(sealed, before) {
					t.Fatalf("%v, the cookie is %x, want %x", err, sealed, before)
				}
			}
		})
	}
}

// The race detector watches a codec that many goroutines share.
func TestConcurrency(t *testing.T) {
	codec := newCodec[counter](t, cookie.Config{
		Key: cookie.NewKey(), Accept: []cookie.Key{cookie.NewKey()}, Context: "pool",
	})
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 50 {
				state := counter{Name: "session", N: i*50 + j}
				sealed, err := codec.Seal(state)
				if err != nil {
					t.Error(err)
					return
				}
				wantOpen(t, codec, sealed, state)
			}
		})
	}
	group.Wait()
}

// Cookies that cannot be ours cost no memory, and other forgeries a copy for each key.
func TestAllocations(t *testing.T) {
	codec := newCodec[counter](t, cookie.Config{Key: cookie.NewKey(), Context: "pool"})
	tests := []struct {
		name   string
		cookie []byte
		limit  float64
	}{
		{"empty", nil, 0},
		{"unknown form", make([]byte, 60_000), 0},
		{"too short", []byte{1, 2, 3}, 0},
		{"too long", append([]byte{1}, make([]byte, cookie.MaxState+55)...), 0},
		{"encrypted", append([]byte{1}, make([]byte, 60_000)...), 20},
		{"signed", append([]byte{2}, make([]byte, 60_000)...), 20},
	}
	for _, tt := range tests {
		got := testing.AllocsPerRun(10, func() {
			if _, err := codec.Open(tt.cookie); err != cookie.ErrForged { //nolint:errorlint // bare
				t.Errorf("%s: %v, want ErrForged itself", tt.name, err)
			}
		})
		if got > tt.limit {
			t.Errorf("%s: %v allocations, want at most %v", tt.name, got, tt.limit)
		}
	}
}
