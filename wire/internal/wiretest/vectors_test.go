package wiretest_test

import (
	"testing"

	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	want := map[string]any{"a": 1.0, "list": []any{map[string]any{"b": "x"}}, "note": "a remark"}
	for _, test := range []struct {
		name string
		got  map[string]any
		n    int
	}{
		{"equal", map[string]any{"a": 1, "list": []any{map[string]any{"b": "x"}}, "more": true}, 0},
		{"missing", map[string]any{"list": []any{map[string]any{"b": "x"}}}, 1},
		{"value inside", map[string]any{"a": 1, "list": []any{map[string]any{"b": "y"}}}, 1},
		{"longer list", map[string]any{"a": 1, "list": []any{map[string]any{"b": "x"}, 1}}, 1},
	} {
		if d := wiretest.Diff(want, test.got); len(d) != test.n {
			t.Errorf("%s: %q, want %d differences", test.name, d, test.n)
		}
	}
}
