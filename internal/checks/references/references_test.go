package references

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// load writes a package called p into a module of its own and loads it.
func load(t *testing.T, files map[string]string) []*Graph {
	t.Helper()
	t.Setenv("GOWORK", "off")
	dir := t.TempDir()
	files["go.mod"] = "module example.org/p\n\ngo 1.26.0\n"
	for name, text := range files {
		if filepath.Ext(name) == ".go" {
			text = "package p\n\n" + text
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	graphs, err := Load(dir, "./...")
	if err != nil {
		t.Fatal(err)
	}
	return graphs
}

func TestLoad(t *testing.T) {
	graphs := load(t, map[string]string{
		"a.go": `import "fmt"

type A struct{ B; field int } // B

func (a A) M() int { return a.field + len(a.embedded) } // embedded, in b.go

func use[T any](s fmt.Stringer) {
	label: // local names of b.go do not matter
	for x := range 3 { _ = x; continue label }
	_ = C // not M
}
`,
		"b.go": `type B struct{ embedded []int }

func (b *B) String() string { return "" }

var x, label = A{field: 1}.M(), generic[int]{1}.value // A, field, M, generic, value
`,
		"c.go":      `const C = 1; type I interface{ String() string }; func c(i I) { use[int](i); _ = i.String() } // use`,
		"d.go":      `type generic[T any] struct{ value T }; type any = interface{}`,
		"a_test.go": `var _ = C`,
	})
	if len(graphs) != 1 || graphs[0].Package != "example.org/p" {
		t.Fatalf("graphs %v", graphs)
	}
	g := graphs[0]
	if want := []string{"a.go", "b.go", "c.go", "d.go"}; !slices.Equal(g.Files, want) {
		t.Errorf("files %q, want %q", g.Files, want)
	}
	want := [][]int{{0, 2, 1, 1}, {3, 0, 0, 2}, {1, 0, 0, 0}, {0, 0, 0, 0}}
	if !slices.EqualFunc(g.Weight, want, slices.Equal) {
		t.Errorf("weight %v, want %v", g.Weight, want)
	}
	if g.References() != 10 {
		t.Errorf("%d references", g.References())
	}
}

func TestLoadReportsErrors(t *testing.T) {
	t.Setenv("GOWORK", "off")
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.org/p\n", "a.go": "package p\n\nvar a = missing\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Load(dir, "."); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("error %v", err)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	graphs := []*Graph{
		{Package: "p/layers", Files: []string{"a.go", "b.go"}, Weight: [][]int{{0, 4}, {0, 0}}},
		{Package: "p/single", Files: []string{"a.go"}, Weight: [][]int{{0}}},
		{Package: "p/circle", Files: []string{"a.go", "b.go", "c.go"}, Weight: [][]int{{0, 5, 0}, {2, 0, 8}, {1, 0, 0}}},
		{Package: "p/ring"},
	}
	ring := graphs[3]
	for v := range exactLimit + 1 {
		ring.Files = append(ring.Files, string(rune('a'+v)))
		ring.Weight = append(ring.Weight, make([]int, exactLimit+1))
		ring.Weight[v][(v+1)%(exactLimit+1)] = 1
	}
	const table = `package  files  in a circle  references  back  share
circle   3      3            16          3     18.8 %
ring     21     21           21          1     4.8 % (not exact: more than 20 files in a circle)
layers   2      0            4           0     0.0 %
single   1      0            0           0     0.0 %
`
	const details = `
circle: c.go b.go a.go
    2  b.go -> a.go
    1  c.go -> a.go
`
	var out strings.Builder
	if err := Report(&out, graphs, "p/", false); err != nil || out.String() != table {
		t.Errorf("%v, got:\n%swant:\n%s", err, out.String(), table)
	}
	out.Reset()
	if err := Report(&out, graphs, "p/", true); err != nil || !strings.HasPrefix(out.String(), table+details) ||
		!strings.HasSuffix(out.String(), "\nlayers: b.go a.go\n") {
		t.Errorf("%v, got:\n%swant:\n%s%s...", err, out.String(), table, details)
	}
}
