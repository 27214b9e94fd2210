package cookie_test

import (
	"bytes"
	"encoding"
	"errors"
	"reflect"
	"testing"

	"github.com/rserpool-go/rserpool/asap/cookie"
)

// counter is a state in JSON.
type counter struct {
	Name string `json:"name,omitempty"`
	N    int    `json:"n"`
}

// blob is a state of any octets, by AppendBinary.
type blob struct{ octets []byte }

func (s blob) AppendBinary(b []byte) ([]byte, error) { return append(b, s.octets...), nil }

func (s *blob) UnmarshalBinary(b []byte) error {
	s.octets = append([]byte{}, b...)
	return nil
}

// word is a state by MarshalBinary of the pointer.
type word struct{ text string }

var errWord = errors.New("no word")

func (s *word) MarshalBinary() ([]byte, error) {
	if s.text == "" {
		return nil, errWord
	}
	return []byte("word " + s.text), nil
}

func (s *word) UnmarshalBinary(b []byte) error {
	text, isWord := bytes.CutPrefix(b, []byte("word "))
	if s.text = string(text); !isWord {
		return errWord
	}
	return nil
}

// hidden has no field for JSON, but methods for it.
type hidden struct{ n byte }

func (s hidden) MarshalText() ([]byte, error) { return []byte{'n', s.n}, nil }

func (s *hidden) UnmarshalText(b []byte) error {
	s.n = b[1]
	return nil
}

// embedding has the fields of counter.
type embedding struct{ counter }

type (
	onlyHidden     struct{ _, _ int }
	onlyMarshals   struct{ N int }
	onlyUnmarshals struct{ N int }
	onlyAppends    struct{ N int }
)

func (onlyMarshals) MarshalBinary() ([]byte, error)       { return nil, nil }
func (*onlyUnmarshals) UnmarshalBinary([]byte) error      { return nil }
func (onlyAppends) AppendBinary(b []byte) ([]byte, error) { return b, nil }

// config returns a configuration that shows the encoded states in cookies.
func config() cookie.Config {
	return cookie.Config{Key: cookie.NewKey(), Context: "pool", SignOnly: true}
}

// testState checks that a state survives, and that the cookie holds it in the wanted encoding.
func testState[T any](state T, encoded string) func(*testing.T) {
	return func(t *testing.T) {
		codec := newCodec[T](t, config())
		sealed := mustSeal(t, codec, state)
		if got := sealed[11 : len(sealed)-32]; string(got) != encoded {
			t.Errorf("encoded as %q, want %q", got, encoded)
		}
		if got, err := codec.Open(sealed); err != nil || !reflect.DeepEqual(got, state) {
			t.Errorf("Open: %#v, %v, want %#v", got, err, state)
		}
	}
}

func TestStates(t *testing.T) {
	t.Run("struct", testState(counter{Name: "a", N: 7}, `{"name":"a","n":7}`))
	t.Run("embedded struct", testState(embedding{counter{N: 7}}, `{"n":7}`))
	t.Run("empty struct", testState(struct{}{}, `{}`))
	t.Run("number", testState(7, `7`))
	t.Run("string", testState("a", `"a"`))
	t.Run("slice", testState([]int{1, 2}, `[1,2]`))
	t.Run("map", testState(map[string]int{"a": 1}, `{"a":1}`))
	t.Run("nil map", testState(map[string]int(nil), `null`))
	t.Run("text methods", testState(hidden{'a'}, `"na"`))
	t.Run("AppendBinary", testState(blob{[]byte("\x00a")}, "\x00a"))
	t.Run("AppendBinary of nothing", testState(blob{[]byte{}}, ""))
	t.Run("MarshalBinary", testState(word{"a"}, "word a"))
	t.Run("time", testState(start, string(must(start.MarshalBinary()))))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// refuse fails unless New refuses states of type T.
func refuse[T any](t *testing.T) {
	t.Helper()
	if codec, err := cookie.New[T](config()); err == nil || codec != nil {
		t.Errorf("New accepts %v", reflect.TypeFor[T]())
	}
}

func TestTypesRefused(t *testing.T) {
	refuse[*counter](t)
	refuse[*word](t)
	refuse[any](t)
	refuse[encoding.BinaryMarshaler](t)
	refuse[onlyHidden](t)
	refuse[onlyMarshals](t)
	refuse[onlyUnmarshals](t)
	refuse[onlyAppends](t)
}

func TestEncodingFails(t *testing.T) {
	if sealed, err := newCodec[word](t, config()).Seal(word{}); !errors.Is(err, errWord) || sealed != nil {
		t.Errorf("MarshalBinary fails: %x, %v", sealed, err)
	}
	if sealed, err := newCodec[chan int](t, config()).Seal(nil); err == nil || sealed != nil {
		t.Errorf("JSON fails: %x, %v", sealed, err)
	}
}

// T has changed without a change of Version: the error is none of the package's, and no part of a state is returned.
func TestDecodingFails(t *testing.T) {
	c := config()
	fromBlob := newCodec[blob](t, c)
	for _, encoded := range []string{``, `{"name":"a","n":"b"}`, `{"name":"a"`, `[]`} {
		got, err := newCodec[counter](t, c).Open(mustSeal(t, fromBlob, blob{[]byte(encoded)}))
		if err == nil || got != (counter{}) {
			t.Errorf("JSON %s: %+v, %v", encoded, got, err)
		}
		for _, sentinel := range []error{cookie.ErrForged, cookie.ErrExpired, cookie.ErrVersion, cookie.ErrTooLong} {
			if errors.Is(err, sentinel) {
				t.Errorf("JSON %s: %v is %v", encoded, err, sentinel)
			}
		}
	}
	got, err := newCodec[word](t, c).Open(mustSeal(t, fromBlob, blob{[]byte("wort a")}))
	if !errors.Is(err, errWord) || got != (word{}) {
		t.Errorf("binary: %+v, %v", got, err)
	}
}
