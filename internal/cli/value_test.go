package cli

import (
	"encoding"
	"strings"
	"testing"
	"time"
)

func TestMilliseconds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0": 0, "1": time.Millisecond, "30000": 30 * time.Second, "2.5s": 2500 * time.Millisecond, "1m": time.Minute, "0.5ms": 500 * time.Microsecond,
		"4294967295": 4294967295 * time.Millisecond,
	} {
		var m Milliseconds
		if err := m.UnmarshalText([]byte(text)); err != nil || m.Duration() != want {
			t.Errorf("%q: %v, %v; want %v", text, m.Duration(), err, want)
		}
	}
	expectRefusal(t, func() encoding.TextUnmarshaler { return new(Milliseconds) }, "number of milliseconds",
		"", "x", "-1", "-1s", "1.5", "4294967296", "1e3", "0x10", "1 s", "9999999999h")
}

func TestSeconds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0": 0, "1": time.Second, "2.5": 2500 * time.Millisecond, "1m30s": 90 * time.Second, "1e3": 1000 * time.Second, "0.000001": time.Microsecond,
	} {
		var s Seconds
		if err := s.UnmarshalText([]byte(text)); err != nil || s.Duration() != want {
			t.Errorf("%q: %v, %v; want %v", text, s.Duration(), err, want)
		}
	}
	expectRefusal(t, func() encoding.TextUnmarshaler { return new(Seconds) }, "number of seconds",
		"", "x", "-1", "-1s", "NaN", "Inf", "1e300", "5e9")
}

func TestID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]ID{
		"0": 0, "10": 10, "010": 10, "0x10": 16, "0XfF": 255, "0xffffffff": 0xffffffff, "4294967295": 0xffffffff, "0x0000000012": 0x12,
	} {
		var i ID
		if err := i.UnmarshalText([]byte(text)); err != nil || i != want {
			t.Errorf("%q: %v, %v; want %v", text, i, err, want)
		}
	}
	expectRefusal(t, func() encoding.TextUnmarshaler { return new(ID) }, "not a number of 32 bits",
		"", "0x", "x", "ff", "-1", "+1", "4294967296", "0x100000000", "1_000", "0b1", "1.0", " 1")
}

// expectRefusal checks that texts are refused with an error that has the wanted text.
func expectRefusal(t *testing.T, target func() encoding.TextUnmarshaler, want string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		v := target()
		if err := v.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%T takes %q", v, text)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%T: %q: %v, want %q", v, text, err, want)
		}
	}
}

func TestCheckRanges(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value Range
		want  string
	}{
		{Range{"n", 1, 1, 3, ""}, ""},
		{Range{"n", 3, 1, 3, ""}, ""},
		{Range{"n", 0, 1, 3, ""}, "--n: 0 is not from 1 to 3"},
		{Range{"n", 4, 1, 3, "ms"}, "--n: 4 ms is not from 1 to 3"},
	} {
		got := ""
		if err := CheckRanges(Range{"first", 5, 0, 9, ""}, test.value); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%+v: %q, want %q", test.value, got, test.want)
		}
	}
}
