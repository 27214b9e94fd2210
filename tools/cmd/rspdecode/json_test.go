package main

import (
	"encoding/json"
	"math"
	"testing"
	"unicode/utf8"

	"github.com/rserpool-go/rserpool/tools/internal/dissect"
)

func TestAppendJSON(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value any
		want  string
	}{
		{uint64(math.MaxUint64), "18446744073709551615"},
		{1.5, "1.5"},
		{math.NaN(), `"NaN"`},
		{math.Inf(-1), `"-Inf"`},
		{true, "true"},
		{"<PP-TD1> \"\\\x00\x1f\x7fü", `"<PP-TD1> \"\\\u0000\u001f` + "\x7f" + `ü"`},
		{"\xff", "\"\ufffd\""},
		{dissect.Tree(nil), "{}"},
		{dissect.List(nil), "[]"},
		{dissect.Tree{{Name: "type", Framing: true}, {Name: "a", Value: "b"}, {Name: "c", Value: dissect.List{{Value: uint64(1)}, {Value: false}}}}, `{"a":"b","c":[1,false]}`},
		{nil, "null"},
	} {
		if got := string(appendJSON(nil, test.value)); got != test.want {
			t.Errorf("%v: got %s, want %s", test.value, got, test.want)
		}
	}
}

// FuzzString holds that encoding/json reads any string as it was.
func FuzzString(f *testing.F) {
	f.Add("<PP-TD1> \"\\\x00")
	f.Add("\xff\xc3\u2028")
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil {
			t.Fatal(err)
		}
		if utf8.ValidString(s) && got != s {
			t.Errorf("got %q, want %q", got, s)
		}
	})
}
