package corpus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A workbench measures the coverage of seeds. The go command reads seeds from the folder of the package, so the
// workbench runs tests in a copy of the repository, and leaves the repository alone.
type workbench struct {
	root string // of the repository
	copy string // of its copy
}

// newWorkbench copies the files of the repository at root, except for hidden ones and programs.
func newWorkbench(root string) (*workbench, error) {
	folder, err := os.MkdirTemp("", "rspcorpus-")
	if err != nil {
		return nil, err
	}
	w := &workbench{root: root, copy: folder}
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		at, err := filepath.Rel(root, name)
		switch {
		case err != nil:
			return err
		case at != "." && (strings.HasPrefix(d.Name(), ".") || at == "bin"):
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(folder, at), 0o700)
		case !d.Type().IsRegular():
			return nil
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(folder, at), b, 0o600)
	})
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// close removes the copy.
func (w *workbench) close() error { return os.RemoveAll(w.copy) }

// build compiles the tests of the package in a folder, with coverage of all packages of the project that they link.
func (w *workbench) build(ctx context.Context, folder string) (binary string, err error) {
	deps, err := w.goCommand(ctx, "list", "-deps", "-test", "-f", "{{if not .ForTest}}{{.ImportPath}}{{end}}", "./"+folder)
	if err != nil {
		return "", err
	}
	var covered []string
	for dep := range strings.FieldsSeq(deps) {
		if strings.HasPrefix(dep, prefix) && !strings.HasSuffix(dep, ".test") {
			covered = append(covered, dep)
		}
	}
	binary = filepath.Join(w.copy, "corpus.test")
	_, err = w.goCommand(ctx, "test", "-c", "-covermode=set", "-coverpkg="+strings.Join(covered, ","), "-o", binary, "./"+folder)
	return binary, err
}

// goCommand runs the go command at the root, in the workspace, and returns its standard output.
func (w *workbench) goCommand(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = w.root, append(os.Environ(), "GOWORK=")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, stderr.String())
	}
	return stdout.String(), nil
}

// maxRun is the time that a batch of seeds may take.
const maxRun = 5 * time.Minute

// run runs a target on its own seeds, which it adds itself, and on the candidates. It returns a *[FindError] for the
// candidates if the target fails.
func (w *workbench) run(ctx context.Context, binary string, t Target, candidates []candidate) (Coverage, error) {
	ctx, cancel := context.WithTimeout(ctx, maxRun)
	defer cancel()
	folder := filepath.Join(w.copy, filepath.FromSlash(t.corpus()))
	if err := errors.Join(os.RemoveAll(folder), os.MkdirAll(folder, 0o700)); err != nil {
		return nil, err
	}
	for _, c := range candidates {
		if err := os.WriteFile(filepath.Join(folder, c.name), c.text, 0o600); err != nil {
			return nil, err
		}
	}
	profile := filepath.Join(w.copy, "corpus.cover")
	test := exec.CommandContext(ctx, binary, "-test.run=^"+t.Name+"$", "-test.coverprofile="+profile)
	test.Dir = filepath.Join(w.copy, filepath.FromSlash(t.Folder))
	if b, err := test.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%v: %w", t, context.Cause(ctx))
		}
		find := &FindError{Target: t.String(), Output: string(b)}
		if len(candidates) > 0 {
			find.Name, find.Text = candidates[0].name, candidates[0].text
		}
		return nil, find
	}
	f, err := os.Open(profile)
	if err != nil {
		return nil, err
	}
	c, err := readCoverage(f)
	return c, errors.Join(err, f.Close())
}
