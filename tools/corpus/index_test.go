package corpus_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/rserpool-go/rserpool/tools/corpus"
)

// root is the root of the repository.
const root = "../.."

func sampleIndex() *corpus.Index {
	return &corpus.Index{Version: corpus.IndexVersion, Seeds: []corpus.Entry{
		{
			Target: "wire/asapmsg.FuzzParse", Name: "echo-7-1", Decodes: "ASAP_REGISTRATION", Sum: sha256.Sum256([]byte("seed")),
			Origin: corpus.Origin{File: "tools/testdata/echo.pcap", Packet: 7, Layer: corpus.LayerMessage, Part: 1},
		},
		{Target: "enrp.FuzzStep", Name: "find", Origin: corpus.Origin{Layer: corpus.LayerFind}},
	}}
}

func TestIndex(t *testing.T) {
	t.Parallel()
	b, err := sampleIndex().AppendBinary([]byte("before"))
	if err != nil || !bytes.HasPrefix(b, []byte("before")) {
		t.Fatal(err)
	}
	if got, err := corpus.ParseIndex(b[len("before"):]); err != nil || !reflect.DeepEqual(got, sampleIndex()) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestIndexLimits asserts that an index of a stranger takes neither memory nor depth beyond the limits.
func TestIndexLimits(t *testing.T) {
	t.Parallel()
	encode := func(v any) []byte {
		b, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	nested := any("x")
	for range 5 {
		nested = []any{nested}
	}
	valid := encode(sampleIndex())
	for name, b := range map[string][]byte{
		"empty":          nil,
		"cut off":        valid[:len(valid)-1],
		"more behind":    append(bytes.Clone(valid), 0),
		"no map":         encode("index"),
		"other version":  encode(map[string]any{"version": 2, "seeds": []any{}}),
		"unknown key":    encode(map[string]any{"version": 1, "seeds": []any{}, "more": 1}),
		"key twice":      []byte("\xa2\x67version\x01\x67version\x01"),
		"too deep":       encode(map[string]any{"version": 1, "seeds": []any{nested}}),
		"claims a lot":   []byte("\xa1\x65seeds\x9b\x7f\xff\xff\xff\xff\xff\xff\xff"),
		"too many seeds": encode(map[string]any{"version": 1, "seeds": make([]any, 1<<14+1)}),
		"no end":         []byte("\xa2\x67version\x01\x65seeds\x9f\xff"),
		"tag":            append([]byte{0xd9, 0xd9, 0xf7}, valid...),
		"short sum":      encode(map[string]any{"version": 1, "seeds": []any{[]any{"a", "b", []any{"", 0, "find"}, "d", "sum"}}}),
		"too long":       make([]byte, 1<<20+1),
	} {
		if x, err := corpus.ParseIndex(b); !errors.Is(err, corpus.ErrIndex) || x != nil {
			t.Errorf("%s: %+v, %v", name, x, err)
		}
	}
}

// FuzzParseIndex asserts that an index is the same after it is written and read again.
func FuzzParseIndex(f *testing.F) {
	b, err := sampleIndex().AppendBinary(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add([]byte("\xa2\x65seeds\xf6\x67version\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := corpus.ParseIndex(b)
		if err != nil {
			if !errors.Is(err, corpus.ErrIndex) {
				t.Fatalf("%x: %v", b, err)
			}
			return
		}
		out, err := x.AppendBinary(nil)
		if err != nil {
			t.Fatalf("%x: %v", b, err)
		}
		if again, err := corpus.ParseIndex(out); err != nil || !reflect.DeepEqual(again, x) {
			t.Fatalf("%x: %+v\nbecame %+v, %v", b, x, again, err)
		}
	})
}

// TestCorpus asserts that each seed in the index is there, comes from its origin, and decodes as recorded; that the corpus is
// small; and that every seed of the repository belongs to a target.
func TestCorpus(t *testing.T) {
	t.Parallel()
	if err := corpus.Check(root); err != nil {
		t.Errorf("%v\nafter a change of decoders or seeds, run: go run ./tools/cmd/rspcorpus update", err)
	}
}

// TestCheck asserts that Check finds a seed that has changed, one that is missing, one without a target, and one that decodes
// otherwise.
func TestCheck(t *testing.T) {
	t.Parallel()
	repository := newRepository(t)
	if err := corpus.Update(t.Context(), corpus.Config{Root: repository}); err != nil {
		t.Fatal(err)
	}
	index, err := corpus.ReadIndex(repository)
	if err != nil {
		t.Fatal(err)
	}
	first := index.Seeds[0]
	folder, name, _ := strings.Cut(first.Target, ".")
	seed := filepath.Join(folder, "testdata", "fuzz", name, first.Name)
	for name, test := range map[string]struct {
		damage func(t *testing.T, root string)
		want   string
	}{
		"changed": {func(t *testing.T, root string) {
			appendTo(t, filepath.Join(root, seed), "\n")
		}, "has changed"},
		"missing": {func(t *testing.T, root string) {
			if err := os.Remove(filepath.Join(root, seed)); err != nil {
				t.Fatal(err)
			}
		}, "no such file"},
		"no target": {func(t *testing.T, root string) {
			appendTo(t, filepath.Join(root, folder, "testdata", "fuzz", "FuzzNothing", "x"), "go test fuzz v1\n[]byte(\"\")\n")
		}, "FuzzNothing"},
		"no seed": {func(t *testing.T, root string) {
			appendTo(t, filepath.Join(root, filepath.Dir(seed), "x"), "text")
		}, "not a seed"},
		"too large": {func(t *testing.T, root string) {
			for _, n := range "abcdefghijklmnopqrstuvwxyz0123456789" {
				appendTo(t, filepath.Join(root, filepath.Dir(seed), string(n)), "go test fuzz v1\n[]byte(\""+strings.Repeat("x", 60000)+"\")\n")
			}
		}, "octets"},
		"other number in the table": {func(t *testing.T, root string) {
			appendTo(t, filepath.Join(root, filepath.Dir(seed), "new"), "go test fuzz v1\n[]byte(\"\")\n")
			changed := *index
			changed.Seeds = append(slices.Clone(index.Seeds), corpus.Entry{
				Target: first.Target, Name: "new", Decodes: "x", Sum: sha256.Sum256([]byte("go test fuzz v1\n[]byte(\"\")\n")),
			})
			writeIndex(t, root, &changed, func(*corpus.Entry) {})
		}, "docs/fuzzing.md: row of"},
		"other description": {func(t *testing.T, root string) { writeIndex(t, root, index, func(e *corpus.Entry) { e.Decodes = "x" }) }, "decodes as"},
		"other packet": {func(t *testing.T, root string) {
			writeIndex(t, root, index, func(e *corpus.Entry) { e.Origin.Packet += 1e6 })
		}, "origin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := t.TempDir()
			if err := os.CopyFS(at, os.DirFS(repository)); err != nil {
				t.Fatal(err)
			}
			if err := corpus.Check(at); err != nil {
				t.Fatalf("before the damage: %v", err)
			}
			test.damage(t, at)
			if err := corpus.Check(at); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want an error with %q", err, test.want)
			}
		})
	}
}

// appendTo appends text to a file, which it creates if needed.
func appendTo(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// writeIndex writes an index with a change of its first entry from a file.
func writeIndex(t *testing.T, at string, index *corpus.Index, change func(*corpus.Entry)) {
	t.Helper()
	changed := *index
	changed.Seeds = slices.Clone(index.Seeds)
	i := slices.IndexFunc(changed.Seeds, func(e corpus.Entry) bool { return e.Origin.File != "" })
	change(&changed.Seeds[i])
	b, err := changed.AppendBinary(nil)
	if err == nil {
		err = os.WriteFile(filepath.Join(at, corpus.IndexFile), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
