package rsplib

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the document")

// TestDocument asserts that the document is that of the tables.
func TestDocument(t *testing.T) {
	t.Parallel()
	const file = "../../../docs/coming-from-rsplib.md"
	want := Document()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if os.IsNotExist(err) && !*update {
		if _, err := os.Stat("../../../docs"); err != nil {
			t.Skip("the module stands alone: ", err)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not that of the tables; run: go test ./internal/cli/rsplib -update", file)
	}
}

// TestPrograms asserts that the programs of this project, and no others, are compared with the table.
func TestPrograms(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("../../../apps"); err != nil {
		t.Skip("the module stands alone: ", err)
	}
	for _, p := range Programs() {
		found := false
		for _, folder := range []string{"apps/cmd", "registrar/cmd"} {
			text, err := os.ReadFile(filepath.Join("../../..", folder, p.Name, "main_test.go"))
			if err != nil {
				continue
			}
			found = true
			if !strings.Contains(string(text), `rsplibtest.Check(t, "`+p.Name+`"`) {
				t.Errorf("%s: a test must call rsplibtest.Check", p.Name)
			}
		}
		if found == p.Absent {
			t.Errorf("%s: is here: %v; correct Absent in the table, and make the document again", p.Name, found)
		}
	}
}

// TestTable asserts that the options of a program have different names and values to try.
func TestTable(t *testing.T) {
	t.Parallel()
	for _, p := range Programs() {
		seen := make(map[string]bool)
		for _, o := range append(p.Options(false), p.Options(true)...) {
			if o.Name == "" || o.Kind == "" {
				t.Errorf("%s: an option without name or kind: %+v", p.Name, o)
			}
			if seen[o.Name] {
				t.Errorf("%s: -%s occurs twice", p.Name, o.Name)
			}
			seen[o.Name] = true
			if o.Kind != Switch && o.Default == "" && len(o.Values) == 0 {
				t.Errorf("%s: -%s has no value to try", p.Name, o.Name)
			}
		}
	}
	if len(Faults()) != 34 {
		t.Errorf("%d faults: their numbers are in tests, and must stay", len(Faults()))
	}
}
