package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// verify uses the release as its users will: each module is built by itself with the checksums that it carries, and each
// program is installed by version.
func (r *release) verify(ctx context.Context, temp string) error {
	cache, err := command(ctx, r.root, nil, "go", "env", "GOMODCACHE")
	if err != nil {
		return err
	}
	online, err := command(ctx, r.root, nil, "go", "env", "GOPROXY")
	if err != nil {
		return err
	}
	downloads := filepath.Join(cache, "cache", "download") // has the layout of a proxy
	env := []string{
		"GOWORK=off", "GOFLAGS=-modcacherw", "GOSUMDB=off",
		// A cache of its own: the user's must not learn a version that may never be published like this.
		"GOMODCACHE=" + filepath.Join(temp, "mod"), "GOBIN=" + filepath.Join(temp, "bin"),
		"GOPROXY=" + fmt.Sprintf("file://%s,file://%s,%s", r.proxy, downloads, online),
	}
	for _, m := range r.modules {
		dir := filepath.Join(r.tree, m.dir)
		if _, err := command(ctx, dir, env, "go", "build", "./..."); err != nil {
			return err
		}
		const format = `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`
		programs, err := command(ctx, dir, env, "go", "list", "-f", format, "./...")
		if err != nil {
			return err
		}
		for program := range strings.FieldsSeq(programs) {
			if _, err := command(ctx, temp, env, "go", "install", program+"@"+r.version); err != nil {
				return err
			}
			fmt.Fprintln(r.out, "installs", program+"@"+r.version)
		}
	}
	return nil
}

// command runs a program in dir with additional environment variables and returns its trimmed standard output. An error
// holds its standard error.
func command(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out)), err
}
