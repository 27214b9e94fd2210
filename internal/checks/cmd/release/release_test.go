package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// repository makes a repository of three modules that need each other, listed in go.work in the wrong order.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"go.work":      "go 1.26.0\n\nuse (\n\t./app\n\t./high\n\t./low\n)\n",
		"LICENSE":      "licence\n",
		"CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n## 0.1.0\n",
		"low/go.mod":   "module example.org/p/low\n\ngo 1.25.0\n",
		"low/low.go":   "package low\n\nconst Low = 1\n",
		"high/go.mod": "module example.org/p/high\n\ngo 1.25.0\n\nrequire example.org/p/low v0.0.0\n\n" +
			"replace example.org/p/low => ../low\n",
		"high/high.go": "package high\n\nimport \"example.org/p/low\"\n\nconst High = low.Low\n",
		"app/go.mod": "module example.org/p/app\n\ngo 1.25.0\n\nrequire (\n\texample.org/p/high v0.0.0\n" +
			"\texample.org/p/low v0.0.0 // indirect\n)\n\n" +
			"replace example.org/p/low => ../low\n\nreplace example.org/p/high => ../high\n",
		"app/cmd/hello/main.go": "package main\n\nimport \"example.org/p/high\"\n\nfunc main() { println(high.High) }\n",
	}
	for name, content := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "init", "--quiet", "--initial-branch=main")
	git(t, dir, "config", "user.name", "Test")
	git(t, dir, "config", "user.email", "test@example.org")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "--quiet", "--message", "Start")
	return dir
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := command(t.Context(), dir, nil, "git", args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDryRunLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	objects := git(t, dir, "for-each-ref")
	var out strings.Builder
	r := release{version: "v0.2.0", dryRun: true, out: &out}
	if err := r.run(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	want := "installs example.org/p/app/cmd/hello@v0.2.0\n" +
		"would tag low/v0.2.0\nwould tag high/v0.2.0\nwould tag app/v0.2.0\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", &out, want)
	}
	if now := git(t, dir, "for-each-ref"); now != objects {
		t.Errorf("references after the dry run:\n%s\nbefore:\n%s", now, objects)
	}
	if status := git(t, dir, "status", "--porcelain"); status != "" {
		t.Errorf("dry run changed %s", status)
	}
	if trees := git(t, dir, "worktree", "list", "--porcelain"); strings.Count(trees, "worktree ") != 1 {
		t.Errorf("worktrees left: %s", trees)
	}
}

func TestRelease(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	head := git(t, dir, "rev-parse", "HEAD")
	var out strings.Builder
	r := release{version: "v0.1.0", out: &out}
	if err := r.run(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if push := "git push origin low/v0.1.0 high/v0.1.0 app/v0.1.0\n"; !strings.HasSuffix(out.String(), push) {
		t.Errorf("output %q does not end with %q", &out, push)
	}
	tags := strings.Fields(git(t, dir, "tag"))
	if want := []string{"app/v0.1.0", "high/v0.1.0", "low/v0.1.0"}; !slices.Equal(tags, want) {
		t.Errorf("tags %q, want %q", tags, want)
	}
	if parent := git(t, dir, "rev-parse", "app/v0.1.0^"); parent != head {
		t.Errorf("the release's parent is %s, want %s", parent, head)
	}
	if now := git(t, dir, "rev-parse", "main"); now != head {
		t.Errorf("main moved to %s", now)
	}
	gomod := git(t, dir, "show", "app/v0.1.0:app/go.mod")
	if strings.Contains(gomod, "replace") || strings.Contains(gomod, "v0.0.0") {
		t.Errorf("tagged go.mod:\n%s", gomod)
	}
	if sum := git(t, dir, "show", "app/v0.1.0:app/go.sum"); strings.Count(sum, "v0.1.0") != 4 {
		t.Errorf("tagged go.sum:\n%s", sum)
	}

	err := r.run(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("second release: %v, want an error about the tag", err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		version, file, content, want string
	}{
		"not a version":        {version: "0.1.0", want: "not a version"},
		"short version":        {version: "v0.1", want: "not a version"},
		"major version 2":      {version: "v2.0.0", want: "not a version"},
		"not in the changelog": {version: "v0.1.1", want: "CHANGELOG.md"},
		"uncommitted change":   {"v0.1.0", "low/low.go", "package low\n", "uncommitted"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := repository(t)
			if test.file != "" {
				if err := os.WriteFile(filepath.Join(dir, test.file), []byte(test.content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			var out strings.Builder
			r := release{version: test.version, out: &out}
			if err := r.run(t.Context(), dir); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
			if tags := git(t, dir, "tag"); tags != "" {
				t.Errorf("tags were made: %s", tags)
			}
		})
	}
}

func TestCircleIsRefused(t *testing.T) {
	t.Parallel()
	a, b := &module{dir: "a"}, &module{dir: "b"}
	a.siblings, b.siblings = []*module{b}, []*module{a}
	if _, err := inOrder([]*module{a, b}); err == nil {
		t.Error("modules that require each other were put in order")
	}
}
