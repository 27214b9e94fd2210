package main

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/internal/checks/headless"
)

// newWorkspace writes files into a new folder and returns it. Each first folder becomes a module of the project; the
// module in folder example is example.org/metrics, as if from outside the project.
func newWorkspace(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	all := map[string]string{"go.work": "go 1.26.0\n"}
	for name, text := range files {
		all[name] = text
		module, _, isBelow := strings.Cut(name, "/")
		if path.Ext(name) != ".go" || !isBelow || all[module+"/go.mod"] != "" {
			continue
		}
		modulePath := prefix + module
		if module == "example" {
			modulePath = "example.org/metrics"
		}
		all[module+"/go.mod"] = "module " + modulePath + "\n\ngo 1.26.0\n"
		all["go.work"] += "use ./" + module + "\n"
	}
	for name, text := range all {
		name = filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// newRepository is newWorkspace with a package for each row of reaches.
func newRepository(t *testing.T, files map[string]string) string {
	t.Helper()
	for _, row := range reaches {
		dir := strings.TrimSuffix(row.from, "/...")
		files[dir+"/doc.go"] = "package " + path.Base(dir) + "\n"
	}
	return newWorkspace(t, files)
}

// mustRun runs housecheck, which must give the number of findings, and returns its output.
func mustRun(t *testing.T, findings int, args ...string) string {
	t.Helper()
	var out strings.Builder
	found, err := run(args, &out)
	if err != nil || found != findings {
		t.Fatalf("%d findings, %v, want %d; output:\n%s", found, err, findings, out.String())
	}
	return out.String()
}

func TestCleanRepository(t *testing.T) {
	t.Parallel()
	root := newRepository(t, map[string]string{"README.md": "# Words without guesses"})
	const want = "headless words per 1,000: modules at 10.0 or above: 0 of "
	if got := mustRun(t, 0, root); !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 {
		t.Errorf("got %q, want one line with %q", got, want)
	}
}

func TestEachRuleIsApplied(t *testing.T) {
	t.Parallel()
	root := newRepository(t, map[string]string{
		"example/a.go":     "package metrics\n",
		"handlespace/a.go": "package handlespace\n\nimport \"example.org/metrics\"\n\n// Who.\nvar _ = metrics.X\n",
		"example/x.go":     "package metrics\n\nvar X int\n",
		"README.md":        "Who is it?",
	})
	out := mustRun(t, 6, root)
	for _, want := range []string{
		"example/a.go:1: folder example has no row in the table",
		"example/x.go:1: folder example has no row in the table",
		"handlespace/a.go:3: handlespace must not depend on example.org/metrics\n",
		"handlespace: must not reach *: handlespace -> example.org/metrics\n",
		"README.md: 1 headless words in 3, 333.3 per 1,000, not below the limit of 10.0; the worst sentences:\n\tREADME.md:1: (who) Who is it?\n",
		"\thandlespace/a.go:5: (who) Who.\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	root := newRepository(t, map[string]string{
		headless.TableName: headless.Table{"wire": 9000, "csp": 9000}.String(),
		"wire/a.go":        "// One and two.\npackage wire\n",
		"handlespace/a.go": "// One.\npackage handlespace\n",
	})
	mustRun(t, 1, root)            // handlespace
	mustRun(t, 1, "-update", root) // no row is added
	table, err := headless.ReadTable(os.DirFS(root))
	if err != nil || len(table) != 1 || table["wire"] != 3333 {
		t.Errorf("table %v, %v", table, err)
	}
}

func TestVerbose(t *testing.T) {
	t.Parallel()
	root := newRepository(t, map[string]string{
		"wire/a.go":      "// One of a hundred and more words.\npackage wire\n\nfunc lost() {}\n\ntype x interface{ Heard(); hear() }\n",
		"wire/a_test.go": "package wire\n\nfunc told() {}\n",
	})
	lines := strings.Split(mustRun(t, 1, "-v", root), "\n")
	for _, want := range []string{
		"headless words: 142.9 per 1,000 in wire (1 in 7)",
		"headless words:   0.0 per 1,000 in csp (0 in 0)",
		"participles as function names:   2 in wire", "\twire/a.go:4: lost", "\twire/a.go:6: Heard",
		"participles as function names:   0 in csp",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("%q is missing in:\n%s", want, strings.Join(lines, "\n"))
		}
	}
}

func TestReferences(t *testing.T) {
	root := newWorkspace(t, map[string]string{
		"wire/a.go": "package wire\n\nvar a = b\n", "wire/b.go": "package wire\n\nvar b = 1\n",
		"wire/sub/a.go": "package sub\n", "csp/a.go": "package csp\n",
	})
	t.Setenv("GOWORK", "")
	t.Chdir(root)
	head := "package  files  in a circle  references  back  share\n"
	if got, want := mustRun(t, 0, "-references", "wire"), head+"wire     2      0            1           0     0.0 %\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := mustRun(t, 0, "-references"); strings.Count(got, "\n") != 4 {
		t.Errorf("whole workspace: %q", got)
	}
	if got := mustRun(t, 0, "-references", "-v", "./wire/..."); !strings.HasSuffix(got, "\n\nwire: b.go a.go\n") {
		t.Errorf("details: %q", got)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-unknown"}, {"a", "b"}, {filepath.Join(t.TempDir(), "missing")}, {"-references", "missing"}} {
		if _, err := run(args, new(strings.Builder)); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}
