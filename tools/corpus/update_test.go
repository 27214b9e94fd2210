package corpus_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/tools/corpus"
)

// A module with a decoder, in the place of the real csp.
const (
	decoderSource = `package csp

func Parse(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	switch {
	case b[0] == 1:
		return 1
	case string(b) == "fuzzed":
		return 2
	case string(b) == "find":
		return 3
	case string(b) == "bad":
		panic("bad")
	}
	return 4
}
`
	decoderTest = `package csp

import "testing"

func FuzzParse(f *testing.F) {
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) { Parse(b) })
}
`
)

// newRepository writes a small repository: a module, with the captures and vectors of this repository.
func newRepository(t *testing.T) string {
	t.Helper()
	at := t.TempDir()
	for _, pattern := range []string{"tools/testdata/echo.pcap", "*/testdata/*.json", "apps/appmsg/codectest/*.json"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(root, name) // Does not fail for results of Glob.
			appendTo(t, filepath.Join(at, rel), string(b))
		}
	}
	for name, text := range map[string]string{
		"go.work":                             "go 1.26.0\n\nuse ./csp\n",
		"csp/go.mod":                          "module github.com/rserpool-go/rserpool/csp\n\ngo 1.26.0\n",
		"csp/parse.go":                        decoderSource,
		"csp/parse_test.go":                   decoderTest,
		"csp/testdata/fuzz/FuzzParse/by-hand": seedText("find"),
		"docs/fuzzing.md":                     "before\n<!-- table of rspcorpus: begin -->\n<!-- table of rspcorpus: end -->\nafter\n",
	} {
		appendTo(t, filepath.Join(at, name), text)
	}
	return at
}

func seedText(octets string) string { return "go test fuzz v1\n[]byte(\"" + octets + "\")\n" }

func TestUpdate(t *testing.T) {
	t.Parallel()
	at, cache := newRepository(t), t.TempDir()
	inputs := filepath.Join(cache, "github.com/rserpool-go/rserpool/csp/FuzzParse")
	appendTo(t, filepath.Join(inputs, "0123"), seedText("fuzzed"))
	appendTo(t, filepath.Join(inputs, "4567"), seedText("nothing new"))
	appendTo(t, filepath.Join(inputs, "89ab"), "go test fuzz v0\n")

	if err := corpus.Update(t.Context(), corpus.Config{Root: at, Fuzzed: cache}); err != nil {
		t.Fatal(err)
	}
	index, err := corpus.ReadIndex(at)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range index.Seeds {
		got = append(got, e.Name+" "+string(e.Origin.Layer)+" "+e.Decodes)
	}
	want := []string{
		"by-hand find CSP_REPORT damaged at offset 0",
		"csp-vectors-8-1 message CSP_REPORT",
		"fuzzing-0123 fuzzing CSP_REPORT damaged at offset 0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	if err := corpus.Check(at); err != nil {
		t.Error(err)
	}
	doc, err := os.ReadFile(filepath.Join(at, "docs/fuzzing.md"))
	// The seed in the code reaches three of eight statements: if, switch, return 4. The corpus adds three.
	if row := "| `csp.FuzzParse` | 3 | 964 | 37.5 % | 75.0 % | 6 |\n"; err != nil || !strings.Contains(string(doc), row) ||
		!strings.HasPrefix(string(doc), "before\n") || !strings.HasSuffix(string(doc), "after\n") {
		t.Errorf("%s, %v", doc, err)
	}

	// A second update changes nothing, and neither does a measurement.
	for _, c := range []corpus.Config{{Root: at}, {Root: at, KeepSeeds: true}} {
		if err := corpus.Update(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		again, err := corpus.ReadIndex(at)
		if err != nil || !slices.Equal(again.Seeds, index.Seeds) {
			t.Errorf("%+v: %v, %v", c, again, err)
		}
		docAgain, err := os.ReadFile(filepath.Join(at, "docs/fuzzing.md"))
		if err != nil || string(docAgain) != string(doc) {
			t.Errorf("%+v: %s, %v", c, docAgain, err)
		}
	}
}

// TestUpdateFind asserts that an input on which a target fails is kept as a seed, and named.
func TestUpdateFind(t *testing.T) {
	t.Parallel()
	at, cache := newRepository(t), t.TempDir()
	appendTo(t, filepath.Join(cache, "github.com/rserpool-go/rserpool/csp/FuzzParse/0123"), seedText("bad"))
	err := corpus.Update(t.Context(), corpus.Config{Root: at, Fuzzed: cache})
	if find, ok := errors.AsType[*corpus.FindError](err); !ok || find.Target != "csp.FuzzParse" || !strings.Contains(err.Error(), "panic: bad") {
		t.Fatalf("%v", err)
	}
	b, err := os.ReadFile(filepath.Join(at, "csp/testdata/fuzz/FuzzParse/fuzzing-0123"))
	if err != nil || string(b) != seedText("bad") {
		t.Errorf("%q, %v", b, err)
	}
	// The seeds of before are as they were. Without the fault, the input is a seed as others.
	fixed := strings.Replace(decoderSource, `panic("bad")`, "return 5", 1)
	if err := os.WriteFile(filepath.Join(at, "csp/parse.go"), []byte(fixed), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := corpus.Update(t.Context(), corpus.Config{Root: at}); err != nil {
		t.Fatal(err)
	}
	index, err := corpus.ReadIndex(at)
	if err != nil || len(index.Seeds) != 3 || index.Seeds[2].Name != "fuzzing-0123" || index.Seeds[2].Origin.Layer != corpus.LayerFind {
		t.Errorf("%+v, %v", index, err)
	}
}
