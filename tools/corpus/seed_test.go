package corpus_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/tools/corpus"
)

func TestSeed(t *testing.T) {
	t.Parallel()
	s := corpus.Seed{
		[]byte("\x00\xff\"`ü\n"), "text\n\xfe", true, false, int64(math.MinInt64), uint(math.MaxUint64), uint16(math.MaxUint16), uint32(math.MaxUint32),
	}
	const want = "go test fuzz v1\n[]byte(\"\\x00\\xff\\\"`ü\\n\")\nstring(\"text\\n\\xfe\")\nbool(true)\nbool(false)\n" +
		"int64(-9223372036854775808)\nuint(18446744073709551615)\nuint16(65535)\nuint32(4294967295)\n"
	b, err := s.AppendText(nil)
	if err != nil || string(b) != want {
		t.Fatalf("%s, %v", b, err)
	}
	if again, err := corpus.ParseSeed(b); err != nil || !reflect.DeepEqual(again, s) {
		t.Errorf("%v, %v", again, err)
	}
	if _, err := (corpus.Seed{1.5}).AppendText(nil); !errors.Is(err, corpus.ErrSeed) {
		t.Errorf("a type that no target has: %v", err)
	}
}

func TestSeedErrors(t *testing.T) {
	t.Parallel()
	const head = "go test fuzz v1\n"
	for name, text := range map[string]string{
		"empty":           "",
		"other version":   "go test fuzz v2\n[]byte(\"\")",
		"no arguments":    head + "\n\n",
		"no expression":   head + "[]byte(",
		"no conversion":   head + "\"x\"",
		"two values":      head + "string(\"a\", \"b\")",
		"list of numbers": head + "[]int(\"1\")",
		"array":           head + "[3]byte(\"abc\")",
		"octets as text":  head + "[]byte(7)",
		"text as number":  head + "uint16(\"7\")",
		"too large":       head + "uint16(65536)",
		"negative":        head + "uint(-1)",
		"unknown type":    head + "float64(1)",
		"method":          head + "a.b(1)",
		"no bool":         head + "bool(maybe)",
		"expression":      head + "int64(1+1)",
		"too long":        head + "string(\"" + strings.Repeat("x", corpus.MaxSeedLen) + "\")",
	} {
		if s, err := corpus.ParseSeed([]byte(text)); !errors.Is(err, corpus.ErrSeed) || s != nil {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

// FuzzParseSeed asserts that a seed is the same after it is written and read again.
func FuzzParseSeed(f *testing.F) {
	for _, text := range []string{
		"[]byte(\"\\x00\")", "string(\"ü\")\nuint16(7)", "bool(true)\nint64(-1)", "uint(1)\r\nuint32(2)", "[]byte(`raw`)", "int64(0x10)",
	} {
		f.Add([]byte("go test fuzz v1\n" + text + "\n"))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := corpus.ParseSeed(b)
		if err != nil {
			if !errors.Is(err, corpus.ErrSeed) {
				t.Fatalf("%q: %v", b, err)
			}
			return
		}
		out, err := s.AppendText(nil)
		if err != nil {
			t.Fatalf("%q: %#v: %v", b, s, err)
		}
		if len(out) > corpus.MaxSeedLen {
			return // Octets are longer in quotes than between backquotes.
		}
		if again, err := corpus.ParseSeed(out); err != nil || !reflect.DeepEqual(again, s) {
			t.Fatalf("%q: %#v\nbecame %#v, %v", b, s, again, err)
		}
	})
}
