package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	xmod "golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"
)

// prepare makes the commit to be tagged in r.tree, fills r.proxy with its modules, and returns its hash.
//
// A module's go.sum holds the hashes of its siblings' archives, so the modules are done in dependency order, and the
// commit is amended for each: archives do not depend on the commit's own hash.
func (r *release) prepare(ctx context.Context) (commit string, err error) {
	sums := make(map[*module]string) // lines for the go.sum of modules that require it
	subject := "Release " + r.version
	args := []string{"commit", "--quiet", "--allow-empty", "--no-verify", "--all", "--message", subject}
	for i, m := range r.modules {
		if err := r.edit(m, sums); err != nil {
			return "", fmt.Errorf("%s: %w", m.dir, err)
		}
		if _, err := command(ctx, r.tree, nil, "git", "add", "--all"); err != nil {
			return "", err
		}
		if i == 1 {
			args = append(args, "--amend")
		}
		if _, err := command(ctx, r.tree, nil, "git", args...); err != nil {
			return "", err
		}
		if commit, err = command(ctx, r.tree, nil, "git", "rev-parse", "HEAD"); err != nil {
			return "", err
		}
		if sums[m], err = r.publish(m, commit); err != nil {
			return "", fmt.Errorf("%s: %w", m.dir, err)
		}
	}
	return commit, nil
}

// edit rewrites m's go.mod and go.sum for the release.
func (r *release) edit(m *module, sums map[*module]string) error {
	var lines []string
	for _, s := range m.siblings {
		if err := m.file.AddRequire(s.path, r.version); err != nil {
			return err
		}
		lines = append(lines, sums[s])
	}
	for _, replace := range slices.Clone(m.file.Replace) {
		if !strings.HasPrefix(replace.New.Path, "../") {
			return fmt.Errorf("go.mod replaces %s by %s, which is no sibling", replace.Old.Path, replace.New.Path)
		}
		if err := m.file.DropReplace(replace.Old.Path, replace.Old.Version); err != nil {
			return err
		}
	}
	m.file.Cleanup()
	data, err := m.file.Format()
	if err != nil {
		return err
	}
	dir := filepath.Join(r.tree, m.dir)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), data, 0o644); err != nil {
		return err
	}
	if len(lines) == 0 {
		return nil
	}
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "go.sum"), append(sum, strings.Join(lines, "")...), 0o644)
}

// publish puts m, at the commit, into the proxy directory in the layout of the GOPROXY protocol. It returns the lines
// of m for a go.sum file.
func (r *release) publish(m *module, commit string) (sum string, err error) {
	dir := filepath.Join(r.proxy, m.path, "@v") // our paths have no capitals, which a proxy would escape
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	var archive bytes.Buffer
	version := xmod.Version{Path: m.path, Version: r.version}
	if err := zip.CreateFromVCS(&archive, version, r.root, commit, m.dir); err != nil {
		return "", err
	}
	gomod, err := os.ReadFile(filepath.Join(r.tree, m.dir, "go.mod"))
	if err != nil {
		return "", err
	}
	info := fmt.Sprintf("{%q:%q,%q:%q}", "Version", r.version, "Time", time.Now().UTC().Format(time.RFC3339))
	files := map[string][]byte{
		r.version + ".zip": archive.Bytes(), r.version + ".mod": gomod, r.version + ".info": []byte(info),
		"list": []byte(r.version + "\n"),
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return "", err
		}
	}
	zipHash, err := dirhash.HashZip(filepath.Join(dir, r.version+".zip"), dirhash.Hash1)
	if err != nil {
		return "", err
	}
	modHash, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(gomod)), nil
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%[1]s %[2]s %[3]s\n%[1]s %[2]s/go.mod %[4]s\n", m.path, r.version, zipHash, modHash), nil
}
